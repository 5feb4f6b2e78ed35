//! Reads a request's head.

use std::rc::Rc;

use bytes::{Buf, BytesMut};
use http::header::HOST;
use http::{HeaderMap, HeaderName, Method, Version};

use super::HeadError;
use super::lines::{Room, SectionScanner, USUAL, behind_line_end, complete, enter};
use super::target::{Target, TargetForm, is_host_and_port};
use crate::wire::fields::fits;
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
    /// How much of this request has come.
    come: Come,
}

/// Is how much is known of a head that comes in pieces.
#[derive(Clone, Copy, Debug)]
enum Come {
    /// Nothing, as most heads come at once.
    Nothing,
    /// A part of the request line.
    Begun,
    /// The request line and what the scanner has seen.
    Line(SectionScanner),
}

impl RequestParser {
    /// Makes a parser that waits for the first octet of a request.
    pub fn new(limits: impl Into<Rc<Limits>>) -> RequestParser {
        RequestParser {
            limits: limits.into(),
            blank_lines: 0,
            come: Come::Nothing,
        }
    }

    /// Takes the next head off the front of `buffer`; `None` asks for more bytes behind those.
    ///
    /// # Errors
    ///
    /// The head is refused: answer [`HeadError::status`] and close the connection.
    pub fn parse(&mut self, buffer: &mut BytesMut) -> Result<Option<RequestHead>, HeadError> {
        let mut head = RequestHead::blank();
        let complete = self.parse_into(buffer, &mut head)?;
        Ok(complete.then_some(head))
    }

    /// Does as [`parse`](RequestParser::parse), but puts the head in place of another one, whose room
    /// it uses; false asks for more. Unless it is true, nothing in `head` means anything.
    #[inline]
    pub(crate) fn parse_into(
        &mut self,
        buffer: &mut BytesMut,
        head: &mut RequestHead,
    ) -> Result<bool, HeadError> {
        // A head that is all here and all right is read in one go. Any other is looked at in the order
        // of its octets, since of several faults the first is told.
        let may_be_whole = matches!(self.come, Come::Nothing)
            && !matches!(buffer.first(), None | Some(b'\r' | b'\n'));
        let mut room = [const { Room::uninit() }; USUAL];
        match may_be_whole.then(|| head.read(buffer, &mut room, &self.limits)) {
            Some(Ok(end)) => {
                self.blank_lines = 0;
                buffer.advance(end);
                Ok(true)
            }
            _ => self.parse_in_order(buffer, head),
        }
    }

    fn parse_in_order(
        &mut self,
        buffer: &mut BytesMut,
        head: &mut RequestHead,
    ) -> Result<bool, HeadError> {
        let mut scanner = match self.come {
            Come::Line(scanner) => scanner,
            Come::Nothing | Come::Begun => {
                self.skip_blank_lines(buffer)?;
                let Some(length) = judge_request_line(buffer, &self.limits)? else {
                    self.come = match buffer.is_empty() {
                        true => Come::Nothing,
                        false => Come::Begun,
                    };
                    return Ok(false);
                };
                SectionScanner::new(length)
            }
        };
        let scanned = scanner.scan(buffer, self.limits.field_section, &self.limits)?;
        self.come = Come::Line(scanner);
        let Some(end) = scanned else {
            return Ok(false);
        };
        let octets = buffer.get(..end).unwrap_or_default();
        head.read(
            octets,
            &mut vec![Room::uninit(); scanner.fields()],
            &self.limits,
        )?;
        buffer.advance(end);
        self.blank_lines = 0;
        self.come = Come::Nothing;
        Ok(true)
    }

