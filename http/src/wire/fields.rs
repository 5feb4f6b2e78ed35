//! The field lines of a head or a trailer section, left where they were received.
//!
//! A `HeaderMap` costs a hash and a shared value for each field, which is most of what a small
//! request costs. A table of offsets over the received bytes (`fields/table.rs`) costs 16 octets a
//! field; a look-up walks the handful of names that a message has, or, where a name is not there, is
//! mostly answered by one word of bits. Read `framing` next.

mod again;
mod table;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) use table::{Line, Span, Table, bit_of, fits};

/// Holds the field lines of one message as ranges over the bytes that were received.
///
/// They are copied behind each other once, which costs less than sharing the buffer in which they came,
/// and leaves that buffer to be used again. Values are octets, because RFC 9110 section 5.5 allows more than
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
    received: Vec<u8>,
    table: Table,
}

impl Fields {
    /// Takes a message's head, or its trailers, in place of what was here, without the room for it
    /// anew. `fill` fills the table, which is empty then; after an error no octets are here.
    pub(crate) fn refill<E>(
        &mut self,
        received: &[u8],
        fill: impl FnOnce(&mut Table) -> Result<usize, E>,
    ) -> Result<usize, E> {
        self.table.clear();
        self.received.clear();
        let end = fill(&mut self.table)?;
        self.received
            .extend_from_slice(received.get(..end).unwrap_or_default());
        Ok(end)
    }

    /// Counts the field lines.
    pub fn len(&self) -> usize {
        self.table.lines().len()
    }

    /// Tells whether there is no field line at all.
    pub fn is_empty(&self) -> bool {
        self.table.lines().is_empty()
    }

    /// Finds the first value of a field.
    pub fn get(&self, name: &HeaderName) -> Option<&[u8]> {
        let wanted = name.as_str().as_bytes();
        let mut lines = self.table.lines_that_may_be(wanted).iter();
        let line = lines.find(|line| self.is_named(line, wanted))?;
        Some(line.value.get(&self.received))
    }

    /// Walks all values of a field, in the order of the wire.
    pub fn get_all<'a>(&'a self, name: &'a HeaderName) -> impl Iterator<Item = &'a [u8]> + 'a {
        let wanted = name.as_str().as_bytes();
        let lines = self.table.lines_that_may_be(wanted).iter();
        lines
            .filter(move |line| self.is_named(line, wanted))
            .map(|line| line.value.get(&self.received))
    }

    fn is_named(&self, line: &Line, wanted: &[u8]) -> bool {
        line.name.len() == wanted.len()
            && line.name.get(&self.received).eq_ignore_ascii_case(wanted)
    }

    /// Walks all field lines in the order of the wire; names keep the case they were sent in.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> + '_ {
        self.table.lines().iter().map(|line| {
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
        let is_token = |element: &[u8]| element.trim_ascii().eq_ignore_ascii_case(token.as_bytes());
        self.get_all(name)
            .any(|value| value.split(|&octet| octet == b',').any(is_token))
    }

    /// Builds the `http` crate's map; its values share one copy of the received bytes.
    pub fn to_header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::with_capacity(self.table.lines().len());
        let received = Bytes::copy_from_slice(&self.received);
        for line in self.table.lines() {
            let name = HeaderName::from_bytes(line.name.get(&received));
            let value =
                HeaderValue::from_maybe_shared(received.slice_ref(line.value.get(&received)));
            // Neither fails: the parser let through only what the `http` crate holds.
            if let (Ok(name), Ok(value)) = (name, value) {
                map.append(name, value);
            }
        }
        map
    }

    /// Tells whether there may be a field that has one of these bits, see [`bit_of`].
    #[inline]
    pub(crate) fn may_have(&self, bits: u64) -> bool {
        self.table.may_have(bits)
    }

    /// The bytes that the ranges of this message point into.
    #[inline]
    pub(crate) fn received(&self) -> &[u8] {
        &self.received
    }

    /// How many octets are kept for a message of the same size.
    pub(crate) fn kept(&self) -> usize {
        self.received.capacity() + self.table.capacity() * size_of::<Line>()
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
