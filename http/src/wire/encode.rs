//! Writes heads, piece by piece, into a buffer that may already hold other messages.
//!
//! `HeaderName` and `HeaderValue` can hold nothing that ends a line, so writing them can't fail;
//! what comes as raw bytes is checked here. That is what keeps a value that a stranger chose from
//! becoming a second header or a second response.
//!
//! ```
//! use bytes::BytesMut;
//! use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
//! use oneloop_http::wire::encode;
//!
//! let mut out = BytesMut::new();
//! encode::status_line(&mut out, StatusCode::OK);
//! encode::field(&mut out, &CONTENT_TYPE, &HeaderValue::from_static("text/plain"));
//! encode::content_length(&mut out, 5);
//! encode::end(&mut out);
//! out.extend_from_slice(b"Hello");
//! assert_eq!(out, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nHello");
//! ```

use bytes::BufMut;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::octets::{self, TOKEN, VALUE};

/// Is the whole interim response that lets a client send its body (RFC 9110 section 15.2.1).
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Writes a status line with the status's usual reason.
///
/// The version is 1.1 also when the request said 1.0.
///
/// > A server SHOULD send a response version equal to the highest version to which the server is
/// > conformant that has a major version less than or equal to the one received in the request.
/// > (RFC 9110 section 6.2)
///
/// ```
/// # use bytes::BytesMut;
/// # use oneloop_http::wire::encode;
/// let mut out = BytesMut::new();
/// encode::status_line(&mut out, http::StatusCode::NOT_FOUND);
/// assert_eq!(out, "HTTP/1.1 404 Not Found\r\n");
/// ```
#[inline]
pub fn status_line(out: &mut impl BufMut, status: StatusCode) {
    if status == StatusCode::OK {
        out.put_slice(b"HTTP/1.1 200 OK\r\n");
        return;
    }
    out.put_slice(b"HTTP/1.1 ");
    out.put_slice(status.as_str().as_bytes());
    out.put_slice(b" ");
    out.put_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    out.put_slice(b"\r\n");
}

/// Writes a request line.
///
/// # Errors
///
/// `target` is empty or has an octet that is not visible ASCII: a space or a line end in it would
/// begin another request. Nothing is written then.
///
/// ```
/// # use bytes::BytesMut;
/// # use http::Method;
/// # use oneloop_http::wire::{EncodeError, encode};
/// let mut out = BytesMut::new();
/// encode::request_line(&mut out, &Method::GET, "/a?b").unwrap();
/// assert_eq!(out, "GET /a?b HTTP/1.1\r\n");
/// let injected = encode::request_line(&mut out, &Method::GET, "/ HTTP/1.1\r\nX: y");
/// assert_eq!(injected, Err(EncodeError::BadTarget));
/// ```
pub fn request_line(
    out: &mut impl BufMut,
    method: &Method,
    target: &str,
) -> Result<(), EncodeError> {
    if target.is_empty() || !target.bytes().all(|octet| octet.is_ascii_graphic()) {
        return Err(EncodeError::BadTarget);
    }
    out.put_slice(method.as_str().as_bytes());
    out.put_slice(b" ");
    out.put_slice(target.as_bytes());
    out.put_slice(b" HTTP/1.1\r\n");
    Ok(())
}

/// Writes one field line.
///
/// ```
/// # use bytes::BytesMut;
/// # use http::{HeaderValue, header::ALLOW};
/// # use oneloop_http::wire::encode;
/// let mut out = BytesMut::new();
/// encode::field(&mut out, &ALLOW, &HeaderValue::from_static("GET, HEAD"));
/// assert_eq!(out, "allow: GET, HEAD\r\n");
/// ```
#[inline]
pub fn field(out: &mut impl BufMut, name: &HeaderName, value: &HeaderValue) {
    write_field(out, name.as_str().as_bytes(), value.as_bytes());
}

/// Writes all lines of a map, in its order.
///
/// ```
/// # use bytes::BytesMut;
/// # use http::{HeaderMap, HeaderValue, header::VIA};
/// # use oneloop_http::wire::encode;
/// let mut map = HeaderMap::new();
/// map.append(VIA, HeaderValue::from_static("1.1 a"));
/// map.append(VIA, HeaderValue::from_static("1.1 b"));
/// let mut out = BytesMut::new();
/// encode::fields(&mut out, &map);
/// assert_eq!(out, "via: 1.1 a\r\nvia: 1.1 b\r\n");
/// ```
pub fn fields(out: &mut impl BufMut, map: &HeaderMap) {
    for (name, value) in map {
        field(out, name, value);
    }
}