    /// Tells whether nothing of a next request has come, so that the end of the stream here is a
    /// clean close and not a cut request.
    pub fn is_idle(&self, buffer: &BytesMut) -> bool {
        buffer.is_empty()
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

/// Judges the request line at the front of `buffer`, within its limits, and gives its length, the CRLF
/// included. `None` asks for more.
///
/// Each part is looked at only as far as its own limit reaches, so that the verdict is bound to
/// the octet that passes the limit. What the parts say is judged when the line is complete.
fn judge_request_line(buffer: &[u8], limits: &Limits) -> Result<Option<usize>, HeadError> {
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

    let mut parts = line.splitn(3, |&octet| octet == b' ');
    if parts
        .next()
        .is_some_and(|method| method.len() > limits.method)
    {
        return Err(HeadError::MethodTooLong);
    }
    if parts
        .next()
        .is_some_and(|target| target.len() > limits.request_target)
    {
        return Err(HeadError::TargetTooLong);
    }
    // "HTTP/1.1" and a CR are 9 octets.
    if parts.next().is_some_and(|version| version.len() > 9) {
        return Err(HeadError::BadRequestLine);
    }
    let Some(line_feed) = line_feed else {
        return Ok(None);
    };
    if !line.ends_with(b"\r") {
        return Err(HeadError::BareLineFeed);
    }
    let length = line_feed + 1;
    let mut request = httparse::Request::new(&mut []);
    // The fields are missing, so it is never complete.
    let parsed = request.parse(buffer.get(..length).unwrap_or_default());
    parsed.map_err(|error| match error {
        httparse::Error::Version if names_another_version(line) => HeadError::UnsupportedVersion,
        _ => HeadError::BadRequestLine,
    })?;
    RequestLine::of(&request)?;
    Ok(Some(length))
}

/// > HTTP-version = HTTP-name "/" DIGIT "." DIGIT (RFC 9112 section 2.3; the name is
/// > case-sensitive)
fn names_another_version(line: &[u8]) -> bool {
    let last_word = line.trim_ascii_end().rsplit(|&octet| octet == b' ').next();
    matches!(
        last_word,
        Some([b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'])
    )
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
    /// Reads what `httparse` found.
    #[inline]
    fn of(request: &httparse::Request<'_, '_>) -> Result<RequestLine, HeadError> {
        let (Some(method), Some(target), Some(minor)) =
            (request.method, request.path, request.version)
        else {
            return Err(HeadError::BadRequestLine);
        };
        let target_start = method.len() + 1;
        if !fits(target_start + target.len()) {
            return Err(HeadError::TargetTooLong);
        }
        let method =
            Method::from_bytes(method.as_bytes()).map_err(|_| HeadError::BadRequestLine)?;
        let target = Target::read(target, target_start, &method)?;
        let version = match minor {
            0 => Version::HTTP_10,
            _ => Version::HTTP_11,
        };
        Ok(RequestLine {
            method,
            version,
            target,
        })
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
    /// A `Host` that was found well-formed, in this request or in an earlier one that had this room:
    /// nearly all requests of a server name the same, and need no second look.
    known_host: Vec<u8>,
}

impl RequestHead {
    /// Makes room into which a head can be read.
    pub(crate) fn blank() -> RequestHead {
        RequestHead {
            line: RequestLine {
                method: Method::GET,
                version: Version::HTTP_11,
                target: Target::NONE,
            },
            fields: Fields::default(),
            known_host: Vec::new(),
        }
    }

    /// Reads the head at the front of `octets`, all of which has come, and gives its length.
    ///
    /// # Errors
    ///
    /// There is a fault in it, or it is not complete, or it has more fields than there is room for.
    #[inline]
    fn read<'octets>(
        &mut self,
        octets: &'octets [u8],
        room: &mut [Room<'octets>],
        limits: &Limits,
    ) -> Result<usize, HeadError> {
        let mut request = httparse::Request::new(&mut []);
        complete(request.parse_with_uninit_headers(octets, room))?;
        self.line = RequestLine::of(&request)?;
        let (method, target) = (
            request.method.map_or(0, str::len),
            request.path.map_or(0, str::len),
        );
        if method > limits.method {
            return Err(HeadError::MethodTooLong);
        }
        if target > limits.request_target {
            return Err(HeadError::TargetTooLong);
        }
        // Two blanks and "HTTP/1.1" are between them and the line's end.
        let start = behind_line_end(octets, method + target + 10)?;
        let end = self.fields.refill(octets, |table| {
            enter(
                table,
                request.headers,
                octets,
                start,
                limits.field_section,
                limits,
            )
        })?;
        self.judge_host()?;
        Ok(end)
    }

    /// > A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request
    /// > message that lacks a Host header field and to any request message that contains more
    /// > than one Host header field line or a Host header field with an invalid field value.
    /// > (RFC 9112 section 3.2)
    fn judge_host(&mut self) -> Result<(), HeadError> {
        let mut hosts = self.fields.get_all(&HOST);
        let Some(host) = hosts.next() else {
            return match self.line.version {
                Version::HTTP_10 => Ok(()),
                _ => Err(HeadError::MissingHost),
            };
        };
        if hosts.next().is_some() {
            return Err(HeadError::RepeatedHost);
        }
        if host == self.known_host {
            return Ok(());
        }
        if !is_host_and_port(host) {
            return Err(HeadError::BadHost);
        }
        self.known_host.clear();
        self.known_host.extend_from_slice(host);
        Ok(())
    }

    /// How many octets this takes beside itself.
    pub(crate) fn kept(&self) -> usize {
        self.fields.kept() + self.known_host.capacity()
    }

    /// The method: any token, so also one that no server knows, and `get`, which is not `GET`.
    pub fn method(&self) -> &Method {
        &self.line.method
    }

    /// The request-target as it was sent. It is ASCII.
    pub fn target(&self) -> &str {
        self.line.target.text(self.fields.received())
    }

    /// The form of the request-target.
    pub fn target_form(&self) -> TargetForm {
        self.line.target.form
    }

    /// The path as it was sent, not decoded: `/` if an absolute target has none, `*` for the
    /// server as a whole, empty for CONNECT.
    pub fn path(&self) -> &str {
        let (path, _) = self.line.target.path_and_query(self.fields.received());
        match self.line.target.form {
            TargetForm::Absolute if path.is_empty() => "/",
            _ => path,
        }
    }

    /// The query as it was sent, without its `?`.
    pub fn query(&self) -> Option<&str> {
        let (_, query) = self.line.target.path_and_query(self.fields.received());
        query
    }

    /// The host, and the port if one was sent.
    ///
    /// > the server MUST ignore the received Host header field (if any) and instead use the host
    /// > information of the request-target. (RFC 9112 section 3.2.2, for the absolute form)
    pub fn host(&self) -> Option<&str> {
        let in_target = self.line.target.authority(self.fields.received());
        in_target.or_else(|| std::str::from_utf8(self.fields.get(&HOST)?).ok())
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
