//! What a handler answers: a [`Response`], or anything that [`IntoResponse`] turns into one.
//!
//! Values of headers are checked when they are set, so a response cannot be split by a line break
//! that came from a request. What concerns framing (`Content-Length`, `Transfer-Encoding`) follows
//! from the body; see `server/answer.rs`, which writes the head.

mod error;

use std::convert::Infallible;

use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderName, HeaderValue};

use crate::body::{Body, BoxError};
use crate::field::{self, HeaderError};
use crate::request::ReadBodyError;

pub use error::HandlerError;

static CONTENT_TYPE: HeaderName = header::CONTENT_TYPE;
static TEXT: ContentType = ContentType {
    value: HeaderValue::from_static("text/plain; charset=utf-8"),
    line: b"content-type: text/plain; charset=utf-8\r\n",
};
static HTML: ContentType = ContentType {
    value: HeaderValue::from_static("text/html; charset=utf-8"),
    line: b"content-type: text/html; charset=utf-8\r\n",
};
static OCTETS: ContentType = ContentType {
    value: HeaderValue::from_static("application/octet-stream"),
    line: b"content-type: application/octet-stream\r\n",
};

/// A type that most answers have, with the line that says so.
#[derive(Debug)]
struct ContentType {
    value: HeaderValue,
    line: &'static [u8],
}

/// An answer: status, headers and body.
///
/// The server adds `Date`, `Server`, the framing headers and `Connection`. A `Connection: close` set
/// by the handler closes the connection after the answer.
///
/// ```
/// use oneloop_http::{Response, StatusCode};
///
/// let response = Response::text("made").with_status(StatusCode::CREATED).header("location", "/7")?;
/// assert_eq!(response.status(), 201);
/// assert_eq!(response.header_value("location").unwrap(), "/7");
/// assert!(Response::text("").header("x-name", "two\r\nlines").is_err());
/// # Ok::<(), oneloop_http::HandlerError>(())
/// ```
#[derive(Debug)]
pub struct Response {
    status: StatusCode,
    /// The type that [`Response::text`] and its like give. It stands apart, before the other headers:
    /// most answers have none but this, and then need no list.
    content_type: Option<&'static ContentType>,
    /// In the order in which they are sent. A list, since most answers have one or two of them, and
    /// a map would cost two allocations and the hashing.
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Body,
    /// What went wrong where the server made this response of an error.
    cause: Option<BoxError>,
}

impl Response {
    /// Makes a response with a status, no headers and no body.
    ///
    /// ```
    /// use oneloop_http::{Response, StatusCode};
    /// assert_eq!(Response::new(StatusCode::NO_CONTENT).body().length(), Some(0));
    /// ```
    pub fn new(status: StatusCode) -> Response {
        Response {
            status,
            content_type: None,
            headers: Vec::new(),
            body: Body::empty(),
            cause: None,
        }
    }

    /// Makes a 200 with a body and no `Content-Type`.
    ///
    /// ```
    /// assert_eq!(oneloop_http::Response::ok("x").status(), 200);
    /// ```
    pub fn ok(body: impl Into<Body>) -> Response {
        Response::new(StatusCode::OK).with_body(body)
    }

    /// Makes a 200 of `text/plain; charset=utf-8`.
    ///
    /// ```
    /// let response = oneloop_http::Response::text("Hello");
    /// assert_eq!(response.header_value("content-type").unwrap(), "text/plain; charset=utf-8");
    /// ```
    pub fn text(body: impl Into<Body>) -> Response {
        Response::typed(&TEXT, body)
    }

    /// Makes a 200 of `text/html; charset=utf-8`.
    ///
    /// ```
    /// let response = oneloop_http::Response::html("<p>Hello");
    /// assert_eq!(response.header_value("content-type").unwrap(), "text/html; charset=utf-8");
    /// ```
    pub fn html(body: impl Into<Body>) -> Response {
        Response::typed(&HTML, body)
    }

    /// Makes a 200 of `application/octet-stream`.
    ///
    /// ```
    /// let response = oneloop_http::Response::bytes(vec![1, 2]);
    /// assert_eq!(response.header_value("content-type").unwrap(), "application/octet-stream");
    /// ```
    pub fn bytes(body: impl Into<Body>) -> Response {
        Response::typed(&OCTETS, body)
    }

    fn typed(content_type: &'static ContentType, body: impl Into<Body>) -> Response {
        let mut response = Response::ok(body);
        response.content_type = Some(content_type);
        response
    }

    /// Makes the short text that the server itself answers with, such as `404: Not Found`.
    ///
    /// ```
    /// use oneloop_http::{Response, StatusCode};
    /// let response = Response::status_text(StatusCode::NOT_FOUND);
    /// assert_eq!(response.body().length(), Some("404: Not Found".len() as u64));
    /// ```
    pub fn status_text(status: StatusCode) -> Response {
        let reason = status.canonical_reason().unwrap_or("Unknown");
        Response::text(format!("{}: {reason}", status.as_str())).with_status(status)
    }

