//! A received request: its head, still as offsets into what was read, and the body to be read.
//!
//! The handler gets a [`Request`] as soon as the head is there. The body stays in the socket until
//! the handler asks for it, so a handler that does not read slows the sender down. Read next:
//! `request/body.rs`, then `response.rs`, and `server/connection.rs`, which makes requests.

mod body;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Version};

pub(crate) use body::BodySource;
pub use body::{ReadBodyError, RequestBody};

use crate::wire::{BodyDecoder, Limits, RequestHead, RequestParser};

/// How large a body `Request::bytes` accepts unless the server sets something else, in octets.
pub(crate) const DEFAULT_MAX_BODY: u64 = 1024 * 1024;

/// A request as the handler sees it. It converts into an `http::Request`, for code that wants one.
///
/// ```
/// # oneloop::run(async {
/// use oneloop_http::{Request, Response};
///
/// async fn greet(request: Request) -> Response {
///     let agent = request.header("user-agent").unwrap_or("somebody");
///     Response::text(format!("{} {} from {agent}", request.method(), request.path()))
/// }
/// let request = Request::parse("GET /a HTTP/1.1\r\nHost: h\r\nUser-Agent: me\r\n\r\n")?;
/// assert_eq!(greet(request).await.into_body().into_bytes().await?, "GET /a from me");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Request {
    /// The connection holds it too, to report which request failed and to use its room again.
    head: Rc<RequestHead>,
    body: RequestBody,
    remote: Option<SocketAddr>,
}

impl Request {
    pub(crate) fn new(
        head: Rc<RequestHead>,
        body: RequestBody,
        remote: Option<SocketAddr>,
    ) -> Request {
        Request { head, body, remote }
    }

