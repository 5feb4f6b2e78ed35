//! What a request's head says, once all of it has come.

use http::header::HOST;
use http::{HeaderMap, HeaderName, Method, Version};

use super::HeadError;
use super::lines::{Room, behind_line_end, complete, enter};
use super::target::{Target, TargetForm, is_host_and_port};
use crate::wire::fields::fits;
use crate::wire::{BodyLength, Expectation, Fields, FramingError, Limits, Message, framing};

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
    pub(super) fn read<'octets>(
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

/// Is what a request line says. Its ranges count from the line's first octet, which is also the
/// head's.
#[derive(Clone, Debug)]
pub(super) struct RequestLine {
    method: Method,
    version: Version,
    target: Target,
}

impl RequestLine {
    /// Reads what `httparse` found.
    #[inline]
    pub(super) fn of(request: &httparse::Request<'_, '_>) -> Result<RequestLine, HeadError> {
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
