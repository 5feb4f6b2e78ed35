//! The field lines of a head or a trailer section, left where they were received.
//!
//! A `HeaderMap` costs a hash and a shared value for each field, which is most of what a small
//! request costs. A table of offsets over the received bytes costs 16 octets a field, and a
//! look-up walks the handful of names that a message has. Read `framing` next.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::HeadError;

/// The number of field lines that are read without an allocation of scratch room.
const FEW: usize = 16;

/// Holds the field lines of one message as ranges over the bytes that were received.
///
/// Cloning shares the bytes. Values are octets, because RFC 9110 section 5.5 allows more than
/// ASCII; white space around them is already gone.
///
/// ```
/// use bytes::BytesMut;
/// use http::header::{ACCEPT, HOST};
/// use oneloop_http::wire::{Limits, RequestParser};
///
/// let mut buffer = BytesMut::from("GET / HTTP/1.1\r\nHost: a\r\naccept: x\r\nAccept:  y \r\n\r\n");
/// let head = RequestParser::new(Limits::default()).parse(&mut buffer).unwrap().unwrap();
/// let fields = head.fields();
/// assert_eq!(fields.get(&HOST), Some(&b"a"[..]));
/// assert_eq!(fields.get_all(&ACCEPT).collect::<Vec<_>>(), [b"x", b"y"]);
/// assert_eq!(fields.iter().nth(1), Some(("accept", &b"x"[..])), "names keep their case");
/// ```
#[derive(Clone, Default)]
pub struct Fields {
    /// The head (start line included) or the trailer section that the ranges point into.
    received: Bytes,
    /// One entry a field line, in the order of the wire.
    lines: Vec<FieldLine>,
}

/// Points at one field line.
#[derive(Clone, Copy)]
struct FieldLine {
    /// The field name, a token.
    name: Span,
    /// The field value without white space around it.
    value: Span,
}

impl Fields {
    /// Reads a field section of `count` lines and the empty line that ends it, which lies in
    /// `received` from `start` to the end.
    pub(crate) fn read(received: Bytes, start: usize, count: usize) -> Result<Fields, HeadError> {
        // Most messages have few fields, and clearing room for all that are allowed costs more
        // than parsing them.
        let lines = if count <= FEW {
            read_lines(&received, start, &mut [httparse::EMPTY_HEADER; FEW])?
        } else {
            read_lines(&received, start, &mut vec![httparse::EMPTY_HEADER; count])?
        };
        Ok(Fields { received, lines })
    }

    /// Counts the field lines.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Tells whether there is no field line at all.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Finds the first value of a field.
    pub fn get(&self, name: &HeaderName) -> Option<&[u8]> {
        let wanted = name.as_str().as_bytes();
        let line = self.lines.iter().find(|line| self.named(line, wanted))?;
        Some(line.value.get(&self.received))
    }

    /// Walks all values of a field, in the order of the wire.
    pub fn get_all<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a [u8]> + 'a {
        let wanted = name.as_str().as_bytes();
        self.lines
            .iter()
            .filter(move |line| self.named(line, wanted))
            .map(|line| line.value.get(&self.received))
    }

    /// Walks all field lines in the order of the wire; names keep the case they were sent in.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> + '_ {
        self.lines.iter().map(|line| {
            (
                line.name.text(&self.received),
                line.value.get(&self.received),
            )
        })
    }

    /// Tells whether a field that is a comma-separated list, such as `Connection`, names `token`,
    /// in any of its lines and in any case of letters.
    ///
    /// ```
    /// # use bytes::BytesMut;
    /// # use oneloop_http::wire::{Limits, RequestParser};
    /// # let mut buffer = BytesMut::from("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade,  Close\r\n\r\n");
    /// # let head = RequestParser::new(Limits::default()).parse(&mut buffer).unwrap().unwrap();
    /// // Connection: Upgrade,  Close
    /// assert!(head.fields().has_token(&http::header::CONNECTION, "close"));
    /// assert!(!head.fields().has_token(&http::header::CONNECTION, "clo"));
    /// ```
    pub fn has_token(&self, name: &HeaderName, token: &str) -> bool {
        self.get_all(name)
            .flat_map(|value| value.split(|&octet| octet == b','))
            .any(|element| element.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
    }

    /// Builds the `http` crate's map; its values share the received bytes.
    pub fn to_header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::with_capacity(self.lines.len());
        for line in &self.lines {
            let name = HeaderName::from_bytes(line.name.get(&self.received));
            let value = HeaderValue::from_maybe_shared(line.value.share(&self.received));
            // Neither fails: the parser let through only what the `http` crate holds.
            if let (Ok(name), Ok(value)) = (name, value) {
                map.append(name, value);
            }
        }
        map
    }

    /// The bytes that the ranges of this message point into.
    pub(crate) fn received(&self) -> &Bytes {
        &self.received
    }

    fn named(&self, line: &FieldLine, wanted: &[u8]) -> bool {
        line.name.len() == wanted.len()
            && line.name.get(&self.received).eq_ignore_ascii_case(wanted)
    }
}

impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map()
            .entries(
                self.iter()
                    .map(|(name, value)| (name, String::from_utf8_lossy(value))),
            )
            .finish()
    }
}

/// Lets `httparse` judge every line and keeps where names and values lie.
fn read_lines<'received>(
    received: &'received [u8],
    start: usize,
    scratch: &mut [httparse::Header<'received>],
) -> Result<Vec<FieldLine>, HeadError> {
    let section = received.get(start..).unwrap_or_default();
    let parsed = match httparse::parse_headers(section, scratch) {
        Ok(httparse::Status::Complete((_, parsed))) => parsed,
        // The caller found the empty line, so a section that seems unfinished is a broken one.
        Ok(httparse::Status::Partial) => return Err(HeadError::BadFieldValue),
        Err(httparse::Error::HeaderName) => return Err(HeadError::BadFieldName),
        Err(httparse::Error::TooManyHeaders) => return Err(HeadError::TooManyFields),
        Err(_) => return Err(HeadError::BadFieldValue),
    };
    let place = |header: &httparse::Header<'_>| {
        // The `http` crate holds no longer name than this, and nobody sends one.
        let name =
            Some(header.name.as_bytes()).filter(|name| name.len() < usize::from(u16::MAX))?;
        Some(FieldLine {
            name: Span::of(received, name)?,
            value: Span::of(received, header.value)?,
        })
    };
    let lines: Option<Vec<FieldLine>> = parsed.iter().map(place).collect();
    lines.ok_or(HeadError::FieldLineTooLong)
}

/// A range of a message's bytes, in half the room that a `Range<usize>` takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first octet.
    start: u32,
    /// One behind the last octet.
    end: u32,
}

impl Span {
    /// Finds where `part`, a slice of `whole`, lies in it.
    pub(crate) fn of(whole: &[u8], part: &[u8]) -> Option<Span> {
        let start = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
        let end = start
            .checked_add(part.len())
            .filter(|&end| end <= whole.len())?;
        Some(Span {
            start: u32::try_from(start).ok()?,
            end: u32::try_from(end).ok()?,
        })
    }

    pub(crate) fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    pub(crate) fn get(self, whole: &[u8]) -> &[u8] {
        whole
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    /// Reads the range as text; all ranges read this way were checked to be ASCII.
    pub(crate) fn text(self, whole: &[u8]) -> &str {
        std::str::from_utf8(self.get(whole)).unwrap_or_default()
    }

    pub(crate) fn share(self, whole: &Bytes) -> Bytes {
        whole.slice_ref(self.get(whole))
    }
}