    /// Makes a request of octets, head and body, as a test of a handler needs it.
    ///
    /// # Errors
    /// The octets are no complete and well-formed request head, within the default limits, or its
    /// framing is broken.
    ///
    /// ```
    /// # oneloop::run(async {
    /// use oneloop_http::{ReadBodyError, Request};
    ///
    /// async fn shout(mut request: Request) -> Result<String, ReadBodyError> {
    ///     Ok(request.text().await?.to_uppercase())
    /// }
    ///
    /// let octets = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nHello";
    /// assert_eq!(shout(Request::parse(octets)?).await?, "HELLO");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn parse(octets: impl AsRef<[u8]>) -> Result<Request, Box<dyn std::error::Error>> {
        let limits = Limits::default();
        let mut octets = BytesMut::from(octets.as_ref());
        let head = RequestParser::new(limits.clone()).parse(&mut octets)?;
        let head = head.ok_or("the head of the request is not complete")?;
        let decoder = BodyDecoder::new(head.body_length()?, &limits);
        let body = RequestBody::in_memory(decoder, octets, DEFAULT_MAX_BODY);
        Ok(Request::new(Rc::new(head), body, None))
    }

    /// Returns the method. It may be any token, not only those that `http` has a name for.
    ///
    /// ```
    /// # use oneloop_http::Request;
    /// let request = Request::parse("BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n")?;
    /// assert_eq!(request.method(), "BREW");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn method(&self) -> &Method {
        self.head.method()
    }

    /// Returns the request target as it was sent, such as `/a%20b?c=d` or `http://host/a`.
    ///
    /// ```
    /// # use oneloop_http::Request;
    /// let request = Request::parse("GET /a%20b?c=d HTTP/1.1\r\nHost: h\r\n\r\n")?;
    /// assert_eq!(request.target(), "/a%20b?c=d");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn target(&self) -> &str {
        self.head.target()
    }

    /// Returns the path of the target as it was sent, percent-encoded and without the query.
    ///
    /// It is `*` for the asterisk form (`OPTIONS *`).
    ///
    /// ```
    /// # use oneloop_http::Request;
    /// let request = Request::parse("GET /a%20b?c=d HTTP/1.1\r\nHost: h\r\n\r\n")?;
    /// assert_eq!(request.path(), "/a%20b");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn path(&self) -> &str {
        self.head.path()
    }

    /// Returns the path with its percent-encoding undone, invalid UTF-8 replaced.
    ///
    /// Beware: a `%2F` has become a slash in it, and dot segments are left as they are. Route by
    /// [`path`](Request::path) and never open a file by this text alone.
    ///
    /// ```
    /// # use oneloop_http::Request;
    /// let request = Request::parse("GET /a%20b?c=d HTTP/1.1\r\nHost: h\r\n\r\n")?;
    /// assert_eq!(request.decoded_path(), "/a b");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decoded_path(&self) -> Cow<'_, str> {
        percent_encoding::percent_decode_str(self.path()).decode_utf8_lossy()
    }

    /// Returns what follows the first `?` of the target, as it was sent.
    ///
    /// ```
    /// # use oneloop_http::Request;
    /// let request = Request::parse("GET /a%20b?c=d HTTP/1.1\r\nHost: h\r\n\r\n")?;
    /// assert_eq!(request.query(), Some("c=d"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn query(&self) -> Option<&str> {
        self.head.query()
    }

    /// Returns the version that the peer speaks, HTTP/1.0 or HTTP/1.1.
    ///
    /// ```
    /// # use oneloop_http::Request;
    /// let request = Request::parse("GET / HTTP/1.0\r\n\r\n")?;
    /// assert_eq!(request.version(), oneloop_http::Version::HTTP_10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn version(&self) -> Version {
        self.head.version()
    }

    /// Returns the authority that is asked for: the target's in absolute form, else `Host`.
    ///
    /// ```
    /// # use oneloop_http::Request;
    /// let request = Request::parse("GET / HTTP/1.1\r\nHost: h\r\n\r\n")?;
    /// assert_eq!(request.host(), Some("h"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn host(&self) -> Option<&str> {
        self.head.host()
    }

    /// Returns the first value of a header, if there is one and it is UTF-8.
    ///
    /// Takes a `HeaderName` or a text in any case. It looks the name up in the received octets;
    /// [`headers`](Request::headers) has every value, also those that are not UTF-8.
    ///
    /// ```
    /// # use oneloop_http::Request;
    /// let request = Request::parse("GET / HTTP/1.1\r\nHost: h\r\nAccept: text/*\r\n\r\n")?;
    /// assert_eq!(request.header("ACCEPT"), Some("text/*"));
    /// assert_eq!(request.header(oneloop_http::header::COOKIE), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn header(&self, name: impl AsRef<str>) -> Option<&str> {
        let mut fields = self.head.fields().iter();
        let (_, value) = fields.find(|(field, _)| field.eq_ignore_ascii_case(name.as_ref()))?;
        std::str::from_utf8(value).ok()
    }

    /// Builds a map of all headers, repeated ones in the order in which they came.
    ///
    /// ```
    /// # use oneloop_http::Request;
    /// let request = Request::parse("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\nA: 3\r\n\r\n")?;
    /// let values = request.headers().get_all("a").iter().cloned().collect::<Vec<_>>();
    /// assert_eq!(values, ["1", "3"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn headers(&self) -> HeaderMap {
        self.head.to_header_map()
    }

    /// Returns the peer's address, if the connection has one.
    ///
    /// ```
    /// # use oneloop_http::Request;
    /// let request = Request::parse("GET / HTTP/1.1\r\nHost: h\r\n\r\n")?;
    /// assert_eq!(request.remote(), None); // It came by no connection.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remote(&self) -> Option<SocketAddr> {
        self.remote
    }

    /// Gives access to the body, to read it piece by piece.
    ///
    /// ```
    /// # oneloop::run(async {
    /// # use oneloop_http::Request;
    /// let mut request = Request::parse("GET / HTTP/1.1\r\nHost: h\r\n\r\n")?;
    /// assert_eq!(request.body().chunk().await?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn body(&mut self) -> &mut RequestBody {
        &mut self.body
    }

    /// Takes the body out of the request, for a response that is made while the body is read.
    ///
    /// ```
    /// # oneloop::run(async {
    /// # use oneloop_http::Request;
    /// use oneloop_http::{Body, Response};
    ///
    /// async fn shout(request: Request) -> Response {
    ///     let mut body = request.into_body();
    ///     Response::ok(Body::produce(async move |mut writer| {
    ///         while let Some(piece) = body.chunk().await? {
    ///             writer.write(piece.to_ascii_uppercase()).await?;
    ///         }
    ///         Ok(())
    ///     }))
    /// }
    ///
    /// let octets = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nHello";
    /// let response = shout(Request::parse(octets)?).await;
    /// assert_eq!(response.into_body().into_bytes().await?, "HELLO");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn into_body(self) -> RequestBody {
        self.body
    }

    /// Reads the rest of the body into memory, up to the server's limit (1 MiB unless set).
    ///
    /// # Errors
    /// [`ReadBodyError`]; its [`TooLarge`](ReadBodyError::TooLarge) becomes a 413 when the handler
    /// returns it with `?`. A declared length above the limit fails before anything is read.
    ///
    /// ```
    /// # oneloop::run(async {
    /// # use oneloop_http::Request;
    /// let octets = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nHello";
    /// assert_eq!(Request::parse(octets)?.bytes().await?, "Hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn bytes(&mut self) -> Result<Bytes, ReadBodyError> {
        self.body.bytes().await
    }

    /// Reads the rest of the body as [`bytes`](Request::bytes) does, and as UTF-8, replacing what is
    /// not.
    ///
    /// # Errors
    /// As [`bytes`](Request::bytes).
    ///
    /// ```
    /// # oneloop::run(async {
    /// # use oneloop_http::Request;
    /// let octets = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nHello";
    /// assert_eq!(Request::parse(octets)?.text().await?, "Hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn text(&mut self) -> Result<String, ReadBodyError> {
        self.body.text().await
    }
}

/// Builds a header map and parses the target, which [`Request`] itself does without.
impl TryFrom<Request> for http::Request<RequestBody> {
    type Error = http::Error;

    fn try_from(request: Request) -> Result<http::Request<RequestBody>, http::Error> {
        let mut converted = http::Request::builder()
            .method(request.method().clone())
            .uri(request.target())
            .version(request.version())
            .body(request.body)?;
        *converted.headers_mut() = request.head.to_header_map();
        Ok(converted)
    }
}
