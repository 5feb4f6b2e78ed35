//! Reads a response's head: its status line by `status_line.rs`, and the fields behind it.

use std::rc::Rc;

use bytes::{Buf, BytesMut};
use http::{HeaderMap, HeaderName, Method, StatusCode, Version};

use super::HeadError;
use super::lines::{Room, SectionScanner, USUAL, complete, enter};
use super::status_line::StatusLine;
use crate::wire::framing::{self, Declared};
use crate::wire::{BodyLength, Fields, FramingError, Limits, Message};

/// Reads response heads off the front of a connection's buffer, the interim ones (1xx) included.
///
/// ```
/// use bytes::{Buf, BytesMut};
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
    /// What is known of a head that comes in pieces, once its status line has come.
    scanner: Option<SectionScanner>,
}

impl ResponseParser {
    /// Makes a parser that waits for the first octet of a response.
    pub fn new(limits: impl Into<Rc<Limits>>) -> ResponseParser {
        ResponseParser {
            limits: limits.into(),
            scanner: None,
        }
    }

    /// What is refused.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Forgets a head of which a part has come: the next one is on another connection.
    #[inline]
    pub(crate) fn restart(&mut self) {
        self.scanner = None;
    }

    /// Takes the next head off the front of `buffer`; `None` asks for more bytes behind those.
    ///
    /// # Errors
    ///
    /// The head is refused: close the connection.
    pub fn parse(&mut self, buffer: &mut BytesMut) -> Result<Option<ResponseHead>, HeadError> {
        let mut head = ResponseHead::blank();
        let complete = self.parse_into(buffer, &mut head)?;
        Ok(complete.then_some(head))
    }

    /// Does as [`parse`](ResponseParser::parse), but puts the head in place of another one, which was read
    /// within the same limits and whose room it uses; false asks for more. Unless it is true, nothing in
    /// `head` means anything.
    ///
    /// Who asks a server for the same again and again is mostly told the same again and again, but for the
    /// date and the like. So octets that were read last time are known, and not read again: see
    /// `fields/again.rs`.
    #[inline]
    pub(crate) fn parse_into(
        &mut self,
        buffer: &mut BytesMut,
        head: &mut ResponseHead,
    ) -> Result<bool, HeadError> {
        // A client asks before each read, and mostly nothing has come yet.
        if buffer.is_empty() {
            return Ok(false);
        }
        if self.scanner.is_none()
            && let Some(end) = head.comes_again(buffer)
        {
            buffer.advance(end);
            return Ok(true);
        }
        // As with requests: what is all here and all right is read in one go.
        let may_be_whole = self.scanner.is_none() && buffer.starts_with(b"HTTP/");
        let mut room = [const { Room::uninit() }; USUAL];
        match may_be_whole.then(|| head.read(buffer, &mut room, &self.limits)) {
            Some(Ok(end)) => {
                buffer.advance(end);
                Ok(true)
            }
            _ => self.parse_in_order(buffer, head),
        }
    }

    fn parse_in_order(
        &mut self,
        buffer: &mut BytesMut,
        head: &mut ResponseHead,
    ) -> Result<bool, HeadError> {
        let mut scanner = match self.scanner {
            Some(scanner) => scanner,
            None => {
                let Some(length) = StatusLine::find(buffer, &self.limits)? else {
                    return Ok(false);
                };
                StatusLine::judge(buffer.get(..length).unwrap_or_default())?;
                SectionScanner::new(length)
            }
        };
        let scanned = scanner.scan(buffer, self.limits.field_section, &self.limits)?;
        self.scanner = Some(scanner);
        let Some(end) = scanned else {
            return Ok(false);
        };
        let octets = buffer.get(..end).unwrap_or_default();
        let mut room = vec![Room::uninit(); scanner.fields()];
        head.read(octets, &mut room, &self.limits)?;
        buffer.advance(end);
        self.scanner = None;
        Ok(true)
    }
}

/// Is the head of one response, its fields left where they were received.
///
/// ```
/// use bytes::{Buf, BytesMut};
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
    /// What the fields say of the body, and of what comes after it.
    declared: Declared,
    keep_alive: bool,
}

impl ResponseHead {
    /// Makes room into which a head can be read.
    pub(crate) fn blank() -> ResponseHead {
        ResponseHead {
            line: StatusLine::blank(),
            fields: Fields::default(),
            declared: Ok(None),
            keep_alive: true,
        }
    }

    /// The length of the head that was read into this, if it stands at the front of `octets` once more, but
    /// for values that are none of this file's business, which are taken over.
    #[inline]
    fn comes_again(&mut self, octets: &[u8]) -> Option<usize> {
        let again = self.fields.come_again(octets, framing::LOOKED_AT);
        again.then(|| self.fields.received().len())
    }

