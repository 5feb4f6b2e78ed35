//! How long a message's body is: one function, RFC 9112 section 6.3 rule by rule. Who gets this
//! wrong, or gets it right differently from the proxy before it, lets requests be smuggled in.
//! Read `body` next, which cuts the body out of the stream.

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::{Method, StatusCode, Version};

use super::Fields;
use super::fields::bit_of;

/// The bits of the fields that say how long a body is.
const FRAMING: u64 = bit_of(b"content-length") | bit_of(b"transfer-encoding");

/// The bits of those, and of the field that says whether the connection stays: what [`declared`] and
/// [`keep_alive`] look at.
pub(super) const LOOKED_AT: u64 = FRAMING | bit_of(b"connection");

/// Says where a message's body ends.
///
/// ```
/// use bytes::BytesMut;
/// use oneloop_http::wire::{BodyLength, Limits, ResponseParser};
///
/// let mut buffer = BytesMut::from("HTTP/1.1 200 OK\r\n\r\nall that comes");
/// let head = ResponseParser::new(Limits::default()).parse(&mut buffer).unwrap().unwrap();
/// assert_eq!(head.body_length(&http::Method::GET), Ok(BodyLength::UntilClose));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyLength {
    /// There is no body: the next message follows the head.
    None,
    /// The body has this many octets, by `Content-Length`.
    Known(u64),
    /// The body comes in chunks and ends with one of no length.
    Chunked,
    /// The body is everything until the connection closes.
    UntilClose,
    /// What follows is no body and no HTTP: a tunnel opened by CONNECT.
    Tunnel,
}

/// Says which kind of message a head opens; what else the length depends on.
///
/// ```
/// # use bytes::BytesMut;
/// use http::{Method, StatusCode};
/// use oneloop_http::wire::{BodyLength, Limits, Message, ResponseParser, body_length};
///
/// # let mut buffer = BytesMut::from("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
/// # let head = ResponseParser::new(Limits::default()).parse(&mut buffer).unwrap().unwrap();
/// // Content-Length: 5
/// let answer_to = |request_method| Message::Response { status: StatusCode::OK, request_method };
/// let length = |message| body_length(message, head.version(), head.fields());
/// assert_eq!(length(answer_to(&Method::GET)), Ok(BodyLength::Known(5)));
/// assert_eq!(length(answer_to(&Method::HEAD)), Ok(BodyLength::None));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// A request.
    Request,
    /// A response.
    Response {
        /// Its status.
        status: StatusCode,
        /// The method of the request that it answers.
        request_method: &'a Method,
    },
}

/// Finds the length of a message's body from its head.
///
/// # Errors
///
/// The framing is faulty: a server answers [`FramingError::status`] and closes, a client closes.
///
/// ```
/// use bytes::BytesMut;
/// use oneloop_http::wire::{BodyLength, FramingError, Limits, Message, RequestParser, body_length};
///
/// let mut length = |fields: &str| {
///     let mut buffer = BytesMut::from(format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_str());
///     let head = RequestParser::new(Limits::default()).parse(&mut buffer).unwrap().unwrap();
///     body_length(Message::Request, head.version(), head.fields())
/// };
/// assert_eq!(length("Content-Length: 5\r\n"), Ok(BodyLength::Known(5)));
/// assert_eq!(length("Transfer-Encoding: chunked\r\n"), Ok(BodyLength::Chunked));
/// assert_eq!(length(""), Ok(BodyLength::None));
/// assert_eq!(length("Content-Length: +5\r\n"), Err(FramingError::BadLength));
/// ```
pub fn body_length(
    message: Message<'_>,
    version: Version,
    fields: &Fields,
) -> Result<BodyLength, FramingError> {
    length_of(message, || declared(version, fields))
}

/// As [`body_length`], of a message whose fields were looked at, or are now.
#[inline]
pub(super) fn length_of(
    message: Message<'_>,
    declared: impl FnOnce() -> Declared,
) -> Result<BodyLength, FramingError> {
    if let Message::Response {
        status,
        request_method,
    } = message
    {
        // > 1. Any response to a HEAD request and any response with a 1xx (Informational), 204 (No
        // > Content), or 304 (Not Modified) status code is always terminated by the first empty
        // > line after the header fields, regardless of the header fields present in the message.
        if *request_method == Method::HEAD
            || status.is_informational()
            || status == StatusCode::NO_CONTENT
            || status == StatusCode::NOT_MODIFIED
        {
            return Ok(BodyLength::None);
        }
        // > 2. Any 2xx (Successful) response to a CONNECT request implies that the connection will
        // > become a tunnel immediately after the empty line that concludes the header fields.
        if *request_method == Method::CONNECT && status.is_success() {
            return Ok(BodyLength::Tunnel);
        }
    }
    Ok(declared()?.unwrap_or(undeclared(message)))
}

