//! Reads requests' heads off a buffer, also those that come in pieces. Read next: `head.rs`.

use std::rc::Rc;

use bytes::{Buf, BytesMut};

use super::HeadError;
use super::head::{RequestHead, RequestLine};
use super::lines::{Room, SectionScanner, USUAL};
use crate::wire::Limits;

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
