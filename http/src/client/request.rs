//! A request before it is sent.

use std::rc::Rc;
use std::time::Duration;

use http::header::EXPECT;
use http::{HeaderMap, HeaderValue, Method, Uri};
use oneloop_net::TcpStream;

use super::exchange::Exchange;
use super::into_uri::IntoUri;
use super::response_future::Step;
use super::session::Shared;
use super::{ClientError, ClientResponse, ResponseFuture};
use crate::Body;
use crate::field;

/// Is a request that can be added to, and is sent by [`send`](RequestBuilder::send) or simply by
/// `.await`.
///
/// What is wrong with its parts is told when it is sent, so that calls can be chained.
///
/// ```
/// use oneloop_http::client::ClientSession;
/// # use oneloop_http::{Request, Response};
///
/// oneloop::run(async {
/// #   let listener = oneloop_net::TcpListener::bind("127.0.0.1:0").await?;
/// #   let address = listener.local_addr()?;
/// #   let _server = oneloop_http::serve(listener, async |mut request: Request| {
/// #       let name = request.header("x-name").unwrap_or_default().to_owned();
/// #       let text = request.text().await.unwrap();
/// #       Response::text(format!("{name}: {text}"))
/// #   }).start();
///     let session = ClientSession::new();
///     let mut response = session
///         .post(format!("http://{address}/"))
///         .header("x-name", "echo")
///         .body("Hello")
///         .await?;
///     assert_eq!(response.text().await?, "echo: Hello");
///
///     let split = session.get(format!("http://{address}/")).header("x-name", "a\r\nx-other: b");
///     assert!(split.await.unwrap_err().is_build(), "a header can't become two");
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a request does nothing until it is sent or awaited"]
pub struct RequestBuilder {
    shared: Rc<Shared>,
    /// The exchange with the parts that were set, or what was wrong with the first bad one.
    exchange: Result<Box<Exchange<TcpStream>>, ClientError>,
}

/// The parts of a request.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) method: Method,
    pub(super) url: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    pub(super) total: Option<Duration>,
}

impl RequestBuilder {
    pub(super) fn new<M, U>(shared: Rc<Shared>, method: M, url: U) -> RequestBuilder
    where
        M: TryInto<Method, Error: Into<http::Error>>,
        U: IntoUri,
    {
        let total = shared.settings.total;
        let mut exchange = shared.room();
        exchange.parts.total = total;
        let begun = exchange.parts.begin(method, url);
        RequestBuilder {
            shared,
            exchange: begun.map(|()| exchange),
        }
    }

    /// Adds a header. One that the session sends by default, or that the client adds itself, is
    /// replaced by it.
    pub fn header<V>(mut self, name: impl AsRef<[u8]>, value: V) -> RequestBuilder
    where
        V: TryInto<HeaderValue>,
    {
        self.change(|parts| {
            let (name, value) = field::read(name, value)?;
            parts.headers.append(name, value);
            Ok(())
        });
        self
    }

    /// Sets the body: octets, a text, or a [`Body`] that is made while it is sent.
    ///
    /// Its length becomes `Content-Length`; one of unknown length goes out chunked. With the header
    /// `Expect: 100-continue` the body waits until the server asks for it, at most a second.
    pub fn body(mut self, body: impl Into<Body>) -> RequestBuilder {
        self.change(|parts| {
            parts.body = body.into();
            Ok(())
        });
        self
    }

    /// Limits this request as a whole, in place of the session's limit.
    pub fn timeout(mut self, limit: Duration) -> RequestBuilder {
        self.change(|parts| {
            parts.total = Some(limit);
            Ok(())
        });
        self
    }

    /// Sends the request and waits for the head of the response. The body is read afterwards.
    ///
    /// # Errors
    ///
    /// The request can't be made of its parts, or no response came; [`ClientError`] tells. A
    /// response of any status is no error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection at once. Whether the server has seen the request
    /// is not known then.
    pub fn send(self) -> ResponseFuture {
        let step = match self.exchange {
            Ok(exchange) => Step::New(self.shared, exchange),
            Err(error) => Step::Unsendable(error),
        };
        ResponseFuture { step }
    }

    fn change(&mut self, change: impl FnOnce(&mut Parts) -> Result<(), ClientError>) {
        if let Ok(exchange) = &mut self.exchange
            && let Err(error) = change(&mut exchange.parts)
        {
            self.exchange = Err(error);
        }
    }
}

impl IntoFuture for RequestBuilder {
    type Output = Result<ClientResponse, ClientError>;
    type IntoFuture = ResponseFuture;

    fn into_future(self) -> ResponseFuture {
        self.send()
    }
}

impl std::fmt::Debug for RequestBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.exchange {
            Ok(exchange) => write!(formatter, "RequestBuilder({})", exchange.parts.describe()),
            Err(error) => write!(formatter, "RequestBuilder({error})"),
        }
    }
}

fn read_method<M>(given: M) -> Result<Method, ClientError>
where
    M: TryInto<Method, Error: Into<http::Error>>,
{
    let malformed = |error: M::Error| format!("the method is malformed: {}", error.into());
    given
        .try_into()
        .map_err(|error| ClientError::unusable(malformed(error)))
}

impl Parts {
    /// Fills those in that every request has. Of the request before, no fields and no body are left.
    fn begin<M, U>(&mut self, method: M, url: U) -> Result<(), ClientError>
    where
        M: TryInto<Method, Error: Into<http::Error>>,
        U: IntoUri,
    {
        self.method = read_method(method)?;
        self.url = url.into_uri()?;
        Ok(())
    }

    /// Whether the body waits for a `100 Continue`.
    pub(super) fn asks_first(&self) -> bool {
        let expectation = self.headers.get(EXPECT);
        expectation.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    }

    pub(super) fn forget_fields(&mut self) {
        // As nearly always: to make a map takes longer than to look.
        if !self.headers.is_empty() {
            self.headers = HeaderMap::new();
        }
    }

    /// Names the request in an error's text, without its query, which may hold what is not for logs.
    pub(super) fn describe(&self) -> String {
        let Parts { method, url, .. } = self;
        let scheme = url.scheme_str().map(|scheme| format!("{scheme}://"));
        let scheme = scheme.unwrap_or_default();
        let host = url.host().unwrap_or_default();
        let port = url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        format!("{method} {scheme}{host}{port}{}", url.path())
    }
}