/// What the fields of a message say of the length of its body, if they do.
pub(super) type Declared = Result<Option<BodyLength>, FramingError>;

/// Looks at the fields: the rules from the third to the sixth.
pub(super) fn declared(version: Version, fields: &Fields) -> Declared {
    // Most requests have neither field, and one look tells.
    if !fields.may_have(FRAMING) {
        return Ok(None);
    }
    let mut lengths = fields.get_all(&CONTENT_LENGTH);
    let length = lengths.next();
    if fields.get(&TRANSFER_ENCODING).is_some() {
        // > A server or client that receives an HTTP/1.0 message containing a Transfer-Encoding
        // > header field MUST treat the message as if the framing is faulty. (section 6.1)
        if version == Version::HTTP_10 {
            return Err(FramingError::EncodingInHttp10);
        }
        // > 3. If a message is received with both a Transfer-Encoding and a Content-Length header
        // > field, the Transfer-Encoding overrides the Content-Length. Such a message might indicate
        // > an attempt to perform request smuggling or response splitting and ought to be handled
        // > as an error.
        if length.is_some() {
            return Err(FramingError::EncodingWithLength);
        }
        // > 4. If a Transfer-Encoding header field is present and the chunked transfer coding is the
        // > final encoding, the message body length is determined by reading and decoding the
        // > chunked data. [..] If [..] in a request and the chunked transfer coding is not the final
        // > encoding, the message body length cannot be determined reliably; the server MUST
        // > respond with the 400 (Bad Request) status code and then close the connection.
        //
        // A response without a final chunked lasts until close, but its coding is one that nobody
        // here decodes, so `judge_codings` refuses it too.
        return judge_codings(fields).map(|()| Some(BodyLength::Chunked));
    }

    match (length, lengths.next()) {
        // > 5. If a message is received without Transfer-Encoding and with an invalid Content-Length
        // > header field, then the message framing is invalid and the recipient MUST treat it as an
        // > unrecoverable error, unless the field value can be successfully parsed as a
        // > comma-separated list, all values in the list are valid, and all values in the list are
        // > the same.
        //
        // The exception is a "may", and is not taken: two equal lengths are one too many.
        (Some(_), Some(_)) => Err(FramingError::RepeatedLength),
        // > 6. If a valid Content-Length header field is present without Transfer-Encoding, its
        // > decimal value defines the expected message body length in octets.
        (Some(digits), None) => read_length(digits).map(|length| Some(BodyLength::Known(length))),
        (None, _) => Ok(None),
    }
}

/// The length of a body of which the fields say nothing.
fn undeclared(message: Message<'_>) -> BodyLength {
    match message {
        // > 7. If this is a request message and none of the above are true, then the message
        // > body length is zero (no message body is present).
        Message::Request => BodyLength::None,
        // > 8. Otherwise, this is a response message without a declared message body length, so
        // > the message body length is determined by the number of octets received prior to the
        // > server closing the connection.
        Message::Response { .. } => BodyLength::UntilClose,
    }
}

/// Reads a `Content-Length`: digits and nothing else, which `str::parse` is too generous for
/// (it takes `+5`).
fn read_length(value: &[u8]) -> Result<u64, FramingError> {
    if value.is_empty() {
        return Err(FramingError::BadLength);
    }
    value.iter().try_fold(0u64, |length, digit| {
        let digit = digit
            .checked_sub(b'0')
            .filter(|&digit| digit <= 9)
            .ok_or(FramingError::BadLength)?;
        length
            .checked_mul(10)
            .and_then(|length| length.checked_add(u64::from(digit)))
            .ok_or(FramingError::BadLength)
    })
}

/// Passes `chunked` alone, over all lines of `Transfer-Encoding`.
///
/// > A sender MUST NOT apply the chunked transfer coding more than once to a message body.
/// > (section 6.1)
/// >
/// > A server that receives a request message with a transfer coding it does not understand SHOULD
/// > respond with 501 (Not Implemented). (section 6.1)
fn judge_codings(fields: &Fields) -> Result<(), FramingError> {
    let mut chunked = false;
    let mut unknown = false;
    for value in fields.get_all(&TRANSFER_ENCODING) {
        for coding in value.split(|&octet| octet == b',') {
            let coding = coding.trim_ascii();
            if chunked || coding.is_empty() {
                return Err(FramingError::BadEncoding);
            }
            if coding.eq_ignore_ascii_case(b"chunked") {
                chunked = true;
            } else {
                unknown = true;
            }
        }
    }
    match (chunked, unknown) {
        (true, false) => Ok(()),
        (true, true) => Err(FramingError::UnknownEncoding),
        (false, _) => Err(FramingError::BadEncoding),
    }
}

