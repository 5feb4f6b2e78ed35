//! Reads a request's head.

use std::rc::Rc;

use bytes::{Buf, BytesMut};
use http::header::HOST;
use http::{HeaderMap, HeaderName, Method, Version};

use super::target::{Target, TargetForm, is_host_and_port};
use super::{HeadError, SectionReader};
use crate::wire::fields::SharedText;
use crate::wire::octets::{self, TOKEN};
use crate::wire::{BodyLength, Expectation, Fields, FramingError, Limits, Message, framing};

/// Reads request heads off the front of a connection's buffer, one after another.
///
/// It remembers how far it looked, so a head that comes octet by octet costs no more than one that
/// comes at once. Between two calls the buffer may only grow at its end.
///
/// ```
/// use bytes::BytesMut;
/// use oneloop_http::wire::{Limits, RequestParser};
///
/// let mut parser = RequestParser::new(Limits::default());
/// let mut pipelined = BytesMut::from("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
/// assert_eq!(parser.parse(&mut pipelined).unwrap().unwrap().path(), "/1");
/// assert_eq!(parser.parse(&mut pipelined).unwrap().unwrap().path(), "/2");
/// assert!(parser.is_idle(&pipelined), "nothing of a third one has come");
/// ```
#[derive(Clone, Debug)]
pub struct RequestParser {
    /// What is refused, shared with the other connections of a server.
    limits: Rc<Limits>,
    /// The blank lines that were skipped before this request.
    blank_lines: usize,
    /// What the request line says, once it has come, and what is known of the fields behind it. Boxed,
    /// since most heads come at once and never lie here.
    begun: Option<Box<(RequestLine, SectionReader)>>,
}

impl RequestParser {
    /// Makes a parser that waits for the first octet of a request.
    pub fn new(limits: impl Into<Rc<Limits>>) -> RequestParser {
        RequestParser {
            limits: limits.into(),
            blank_lines: 0,
            begun: None,
        }
    }

    /// Takes the next head off the front of `buffer`; `None` asks for more bytes behind those.
    ///
    /// # Errors
    ///
    /// The head is refused: answer [`HeadError::status`] and close the connection.
    pub fn parse(&mut self, buffer: &mut BytesMut) -> Result<Option<RequestHead>, HeadError> {
        let (line, mut section) = match self.begun.take() {
            Some(begun) => *begun,
            None => {
                self.skip_blank_lines(buffer)?;
                let Some((line, length)) = RequestLine::read(buffer, &self.limits)? else {
                    return Ok(None);
                };
                (line, SectionReader::new(length))
            }
        };
        match section.read(buffer, self.limits.field_section, &self.limits)? {
            Some(section) => {
                self.blank_lines = 0;
                let fields = section.take_off(buffer);
                judge_host(line.version, &fields)?;
                Ok(Some(RequestHead { line, fields }))
            }
            None => {
                self.begun = Some(Box::new((line, section)));
                Ok(None)
            }
        }
    }

    /// Tells whether nothing of a next request has come, so that the end of the stream here is a
    /// clean close and not a cut request.
    pub fn is_idle(&self, buffer: &BytesMut) -> bool {
        self.begun.is_none() && buffer.is_empty()
    }

    /// > a server that is expecting to receive and parse a request-line SHOULD ignore at least one
    /// > empty line (CRLF) received prior to the request-line. (RFC 9112 section 2.2)
    fn skip_blank_lines(&mut self, buffer: &mut BytesMut) -> Result<(), HeadError> {
        while buffer.starts_with(b"\r\n") {
            self.blank_lines += 1;
            if self.blank_lines > self.limits.blank_lines {
                return Err(HeadError::TooManyBlankLines);
            }
            buffer.advance(2);
        }
        Ok(())
    }
}

/// > A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request
/// > message that lacks a Host header field and to any request message that contains more
/// > than one Host header field line or a Host header field with an invalid field value.
/// > (RFC 9112 section 3.2)
fn judge_host(version: Version, fields: &Fields) -> Result<(), HeadError> {
    let mut hosts = fields.get_all(&HOST);
    match (hosts.next(), hosts.next()) {
        (_, Some(_)) => Err(HeadError::RepeatedHost),
        (None, None) if version == Version::HTTP_11 => Err(HeadError::MissingHost),
        (Some(host), None) if !is_host_and_port(host) => Err(HeadError::BadHost),
        _ => Ok(()),
    }
}

/// Is what a request line says. Its ranges count from the line's first octet, which is also the
/// head's.
#[derive(Clone, Debug)]
struct RequestLine {
    method: Method,
    version: Version,
    target: Target,
}

