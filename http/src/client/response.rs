//! A response: its head, and the body as it is read.

use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode, Uri, Version};
use oneloop_net::TcpStream;

use super::ClientError;
use super::error::Kind;
use super::exchange::Exchange;
use super::session::Shared;

/// Is a response whose head has come. The body comes as it is read.
///
/// When the body was read to its end the connection goes back to the session. Dropping a response
/// before closes the connection, unless the rest of the body is already here.
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
///     assert_eq!(response.header("Content-Type"), Some("text/plain; charset=utf-8"));
///     let mut length = 0;
///     while let Some(piece) = response.chunk().await? {
///         length += piece.len();
///     }
///     assert_eq!(length, 5);
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ClientResponse {
    /// It holds the request and the head of the response, also when the connection has gone.
    /// `None` once the response was dropped.
    exchange: Option<Box<Exchange<TcpStream>>>,
    /// Where the connection goes when it is free.
    session: Weak<Shared>,
}

/// What the reader of a response has of its body. It lies with the exchange, so that a response is small.
#[derive(Default)]
pub(super) struct Reading {
    body: Body,
    /// What `bytes` has collected: of a body that was read as a whole, all of it.
    collected: Collected,
    /// The length that the head tells.
    length: Option<u64>,
    /// The most octets that are collected.
    most: u64,
}

const IT_IS_THERE: &str = "the session takes it back only when the response is dropped";

/// How far the body was read.
#[derive(Clone, Copy, Default)]
enum Body {
    /// More may come.
    #[default]
    Coming,
    /// It was read to its end.
    Complete,
    /// Reading failed.
    Failed,
}

/// The pieces of a body that is read as a whole.
enum Collected {
    /// None, or one that is shared with the buffer that it came in, or all of them.
    Whole(Bytes),
    /// More than one, and there may come more.
    Growing(BytesMut),
}

impl Default for Collected {
    fn default() -> Collected {
        Collected::Whole(Bytes::new())
    }
}

impl Collected {
    fn len(&self) -> usize {
        match self {
            Collected::Whole(whole) => whole.len(),
            Collected::Growing(pieces) => pieces.len(),
        }
    }

    fn push(&mut self, piece: Bytes) {
        match self {
            Collected::Whole(nothing) if nothing.is_empty() => *nothing = piece,
            Collected::Whole(first) => {
                let mut pieces = BytesMut::with_capacity(2 * (first.len() + piece.len()));
                pieces.extend_from_slice(first);
                pieces.extend_from_slice(&piece);
                *self = Collected::Growing(pieces);
            }
            Collected::Growing(pieces) => pieces.extend_from_slice(&piece),
        }
    }

    fn whole(&mut self) -> Bytes {
        match self {
            Collected::Whole(whole) => whole.clone(),
            Collected::Growing(pieces) => {
                let whole = std::mem::take(pieces).freeze();
                *self = Collected::Whole(whole.clone());
                whole
            }
        }
    }
}

impl ClientResponse {
    /// The head has come.
    pub(super) fn new(
        mut exchange: Box<Exchange<TcpStream>>,
        shared: &Rc<Shared>,
    ) -> ClientResponse {
        exchange.reading.length = exchange.remaining();
        exchange.reading.most = shared.settings.max_body;
        let mut response = ClientResponse {
            exchange: Some(exchange),
            session: Rc::downgrade(shared),
        };
        response.release_if_complete();
        response
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.exchange().head().status()
    }

    /// The version of the server's answer, 1.0 or 1.1.
    pub fn version(&self) -> Version {
        self.exchange().head().version()
    }

    /// Finds the first value of a header, if it is UTF-8. The name may be in any case.
    pub fn header(&self, name: impl AsRef<str>) -> Option<&str> {
        let mut fields = self.exchange().head().fields().iter();
        let (_, value) = fields.find(|(field, _)| field.eq_ignore_ascii_case(name.as_ref()))?;
        std::str::from_utf8(value).ok()
    }

    /// Builds a map of all headers, repeated ones in the order in which they came.
    pub fn headers(&self) -> HeaderMap {
        self.exchange().head().to_header_map()
    }

    /// The length of the body that the head told, if it told one. It is 0 for the answer to a HEAD.
    pub fn content_length(&self) -> Option<u64> {
        self.exchange().reading.length
    }

    /// Whether the request went over a connection that had served another one before.
    pub fn reused(&self) -> bool {
        self.exchange().is_reused()
    }

    /// The URL that was asked for.
    pub fn url(&self) -> &Uri {
        &self.exchange().parts.url
    }