/// Tells whether the connection stays open after this message, as far as its sender says
/// (RFC 9112 section 9.3).
///
/// ```
/// # use bytes::BytesMut;
/// use oneloop_http::wire::{Limits, RequestParser, keep_alive};
///
/// # let mut parser = RequestParser::new(Limits::default());
/// # let mut parse = |text: &str| parser.parse(&mut BytesMut::from(text)).unwrap().unwrap();
/// let head = parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
/// assert!(keep_alive(head.version(), head.fields()));
/// let head = parse("GET / HTTP/1.0\r\n\r\n");
/// assert!(!keep_alive(head.version(), head.fields()));
/// ```
pub fn keep_alive(version: Version, fields: &Fields) -> bool {
    // > If the "close" connection option is present, the connection will not persist after the
    // > current response; else, if the received protocol is HTTP/1.1 (or later), the connection
    // > will persist; else, if [HTTP/1.0 and] the "keep-alive" connection option is present [..]
    if !fields.may_have(bit_of(b"connection")) {
        return version != Version::HTTP_10;
    }
    !fields.has_token(&CONNECTION, "close")
        && (version != Version::HTTP_10 || fields.has_token(&CONNECTION, "keep-alive"))
}

/// Says what a request expects of the server before it sends its body.
///
/// ```
/// use bytes::BytesMut;
/// use oneloop_http::wire::{Expectation, Limits, RequestParser};
///
/// let mut buffer = BytesMut::from("PUT / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n");
/// let head = RequestParser::new(Limits::default()).parse(&mut buffer).unwrap().unwrap();
/// assert_eq!(head.expectation(), Expectation::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expectation {
    /// Nothing.
    None,
    /// A `100 Continue`.
    Continue,
    /// Something that nobody defined: the answer is 417.
    Unknown,
}

/// Reads a request's `Expect` (RFC 9110 section 10.1.1).
///
/// > A server that receives a 100-continue expectation in an HTTP/1.0 request MUST ignore that
/// > expectation.
///
/// ```
/// # use bytes::BytesMut;
/// use oneloop_http::wire::{Expectation, Limits, RequestParser, expectation};
///
/// # let mut buffer = BytesMut::from("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n");
/// # let head = RequestParser::new(Limits::default()).parse(&mut buffer).unwrap().unwrap();
/// // Expect: 100-Continue
/// assert_eq!(expectation(head.version(), head.fields()), Expectation::Continue);
/// ```
pub fn expectation(version: Version, fields: &Fields) -> Expectation {
    if !fields.may_have(bit_of(b"expect")) {
        return Expectation::None;
    }
    let mut expectations = fields.get_all(&EXPECT).peekable();
    if version == Version::HTTP_10 || expectations.peek().is_none() {
        Expectation::None
    } else if expectations.all(|value| value.eq_ignore_ascii_case(b"100-continue")) {
        Expectation::Continue
    } else {
        Expectation::Unknown
    }
}

/// Tells why the length of a body can't be known.
///
/// ```
/// use oneloop_http::wire::FramingError;
///
/// assert_eq!(FramingError::EncodingWithLength.status(), 400);
/// assert_eq!(FramingError::UnknownEncoding.status(), 501);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FramingError {
    /// `Content-Length` is no number, or one above 2^64 - 1. 400.
    BadLength,
    /// `Content-Length` comes more than once. 400.
    RepeatedLength,
    /// `Transfer-Encoding` stands beside `Content-Length`. 400.
    EncodingWithLength,
    /// `Transfer-Encoding` stands in an HTTP/1.0 message. 400.
    EncodingInHttp10,
    /// `Transfer-Encoding` does not end with `chunked`, or has it twice, or is no list. 400.
    BadEncoding,
    /// `Transfer-Encoding` ends with `chunked`, but has another coding before it. 501.
    UnknownEncoding,
}

impl FramingError {
    /// Names the status that a server answers before it closes the connection.
    pub fn status(self) -> StatusCode {
        match self {
            FramingError::UnknownEncoding => StatusCode::NOT_IMPLEMENTED,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl std::fmt::Display for FramingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            FramingError::BadLength => "Content-Length is malformed",
            FramingError::RepeatedLength => "there is more than one Content-Length",
            FramingError::EncodingWithLength => {
                "Transfer-Encoding and Content-Length exclude each other"
            }
            FramingError::EncodingInHttp10 => "HTTP/1.0 has no Transfer-Encoding",
            FramingError::BadEncoding => "Transfer-Encoding is malformed",
            FramingError::UnknownEncoding => "the transfer coding is not supported",
        })
    }
}

impl std::error::Error for FramingError {}