impl RequestLine {
    /// Reads the request line at the front of `buffer`, within its limits, and gives its length, the
    /// CRLF included. `None` asks for more.
    ///
    /// Each part is looked at only as far as its own limit reaches, so that the verdict is bound to
    /// the octet that passes the limit. What the parts say is judged when the line is complete.
    fn read(buffer: &[u8], limits: &Limits) -> Result<Option<(RequestLine, usize)>, HeadError> {
        match buffer {
            [] | [b'\r'] => return Ok(None),
            // No token begins with a control octet. TLS begins with the record type "handshake".
            [0x16, ..] => return Err(HeadError::LooksLikeTls),
            [b'\n', ..] => return Err(HeadError::BareLineFeed),
            [0..=b' ' | 0x7f.., ..] => return Err(HeadError::BadRequestLine),
            _ => {}
        }
        let line_feed = memchr::memchr(b'\n', buffer);
        let line = buffer
            .get(..line_feed.unwrap_or(buffer.len()))
            .unwrap_or_default();

        let (method, behind_method) = split_at_space(line);
        if method.len() > limits.method {
            return Err(HeadError::MethodTooLong);
        }
        let (target, version) = split_at_space(behind_method.unwrap_or_default());
        if target.len() > limits.request_target {
            return Err(HeadError::TargetTooLong);
        }
        // "HTTP/1.1" and a CR are 9 octets.
        if version.is_some_and(|version| version.len() > 9) {
            return Err(HeadError::BadRequestLine);
        }
        let Some(line_feed) = line_feed else {
            return Ok(None);
        };

        if !line.ends_with(b"\r") {
            return Err(HeadError::BareLineFeed);
        }
        if !octets::all_are(method, TOKEN) {
            return Err(HeadError::BadRequestLine);
        }
        let version = read_version(version.unwrap_or_default())?;
        let target_start = method.len() + 1;
        let method = Method::from_bytes(method).map_err(|_| HeadError::BadRequestLine)?;
        let target = Target::read(target, target_start, &method)?;
        let line = RequestLine {
            method,
            version,
            target,
        };
        Ok(Some((line, line_feed + 1)))
    }
}

/// Gives what stands before the first space, and what stands behind it.
fn split_at_space(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&octet| octet == b' ') {
        Some(space) => (text.get(..space).unwrap_or_default(), text.get(space + 1..)),
        None => (text, None),
    }
}

/// Reads what stands behind the target, with the CR.
///
/// > HTTP-version = HTTP-name "/" DIGIT "." DIGIT (RFC 9112 section 2.3; the name is
/// > case-sensitive)
fn read_version(version: &[u8]) -> Result<Version, HeadError> {
    // Nearly all requests say this, and one comparison tells.
    if version == b"HTTP/1.1\r" {
        return Ok(Version::HTTP_11);
    }
    match version {
        b"HTTP/1.0\r" => Ok(Version::HTTP_10),
        [
            b'H',
            b'T',
            b'T',
            b'P',
            b'/',
            b'0'..=b'9',
            b'.',
            b'0'..=b'9',
            b'\r',
        ] => Err(HeadError::UnsupportedVersion),
        _ => Err(HeadError::BadRequestLine),
    }
}

/// Is the head of one request, its fields left where they were received.
///
/// ```
/// use bytes::BytesMut;
/// use http::{Method, Version, header::CONTENT_LENGTH};
/// use oneloop_http::wire::{BodyLength, Limits, RequestParser};
///
/// let mut buffer = BytesMut::from("POST /add?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
/// let head = RequestParser::new(Limits::default()).parse(&mut buffer).unwrap().unwrap();
/// assert_eq!((head.method(), head.version()), (&Method::POST, Version::HTTP_11));
/// assert_eq!((head.target(), head.path(), head.query()), ("/add?x=1", "/add", Some("x=1")));
/// assert_eq!(head.header(&CONTENT_LENGTH), Some(&b"3"[..]));
/// assert_eq!(head.body_length(), Ok(BodyLength::Known(3)));
/// assert!(head.keep_alive());
/// ```
#[derive(Clone, Debug)]
pub struct RequestHead {
    line: RequestLine,
    fields: Fields,
}

impl RequestHead {
    /// The method: any token, so also one that no server knows, and `get`, which is not `GET`.
    pub fn method(&self) -> &Method {
        &self.line.method
    }

    /// The request-target as it was sent. It is ASCII.
    pub fn target(&self) -> &str {
        self.line.target.whole.text(self.fields.received())
    }

    /// The request-target, to be kept longer than the head.
    pub(crate) fn share_target(&self) -> SharedText {
        SharedText::new(self.fields.received().clone(), self.line.target.whole)
    }

    /// The form of the request-target.
    pub fn target_form(&self) -> TargetForm {
        self.line.target.form
    }

    /// The path as it was sent, not decoded: `/` if an absolute target has none, `*` for the
    /// server as a whole, empty for CONNECT.
    pub fn path(&self) -> &str {
        match (self.line.target.path.known(), self.line.target.form) {
            (Some(path), _) => path.text(self.fields.received()),
            (None, TargetForm::Authority) => "",
            (None, _) => "/",
        }
    }

    /// The query as it was sent, without its `?`.
    pub fn query(&self) -> Option<&str> {
        self.line
            .target
            .query
            .known()
            .map(|query| query.text(self.fields.received()))
    }

    /// The host, and the port if one was sent.
    ///
    /// > the server MUST ignore the received Host header field (if any) and instead use the host
    /// > information of the request-target. (RFC 9112 section 3.2.2, for the absolute form)
    pub fn host(&self) -> Option<&str> {
        match self.line.target.authority.known() {
            Some(authority) => Some(authority.text(self.fields.received())),
            None => self
                .fields
                .get(&HOST)
                .and_then(|host| std::str::from_utf8(host).ok()),
        }
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

    /// How long the body is, by [`body_length`](framing::body_length).
    pub fn body_length(&self) -> Result<BodyLength, FramingError> {
        framing::body_length(Message::Request, self.line.version, &self.fields)
    }

    /// Whether the client wants to send another request on this connection.
    pub fn keep_alive(&self) -> bool {
        framing::keep_alive(self.line.version, &self.fields)
    }

    /// Whether the client waits for a `100 Continue` before it sends the body.
    pub fn expectation(&self) -> Expectation {
        framing::expectation(self.line.version, &self.fields)
    }
}
