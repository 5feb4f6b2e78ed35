//! Everything that can be wrong with a head, and the status that says so.

use http::StatusCode;

/// Tells why a head was refused.
///
/// A server answers [`status`](HeadError::status) and closes the connection, because after a
/// head that it cannot read it does not know where the next one begins.
///
/// ```
/// use bytes::BytesMut;
/// use oneloop_http::wire::{HeadError, Limits, RequestParser};
///
/// let mut buffer = BytesMut::from("GET / HTTP/2.0\r\n");
/// let error = RequestParser::new(Limits::default()).parse(&mut buffer).unwrap_err();
/// assert_eq!((error, error.status().as_u16()), (HeadError::UnsupportedVersion, 505));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeadError {
    /// The first octet opens a TLS handshake: somebody speaks HTTPS to an HTTP port. 400.
    LooksLikeTls,
    /// More blank lines came before a request than [`Limits::blank_lines`](crate::wire::Limits). 400.
    TooManyBlankLines,
    /// A line ends with LF alone, or a CR stands alone. RFC 9112 section 2.2 lets a recipient
    /// accept the former; proxies that disagree about it make smuggling possible. 400.
    BareLineFeed,
    /// The request line is not `method SP request-target SP HTTP-version`. 400.
    BadRequestLine,
    /// The method is longer than any that could be known. 501.
    MethodTooLong,
    /// The request-target is longer than the limit. 414.
    TargetTooLong,
    /// The request-target has none of the four forms, or one that its method does not allow. 400.
    BadTarget,
    /// The version is well-formed but neither 1.0 nor 1.1. 505.
    UnsupportedVersion,
    /// The status line is not `HTTP-version SP 3DIGIT SP [reason-phrase]`. Only clients see it.
    BadStatusLine,
    /// A line begins with white space (obs-fold, RFC 9112 section 5.2). 400.
    FoldedLine,
    /// A field line is longer than the limit. 431.
    FieldLineTooLong,
    /// The field section is larger than the limit. 431.
    FieldSectionTooLarge,
    /// There are more field lines than the limit. 431.
    TooManyFields,
    /// A field name is no token: it is empty, or has white space before its colon, or no colon
    /// follows. 400.
    BadFieldName,
    /// A field value has a control character, such as NUL. 400.
    BadFieldValue,
    /// An HTTP/1.1 request has no `Host`. 400.
    MissingHost,
    /// A request has more than one `Host`. 400.
    RepeatedHost,
    /// The `Host` field is not `uri-host [ ":" port ]`. 400.
    BadHost,
}

impl HeadError {
    /// Names the status that a server answers before it closes the connection.
    pub fn status(self) -> StatusCode {
        match self {
            HeadError::TargetTooLong => StatusCode::URI_TOO_LONG,
            HeadError::FieldLineTooLong
            | HeadError::FieldSectionTooLarge
            | HeadError::TooManyFields => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            HeadError::MethodTooLong => StatusCode::NOT_IMPLEMENTED,
            HeadError::UnsupportedVersion => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl std::fmt::Display for HeadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            HeadError::LooksLikeTls => "a TLS handshake came to a port that speaks plain HTTP",
            HeadError::TooManyBlankLines => "too many blank lines before the request",
            HeadError::BareLineFeed => "a line does not end with CRLF",
            HeadError::BadRequestLine => "the request line is malformed",
            HeadError::MethodTooLong => "the method is too long",
            HeadError::TargetTooLong => "the request-target is too long",
            HeadError::BadTarget => "the request-target is malformed",
            HeadError::UnsupportedVersion => "the HTTP version is not supported",
            HeadError::BadStatusLine => "the status line is malformed",
            HeadError::FoldedLine => "a line begins with white space",
            HeadError::FieldLineTooLong => "a header line is too long",
            HeadError::FieldSectionTooLarge => "the headers are too large",
            HeadError::TooManyFields => "there are too many headers",
            HeadError::BadFieldName => "a header name is malformed",
            HeadError::BadFieldValue => "a header value is malformed",
            HeadError::MissingHost => "the Host header is missing",
            HeadError::RepeatedHost => "there is more than one Host header",
            HeadError::BadHost => "the Host header is malformed",
        })
    }
}

impl std::error::Error for HeadError {}