    /// Reads the head at the front of `octets`, all of which has come, and gives its length.
    ///
    /// # Errors
    ///
    /// There is a fault in it, or it is not complete, or it has more fields than there is room for.
    fn read<'octets>(
        &mut self,
        octets: &'octets [u8],
        room: &mut [Room<'octets>],
        limits: &Limits,
    ) -> Result<usize, HeadError> {
        let mut response = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        complete(config.parse_response_with_uninit_headers(&mut response, octets, room))?;
        let (line, start) = StatusLine::of(&response, octets)?;
        if start - 2 > limits.field_line {
            return Err(HeadError::FieldLineTooLong);
        }
        self.line = line;
        let end = self.fields.refill(octets, |table| {
            enter(
                table,
                response.headers,
                octets,
                start,
                limits.field_section,
                limits,
            )
        })?;
        self.declared = framing::declared(self.line.version, &self.fields);
        self.keep_alive = framing::keep_alive(self.line.version, &self.fields);
        Ok(end)
    }

    /// How many octets this takes beside itself.
    pub(crate) fn kept(&self) -> usize {
        self.fields.kept()
    }

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
        framing::length_of(message, || self.declared)
    }

    /// Whether the server will take another request on this connection.
    pub fn keep_alive(&self) -> bool {
        self.keep_alive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADS: [&str; 9] = [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nHTTP/1.1 200",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.0 200\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX A: b\r\n\r\n",
        "HTTP/1.1 2",
    ];

    /// What was said of octets that came in pieces of this length.
    fn verdict(octets: impl AsRef<[u8]>, piece: usize, head: &mut ResponseHead) -> String {
        let mut parser = ResponseParser::new(Limits::default());
        let mut buffer = BytesMut::new();
        let mut rest = octets.as_ref().chunks(piece);
        let read = loop {
            match parser.parse_into(&mut buffer, head) {
                Ok(false) => match rest.next() {
                    Some(piece) => buffer.extend_from_slice(piece),
                    None => break "more".to_owned(),
                },
                Ok(true) => {
                    let length =
                        [Method::GET, Method::HEAD].map(|method| head.body_length(&method));
                    break format!("{head:?} {length:?} {}", head.keep_alive());
                }
                Err(error) => break format!("{error:?}"),
            }
        };
        buffer.extend(rest.flatten());
        format!("{read}, then {buffer:?}")
    }

    #[test]
    fn a_head_says_the_same_whichever_one_had_its_room_before() {
        for (before, piece) in HEADS
            .iter()
            .flat_map(|head| [1, 7, 1000].map(|piece| (head, piece)))
        {
            for octets in HEADS {
                let mut room = ResponseHead::blank();
                verdict(before, piece, &mut room);
                for _ in 0..2 {
                    assert_eq!(
                        verdict(octets, piece, &mut room),
                        verdict(octets, piece, &mut ResponseHead::blank()),
                        "{octets:?} after {before:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_head_says_the_same_whichever_octet_of_the_one_before_it_has_changed() {
        let after = |before: &str, octets: &[u8]| {
            let mut room = ResponseHead::blank();
            verdict(before, 1000, &mut room);
            verdict(octets, 1000, &mut room)
        };
        for before in HEADS {
            for place in 0..before.len() {
                for octet in 0..=u8::MAX {
                    let mut octets = before.as_bytes().to_owned();
                    octets[place] = octet;
                    assert_eq!(
                        after(before, &octets),
                        verdict(&octets, 1000, &mut ResponseHead::blank()),
                        "{octets:?} after {before:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_head_that_comes_again_is_known() {
        const FIRST: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: b c\r\nDate: 1\r\n\r\n";
        let knows = |octets: &str| {
            let mut room = ResponseHead::blank();
            verdict(FIRST, 1000, &mut room);
            room.comes_again(octets.as_bytes())
        };
        let all = Some(FIRST.len());
        assert_eq!(knows(FIRST), all);
        assert_eq!(knows(&format!("{FIRST}abc")), all);
        assert_eq!(knows(&FIRST[..20]), None, "a part of it");
        assert_eq!(knows(&FIRST.replace("b c", "\u{e9}d")), all, "a value");
        assert_eq!(
            knows(&FIRST.replace("b c", "cde").replace("1\r", "2\r")),
            all,
            "two"
        );
        for (from, to) in [
            ("b c", " bc"),
            ("b c", "b\rc"),
            ("b c", "b\0c"),
            ("b c", "b \t"),
            (": 3", ": 4"),
            (" OK", " ok"),
            ("X-A", "X-B"),
            ("b c\r\nDate", "b c, d,Date"),
        ] {
            assert_eq!(knows(&FIRST.replace(from, to)), None, "{to:?} for {from:?}");
        }

        let mut room = ResponseHead::blank();
        assert_eq!(room.comes_again(FIRST.as_bytes()), None, "nothing was read");
        verdict(FIRST, 1000, &mut room);
        verdict("HTTP/1.1 200 OK\r\nX: b\n\r\n", 1000, &mut room);
        let again = room.comes_again(FIRST.as_bytes());
        assert_eq!(again, None, "a faulty one took its room");
    }

    #[test]
    fn the_values_of_a_head_that_comes_again_are_those_of_the_new_one() {
        let mut parser = ResponseParser::new(Limits::default());
        let mut room = ResponseHead::blank();
        for date in ["Mon", "Tue", "Tue", "now"] {
            let octets = format!("HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n");
            let mut buffer = BytesMut::from(octets.as_str());
            assert_eq!(parser.parse_into(&mut buffer, &mut room), Ok(true));
            assert_eq!(room.header(&http::header::DATE), Some(date.as_bytes()));
            assert!(buffer.is_empty());
        }
    }
}
