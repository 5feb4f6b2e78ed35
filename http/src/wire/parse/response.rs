//! Reads a response's head.

use std::rc::Rc;

use bytes::BytesMut;
use http::{HeaderMap, HeaderName, Method, StatusCode, Version};

use super::{HeadError, SectionReader};
use crate::wire::fields::Span;
use crate::wire::{BodyLength, Fields, FramingError, Limits, Message, framing};

/// Reads response heads off the front of a connection's buffer, the interim ones (1xx) included.
///
/// ```
/// use bytes::BytesMut;
/// use oneloop_http::wire::{Limits, ResponseParser};
///
/// let mut parser = ResponseParser::new(Limits::default());
/// let mut buffer = BytesMut::from("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody");
/// assert_eq!(parser.parse(&mut buffer).unwrap().unwrap().status(), 100);
/// assert_eq!(parser.parse(&mut buffer).unwrap().unwrap().status(), 200);
/// assert_eq!(buffer, "body");
/// ```
#[derive(Clone, Debug)]
pub struct ResponseParser {
    /// What is refused, shared with the other connections of a session.
    limits: Rc<Limits>,
    /// What the status line says, once it has come, and what is known of the fields behind it.
    begun: Option<(StatusLine, SectionReader)>,
}

impl ResponseParser {
    /// Makes a parser that waits for the first octet of a response.
    pub fn new(limits: impl Into<Rc<Limits>>) -> ResponseParser {
        ResponseParser {
            limits: limits.into(),
            begun: None,
        }
    }

    /// Takes the next head off the front of `buffer`; `None` asks for more bytes behind those.
    ///
    /// # Errors
    ///
    /// The head is refused: close the connection.
    pub fn parse(&mut self, buffer: &mut BytesMut) -> Result<Option<ResponseHead>, HeadError> {
        let (line, mut section) = match self.begun.take() {
            Some(begun) => begun,
            None => {
                let Some(length) = find_status_line(buffer, &self.limits)? else {
                    return Ok(None);
                };
                let line = StatusLine::read(buffer.get(..length).unwrap_or_default())?;
                (line, SectionReader::new(length))
            }
        };
        match section.read(buffer, self.limits.field_section, &self.limits)? {
            Some(section) => Ok(Some(ResponseHead {
                line,
                fields: section.take_off(buffer),
            })),
            None => {
                self.begun = Some((line, section));
                Ok(None)
            }
        }
    }
}

/// Finds the length of the status line, its CRLF included, within `field_line`.
fn find_status_line(buffer: &[u8], limits: &Limits) -> Result<Option<usize>, HeadError> {
    // A peer that speaks no HTTP is told at its first octets, for it may never send a line end.
    if buffer
        .iter()
        .zip(b"HTTP/")
        .any(|(got, wanted)| got != wanted)
    {
        return Err(HeadError::BadStatusLine);
    }
    let line_feed = memchr::memchr(b'\n', buffer);
    if line_feed.unwrap_or(buffer.len()) > limits.field_line.saturating_add(1) {
        return Err(HeadError::FieldLineTooLong);
    }
    Ok(line_feed.map(|position| position + 1))
}

/// Is what a status line says. Its range counts from the line's first octet, which is also the
/// head's.
#[derive(Clone, Debug)]
struct StatusLine {
    version: Version,
    status: StatusCode,
    /// The reason phrase, empty if there is none.
    reason: Span,
}

impl StatusLine {
    /// Reads a whole status line, CRLF included.
    ///
    /// The reason phrase may be absent with its space: RFC 9112 section 4 asks for the space, and
    /// many servers leave it out.
    fn read(line: &[u8]) -> Result<StatusLine, HeadError> {
        let Some(content) = line.strip_suffix(b"\r\n") else {
            return Err(HeadError::BareLineFeed);
        };
        let mut response = httparse::Response::new(&mut []);
        response.parse(line).map_err(|error| match error {
            httparse::Error::Version => HeadError::UnsupportedVersion,
            _ => HeadError::BadStatusLine,
        })?;
        let (Some(minor), Some(code)) = (response.version, response.code) else {
            return Err(HeadError::BadStatusLine);
        };
        let status = StatusCode::from_u16(code).map_err(|_| HeadError::BadStatusLine)?;
        // httparse hides a reason that is not ASCII, so it is taken from behind "HTTP/1.1 200 ".
        let reason = Span::new(13.min(content.len()), content.len())?;
        let version = if minor == 0 {
            Version::HTTP_10
        } else {
            Version::HTTP_11
        };
        Ok(StatusLine {
            version,
            status,
            reason,
        })
    }
}

/// Is the head of one response, its fields left where they were received.
///
/// ```
/// use bytes::BytesMut;
/// use http::Method;
/// use oneloop_http::wire::{BodyLength, Limits, ResponseParser};
///
/// let mut buffer = BytesMut::from("HTTP/1.1 404 Nothing here\r\nContent-Length: 3\r\n\r\n");
/// let head = ResponseParser::new(Limits::default()).parse(&mut buffer).unwrap().unwrap();
/// assert_eq!((head.status().as_u16(), head.reason()), (404, &b"Nothing here"[..]));
/// assert_eq!(head.body_length(&Method::GET), Ok(BodyLength::Known(3)));
/// assert_eq!(head.body_length(&Method::HEAD), Ok(BodyLength::None), "a HEAD has no body");
/// ```
#[derive(Clone, Debug)]
pub struct ResponseHead {
    line: StatusLine,
    fields: Fields,
}

impl ResponseHead {
    /// The status, 100 to 999.
    pub fn status(&self) -> StatusCode {
        self.line.status
    }

    /// The reason phrase, which may be empty and means nothing (RFC 9112 section 4).
    pub fn reason(&self) -> &[u8] {
        self.line.reason.get(self.fields.received())
    }

    /// The version, 1.0 or 1.1.
    pub fn version(&self) -> Version {
        self.line.version
    }

    /// All field lines.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The first value of a field; short for `fields().get(name)`.
    pub fn header(&self, name: &HeaderName) -> Option<&[u8]> {
        self.fields.get(name)
    }

    /// All values of a field; short for `fields().get_all(name)`.
    pub fn headers_all<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.fields.get_all(name)
    }

    /// The fields as the `http` crate's map; short for `fields().to_header_map()`.
    pub fn to_header_map(&self) -> HeaderMap {
        self.fields.to_header_map()
    }

    /// How long the body is, by [`body_length`](framing::body_length); it depends on the method of
    /// the request.
    pub fn body_length(&self, request_method: &Method) -> Result<BodyLength, FramingError> {
        let message = Message::Response {
            status: self.line.status,
            request_method,
        };
        framing::body_length(message, self.line.version, &self.fields)
    }

    /// Whether the server will take another request on this connection.
    pub fn keep_alive(&self) -> bool {
        framing::keep_alive(self.line.version, &self.fields)
    }
}
