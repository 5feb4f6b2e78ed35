//! How much of a peer's bytes is taken before it is refused. Read `parse` next.

/// Bounds what a peer may send before its message is refused.
///
/// RFC 9112 section 2.5 and RFC 9110 section 2.3 leave the numbers to the recipient; the defaults
/// accept what common peers accept and keep a connection's memory small. All are in octets unless
/// they say otherwise.
///
/// ```
/// use bytes::BytesMut;
/// use oneloop_http::wire::{HeadError, Limits, RequestParser};
///
/// let limits = Limits { request_target: 8, ..Limits::default() };
/// let mut buffer = BytesMut::from("GET /123456789 HTTP/1.1\r\nHost: a\r\n\r\n");
/// let error = RequestParser::new(limits).parse(&mut buffer).unwrap_err();
/// assert_eq!(error, HeadError::TargetTooLong);
/// assert_eq!(error.status(), 414);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest method, 64 by default; a longer one is answered 501.
    pub method: usize,
    /// The longest request-target, 8,192 by default; a longer one is answered 414.
    /// RFC 9112 section 3 asks for at least 8,000.
    pub request_target: usize,
    /// The longest field line without its CRLF, also the longest status line; 16 KiB by default,
    /// a longer one is answered 431.
    pub field_line: usize,
    /// The largest field section, which is all field lines with their CRLFs and the empty line at
    /// the end; 64 KiB by default, a larger one is answered 431.
    pub field_section: usize,
    /// The greatest number of field lines, 128 by default; more are answered 431.
    pub fields: usize,
    /// The number of blank lines that are skipped before a request, 4 by default: RFC 9112
    /// section 2.2 asks for one at least.
    pub blank_lines: usize,
    /// The longest chunk extension on one chunk-size line, 1 KiB by default.
    pub chunk_extension: usize,
    /// The most octets of chunk extensions in one body, 16 KiB by default: a peer could else hide
    /// an endless stream in a body that never grows.
    pub chunk_extensions: usize,
    /// The largest trailer section, 16 KiB by default; `field_line` and `fields` hold there too.
    pub trailer_section: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            method: 64,
            request_target: 8_192,
            field_line: 16 * 1024,
            field_section: 64 * 1024,
            fields: 128,
            blank_lines: 4,
            chunk_extension: 1024,
            chunk_extensions: 16 * 1024,
            trailer_section: 16 * 1024,
        }
    }
}