/// Writes one field line from raw octets.
///
/// # Errors
///
/// The name is no token, or the value has a control octet: CR and LF would end the line, NUL ends
/// it for some. Nothing is written then.
///
/// ```
/// # use bytes::BytesMut;
/// # use oneloop_http::wire::{EncodeError, encode};
/// let mut out = BytesMut::new();
/// encode::raw_field(&mut out, b"X-Name", b"caf\xe9").unwrap();
/// assert_eq!(encode::raw_field(&mut out, b"X", b"a\r\nSet-Cookie: b"), Err(EncodeError::BadValue));
/// assert_eq!(encode::raw_field(&mut out, b"X ", b"a"), Err(EncodeError::BadName));
/// assert_eq!(&out[..], b"X-Name: caf\xe9\r\n");
/// ```
pub fn raw_field(out: &mut impl BufMut, name: &[u8], value: &[u8]) -> Result<(), EncodeError> {
    // > token = 1*tchar (RFC 9110 section 5.6.2)
    if name.is_empty() || !octets::all_are(name, TOKEN) {
        return Err(EncodeError::BadName);
    }
    if !octets::all_are(value, VALUE) {
        return Err(EncodeError::BadValue);
    }
    write_field(out, name, value);
    Ok(())
}

/// Writes `content-length`.
///
/// ```
/// # use bytes::BytesMut;
/// # use oneloop_http::wire::encode;
/// let mut out = BytesMut::new();
/// encode::content_length(&mut out, u64::MAX);
/// assert_eq!(out, "content-length: 18446744073709551615\r\n");
/// ```
#[inline]
pub fn content_length(out: &mut impl BufMut, length: u64) {
    write_field(
        out,
        b"content-length",
        itoa::Buffer::new().format(length).as_bytes(),
    );
}

/// Writes `transfer-encoding: chunked`.
///
/// ```
/// # use bytes::BytesMut;
/// # use oneloop_http::wire::encode;
/// let mut out = BytesMut::new();
/// encode::transfer_encoding_chunked(&mut out);
/// assert_eq!(out, "transfer-encoding: chunked\r\n");
/// ```
pub fn transfer_encoding_chunked(out: &mut impl BufMut) {
    out.put_slice(b"transfer-encoding: chunked\r\n");
}

/// Writes `date` with a text that a [`DateCache`](super::DateCache) made.
///
/// ```
/// # use bytes::BytesMut;
/// # use oneloop_http::wire::{DateCache, encode};
/// let mut out = BytesMut::new();
/// encode::date(&mut out, DateCache::new().at(std::time::UNIX_EPOCH));
/// assert_eq!(out, "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
/// ```
pub fn date(out: &mut impl BufMut, text: &[u8; 29]) {
    write_field(out, b"date", text);
}

/// Writes the empty line that ends a head.
///
/// ```
/// # use bytes::BytesMut;
/// # use oneloop_http::wire::encode;
/// let mut out = BytesMut::new();
/// encode::end(&mut out);
/// assert_eq!(out, "\r\n");
/// ```
pub fn end(out: &mut impl BufMut) {
    out.put_slice(b"\r\n");
}

// Inlined, so that the parts of a line that are known where it is written are no calls of memcpy.
#[inline(always)]
fn write_field(out: &mut impl BufMut, name: &[u8], value: &[u8]) {
    out.put_slice(name);
    out.put_slice(b": ");
    out.put_slice(value);
    out.put_slice(b"\r\n");
}

/// Tells what can't be written because it would break out of its place in the head.
///
/// ```
/// use bytes::BytesMut;
/// use oneloop_http::wire::{EncodeError, encode};
///
/// let error = encode::raw_field(&mut BytesMut::new(), b"X", b"\0").unwrap_err();
/// assert_eq!(error, EncodeError::BadValue);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeError {
    /// The request-target is empty or not visible ASCII.
    BadTarget,
    /// The field name is no token.
    BadName,
    /// The field value has a control octet.
    BadValue,
}

impl std::fmt::Display for EncodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            EncodeError::BadTarget => "the request-target has an illegal character",
            EncodeError::BadName => "the header name is not a token",
            EncodeError::BadValue => "the header value has a control character",
        })
    }
}

impl std::error::Error for EncodeError {}
