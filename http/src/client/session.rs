//! A session: settings and idle connections, shared by the requests that are made of it.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, ready};

use http::{HeaderMap, Method};
use oneloop_net::TcpStream;

use super::connection::Connection;
use super::error::{Kind, Limit, Phase};
use super::exchange::Exchange;
use super::head::CommonHead;
use super::into_uri::IntoUri;
use super::origin::Origin;
use super::patience::Patience;
use super::pool::Pool;
use super::settings::Settings;
use super::{ClientError, RequestBuilder, SessionBuilder};
use crate::scratch::Scratch;

/// The most octets that the head of a response keeps room for, once nobody looks at it any more.
const KEPT_HEAD: usize = 8 * 1024;

/// Makes requests, and keeps connections between them: aiohttp's `ClientSession`.
///
/// Cloning it gives another handle of the same session. Dropping the last handle closes the idle
/// connections; there is nothing to await.
///
/// It may outlive a loop and be used by several: each gets connections of its own, since a socket
/// belongs to the loop that it was made in.
///
/// ```
/// use oneloop_http::client::ClientSession;
/// # use oneloop_http::{Request, Response};
///
/// oneloop::run(async {
/// #   let listener = oneloop_net::TcpListener::bind("127.0.0.1:0").await?;
/// #   let address = listener.local_addr()?;
/// #   let _server = oneloop_http::serve(listener, async |_: Request| Response::text("Hello")).start();
///     let session = ClientSession::new();
///     let mut response = session.get(format!("http://{address}/")).await?;
///     assert_eq!(response.status(), 200);
///     assert_eq!(response.text().await?, "Hello");
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ClientSession {
    shared: Rc<Shared>,
}

/// What the requests of a session share.
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) head: CommonHead,
    pub(super) pool: Pool<TcpStream>,
    /// The room of an exchange that is over, for the next one.
    spare: Cell<Option<Box<Exchange<TcpStream>>>>,
}

impl ClientSession {
    /// Makes a session with the usual settings.
    pub fn new() -> ClientSession {
        ClientSession::builder().build()
    }

    /// Begins a session with other settings.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::new()
    }

    pub(super) fn with_settings(settings: Settings, headers: HeaderMap) -> ClientSession {
        let head = CommonHead::new(headers);
        let pool = Pool::new(settings.keep_alive);
        ClientSession {
            shared: Rc::new(Shared {
                settings,
                head,
                pool,
                spare: Cell::new(None),
            }),
        }
    }

    /// Begins a GET. The URL is a text or a [`Uri`](crate::Uri), see [`IntoUri`]; what is wrong with it is
    /// told when the request is sent.
    pub fn get<U>(&self, url: U) -> RequestBuilder
    where
        U: IntoUri,
    {
        self.request(Method::GET, url)
    }

    /// Begins a HEAD.
    pub fn head<U>(&self, url: U) -> RequestBuilder
    where
        U: IntoUri,
    {
        self.request(Method::HEAD, url)
    }

    /// Begins a POST.
    pub fn post<U>(&self, url: U) -> RequestBuilder
    where
        U: IntoUri,
    {
        self.request(Method::POST, url)
    }

    /// Begins a PUT.
    pub fn put<U>(&self, url: U) -> RequestBuilder
    where
        U: IntoUri,
    {
        self.request(Method::PUT, url)
    }

    /// Begins a DELETE.
    pub fn delete<U>(&self, url: U) -> RequestBuilder
    where
        U: IntoUri,
    {
        self.request(Method::DELETE, url)
    }

    /// Begins a request of any method.
    pub fn request<M, U>(&self, method: M, url: U) -> RequestBuilder
    where
        M: TryInto<Method, Error: Into<http::Error>>,
        U: IntoUri,
    {
        RequestBuilder::new(Rc::clone(&self.shared), method, url)
    }
}

impl Default for ClientSession {
    fn default() -> ClientSession {
        ClientSession::new()
    }
}

impl std::fmt::Debug for ClientSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientSession")
            .field("pool", &self.shared.pool)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Gives room for an exchange.
    pub(super) fn room(&self) -> Box<Exchange<TcpStream>> {
        let spare = self.spare.take();
        spare.unwrap_or_else(|| Exchange::blank(Rc::clone(&self.settings.limits)))
    }

    /// Takes the room of an exchange back, unless its head is a large one, or it was not closed to the end: a
    /// destructor of the user's may have panicked in between.
    pub(super) fn take_back(&self, mut exchange: Box<Exchange<TcpStream>>) {
        if exchange.is_over() && exchange.head().kept() <= KEPT_HEAD {
            exchange.clear();
            self.spare.set(Some(exchange));
        }
    }

    /// Makes a connection within the limits.
    pub(super) async fn connect(
        &self,
        origin: Rc<Origin>,
        patience: &mut Patience,
    ) -> Result<Box<Connection<TcpStream>>, ClientError> {
        let mut builder = TcpStream::builder();
        if let Some(limit) = self.settings.connect {
            builder = builder.timeout(limit);
        }
        let connecting = async {
            match self.told(&origin) {
                Some(addresses) => builder.connect(addresses).await,
                None => builder.connect((&*origin.host, origin.port)).await,
            }
        };
        let mut connecting = pin!(connecting);
        let connected = poll_fn(|context| {
            if let Poll::Ready(connected) = connecting.as_mut().poll(context) {
                return Poll::Ready(connected.map_err(|error| self.connect_error(error)));
            }
            // The connect limit is the builder's; here only the total one can run out.
            let limit = ready!(patience.poll(context, false));
            Poll::Ready(Err(Kind::TimedOut(limit)))
        });
        match connected.await {
            Ok(stream) => {
                let scratch = Scratch::here();
                Ok(Connection::new(stream, Rc::clone(&origin), scratch))
            }
            Err(kind) => Err(ClientError::new(kind, Phase::Connect)),
        }
    }

    fn connect_error(&self, error: io::Error) -> Kind {
        match self.settings.connect {
            Some(limit) if error.kind() == io::ErrorKind::TimedOut => {
                Kind::TimedOut(Limit::Connect(limit))
            }
            _ => Kind::Io(error),
        }
    }

    /// Where a host is, if the session was told.
    fn told(&self, origin: &Origin) -> Option<Vec<SocketAddr>> {
        let addresses = self.settings.resolved.get(&*origin.host)?.iter();
        let with_port = addresses.map(|&address| SocketAddr::new(address, origin.port));
        Some(with_port.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::ClientSession;
    use crate::{Request, Response, serve};
    use oneloop_net::TcpListener;

    #[test]
    fn the_next_response_has_the_room_in_which_the_head_before_stands() {
        oneloop::run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/", listener.local_addr().unwrap());
            let _server = serve(listener, async |_: Request| Response::text("a")).start();
            let session = ClientSession::new();
            let mut rooms = Vec::new();
            for _ in 0..3 {
                let text = session.get(&url).await.unwrap().text().await.unwrap();
                assert_eq!(text, "a");
                let exchange = session.shared.room();
                let room = exchange.head().fields().received();
                assert!(room.starts_with(b"HTTP/1.1 200"), "it is still there");
                rooms.push(room.as_ptr());
                session.shared.take_back(exchange);
            }
            assert_eq!(rooms, [rooms[0]; 3]);
        });
    }
}