    /// Waits for the next piece of the body, as it comes; `None` at its end.
    ///
    /// # Errors
    ///
    /// The body is cut short or malformed, or a limit ran out.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has taken nothing: the next call goes on.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ClientError> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    /// Reads the body to its end and gives all of it, but for what [`chunk`](ClientResponse::chunk)
    /// has given. Called again it gives the same.
    ///
    /// # Errors
    ///
    /// As [`chunk`](ClientResponse::chunk); also if the body is larger than the session's
    /// [`max_body`](super::SessionBuilder::max_body).
    ///
    /// # Cancel safety
    ///
    /// What was read before it is dropped is kept for the next call.
    pub async fn bytes(&mut self) -> Result<Bytes, ClientError> {
        let reading = &self.exchange().reading;
        if reading.length.is_some_and(|length| length > reading.most) {
            return Err(self.too_large());
        }
        while let Some(piece) = self.chunk().await? {
            let Reading {
                collected, most, ..
            } = &mut self.exchange_mut().reading;
            if (collected.len() as u64).saturating_add(piece.len() as u64) > *most {
                return Err(self.too_large());
            }
            collected.push(piece);
        }
        Ok(self.exchange_mut().reading.collected.whole())
    }

    /// Reads the body to its end, as [`bytes`](ClientResponse::bytes) does, and gives it as text.
    ///
    /// The charset is the one that `Content-Type` names, UTF-8 unless it names one; ISO-8859-1 and
    /// US-ASCII are known besides. Octets that are no text in it are an error and never replaced;
    /// the body is not lost then, [`bytes`](ClientResponse::bytes) gives it.
    ///
    /// # Errors
    ///
    /// As [`bytes`](ClientResponse::bytes); also if the octets are no text in that charset, or
    /// nobody here knows it.
    pub async fn text(&mut self) -> Result<String, ClientError> {
        let octets = self.bytes().await?;
        let charset = self
            .header(CONTENT_TYPE)
            .and_then(charset)
            .unwrap_or("utf-8");
        let is = |names: &[&str]| names.iter().any(|name| charset.eq_ignore_ascii_case(name));
        if is(&["iso-8859-1", "latin1"]) {
            return Ok(octets.iter().map(|&octet| char::from(octet)).collect());
        }
        let text = if is(&["utf-8", "utf8", "us-ascii", "ascii"]) {
            std::str::from_utf8(&octets)
                .map(str::to_owned)
                .map_err(|error| format!("the body is not UTF-8: {error}"))
        } else {
            Err(format!("the charset `{charset}` is not known"))
        };
        text.map_err(|why| self.exchange_mut().fail(Kind::NotText(why)))
    }

    fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, ClientError>> {
        let exchange = self.exchange_mut();
        let polled = match exchange.reading.body {
            Body::Coming => ready!(exchange.poll_body(context)),
            Body::Complete => return Poll::Ready(Ok(None)),
            Body::Failed => return Poll::Ready(Err(exchange.fail(Kind::FailedBefore))),
        };
        Poll::Ready(match polled {
            Ok(Some(piece)) => {
                // The connection is free as soon as the last octet was taken.
                self.release_if_complete();
                Ok(Some(piece))
            }
            Ok(None) => {
                self.release();
                Ok(None)
            }
            Err(error) => {
                self.close();
                Err(error)
            }
        })
    }

    #[inline]
    fn exchange(&self) -> &Exchange<TcpStream> {
        self.exchange.as_deref().expect(IT_IS_THERE)
    }

    #[inline]
    fn exchange_mut(&mut self) -> &mut Exchange<TcpStream> {
        self.exchange.as_deref_mut().expect(IT_IS_THERE)
    }

    fn release_if_complete(&mut self) {
        if self.exchange().is_complete() {
            self.release();
        }
    }

    /// Gives the connection back to the session, or closes it if nobody can use it.
    fn release(&mut self) {
        let exchange = self.exchange_mut();
        if !matches!(exchange.reading.body, Body::Coming) {
            return;
        }
        exchange.reading.body = Body::Complete;
        // A response may outlive its session, and its loop.
        if let Some(connection) = exchange.settle()
            && let Some(session) = self.session.upgrade()
        {
            session.pool.put(connection, oneloop::turn_time);
        }
    }

    /// Makes an error of the body, and closes the connection.
    fn too_large(&mut self) -> ClientError {
        let exchange = self.exchange_mut();
        let error = exchange.fail(Kind::TooLarge(exchange.reading.most));
        self.close();
        error
    }

    fn close(&mut self) {
        let exchange = self.exchange_mut();
        exchange.reading.body = Body::Failed;
        drop(exchange.close());
    }
}

impl Drop for ClientResponse {
    fn drop(&mut self) {
        self.release();
        if let Some(session) = self.session.upgrade()
            && let Some(exchange) = self.exchange.take()
        {
            session.take_back(exchange);
        }
    }
}

impl std::fmt::Debug for ClientResponse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ClientResponse")
            .field("status", &self.status())
            .field("version", &self.version())
            .field("headers", self.exchange().head().fields())
            .finish_non_exhaustive()
    }
}

/// Finds the charset that a media type names.
fn charset(media_type: &str) -> Option<&str> {
    media_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"'))
    })
}