    /// Replaces the status.
    ///
    /// Informational ones (1xx) are no final answer; the server sends a 500 in their place.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Response {
        self.status = status;
        self
    }

    /// Replaces the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Body>) -> Response {
        self.body = body.into();
        self
    }

    /// Sets a header whose name and value are known to be legal, replacing what was there.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Response {
        if name == header::CONTENT_TYPE {
            self.content_type = None;
        }
        self.headers.retain(|(other, _)| *other != name);
        self.with_another_header(name, value)
    }

    /// Adds a header beside those that have the same name, for instance a second `Set-Cookie`.
    ///
    /// ```
    /// use oneloop_http::{HeaderValue, Response, header::SET_COOKIE};
    /// let response = Response::text("")
    ///     .with_header(SET_COOKIE, HeaderValue::from_static("a=1"))
    ///     .with_another_header(SET_COOKIE, HeaderValue::from_static("b=2"));
    /// assert_eq!(response.headers().count(), 3);
    /// ```
    #[must_use]
    pub fn with_another_header(mut self, name: HeaderName, value: HeaderValue) -> Response {
        self.headers.push((name, value));
        self
    }

    /// Sets a header after checking that name and value are legal on the wire.
    ///
    /// # Errors
    /// [`HeaderError`] for a name that is no token and a value with a control character in it, so
    /// that what a peer sent can never end a header line.
    pub fn header<V>(self, name: impl AsRef<[u8]>, value: V) -> Result<Response, HeaderError>
    where
        V: TryInto<HeaderValue>,
    {
        let (name, value) = field::read(name, value)?;
        Ok(self.with_header(name, value))
    }

    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the first value that was set for a header; the name may be a text in any case.
    ///
    /// ```
    /// let response = oneloop_http::Response::text("");
    /// assert!(response.header_value("Content-Type").is_some());
    /// assert!(response.header_value("content-length").is_none()); // The server adds it.
    /// ```
    pub fn header_value(&self, name: impl AsRef<str>) -> Option<&HeaderValue> {
        let mut headers = self.headers();
        let name = name.as_ref();
        headers
            .find(|(other, _)| other.as_str().eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Returns the headers that were set, in the order in which they are sent.
    pub fn headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        let content_type = self.content_type.map(|its| (&CONTENT_TYPE, &its.value));
        content_type.into_iter().chain(self.other_headers())
    }

    /// Returns the body.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Takes the body out.
    ///
    /// ```
    /// # oneloop::run(async {
    /// let body = oneloop_http::Response::text("Hello").into_body();
    /// assert_eq!(body.into_bytes().await.unwrap(), "Hello");
    /// # });
    /// ```
    pub fn into_body(self) -> Body {
        self.body
    }

    /// The whole line that tells the type which [`Response::text`] and its like give.
    pub(crate) fn content_type_line(&self) -> Option<&'static [u8]> {
        self.content_type.map(|content_type| content_type.line)
    }

    /// The headers but for that of [`content_type_line`](Response::content_type_line).
    pub(crate) fn other_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.headers.iter().map(|(name, value)| (name, value))
    }

    pub(crate) fn take_body(&mut self) -> Body {
        std::mem::take(&mut self.body)
    }

    pub(crate) fn take_cause(&mut self) -> Option<BoxError> {
        self.cause.take()
    }
}

impl<B: Into<Body>> From<http::Response<B>> for Response {
    fn from(response: http::Response<B>) -> Response {
        let (parts, body) = response.into_parts();
        let mut converted = Response::new(parts.status).with_body(body);
        let mut last = None;
        for (name, value) in parts.headers {
            // The map names a header once and gives its further values without a name.
            last = name.or(last);
            let name = last
                .clone()
                .expect("the first item of a header map has a name");
            converted.headers.push((name, value));
        }
        converted
    }
}

#[diagnostic::on_unimplemented(
    message = "a handler can't return `{Self}`",
    label = "not a `Response`, nor anything that makes one",
    note = "return a `Response`, a text, bytes, a status, or `Result<_, HandlerError>`: any error \
            turns into a `HandlerError` by `?`"
)]
/// What a handler may return in place of a [`Response`].
///
/// ```
/// use oneloop_http::{IntoResponse, StatusCode};
///
/// assert_eq!("text".into_response().status(), 200);
/// assert_eq!(StatusCode::NOT_FOUND.into_response().status(), 404);
/// assert_eq!((StatusCode::CREATED, "made").into_response().status(), 201);
/// ```
pub trait IntoResponse {
    /// Makes the response.
    fn into_response(self) -> Response;
}

impl IntoResponse for Response {
    fn into_response(self) -> Response {
        self
    }
}

impl<B: Into<Body>> IntoResponse for http::Response<B> {
    fn into_response(self) -> Response {
        Response::from(self)
    }
}

impl IntoResponse for StatusCode {
    /// Makes the short text, such as `404: Not Found`.
    fn into_response(self) -> Response {
        Response::status_text(self)
    }
}

impl IntoResponse for &'static str {
    fn into_response(self) -> Response {
        Response::text(self)
    }
}

impl IntoResponse for String {
    fn into_response(self) -> Response {
        Response::text(self)
    }
}

impl IntoResponse for Bytes {
    fn into_response(self) -> Response {
        Response::bytes(self)
    }
}

impl IntoResponse for Vec<u8> {
    fn into_response(self) -> Response {
        Response::bytes(self)
    }
}

impl IntoResponse for Infallible {
    fn into_response(self) -> Response {
        match self {}
    }
}

impl IntoResponse for ReadBodyError {
    fn into_response(self) -> Response {
        HandlerError::from(self).into_response()
    }
}

impl<R: IntoResponse> IntoResponse for (StatusCode, R) {
    fn into_response(self) -> Response {
        self.1.into_response().with_status(self.0)
    }
}

impl<R: IntoResponse, E: IntoResponse> IntoResponse for Result<R, E> {
    fn into_response(self) -> Response {
        match self {
            Ok(response) => response.into_response(),
            Err(error) => error.into_response(),
        }
    }
}
