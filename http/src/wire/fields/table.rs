//! Where each field line lies in the bytes that were received, and which names there are.
//!
//! Read `parse/lines.rs` next, which fills the table line by line.

use bytes::Bytes;

use crate::wire::octets::{self, TOKEN};
use crate::wire::parse::HeadError;

/// Points at the field lines of one section.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    lines: Lines,
    /// One bit for each name that is there, chosen by [`bit_of`]; two names may share one.
    ///
    /// Most look-ups are in vain: each request is asked for a `Transfer-Encoding`, an `Expect` and
    /// more that hardly any has. This word answers them without a walk.
    names: u64,
}

/// The number of lines that need no allocation. Programs send about as many; browsers send more.
const FEW: usize = 4;

/// One entry a field line, in the order of the wire.
#[derive(Clone, Debug)]
enum Lines {
    /// So many of the entries count.
    Few(u8, [Line; FEW]),
    Many(Vec<Line>),
}

/// Points at one field line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Line {
    /// The field name, a token.
    pub(crate) name: Span,
    /// The field value without white space around it.
    pub(crate) value: Span,
}

impl Table {
    /// Appends a line of `whole`.
    pub(crate) fn push(&mut self, line: Line, whole: &[u8]) {
        self.names |= bit_of(line.name.get(whole));
        match &mut self.lines {
            Lines::Few(count, few) => match few.get_mut(usize::from(*count)) {
                Some(place) => {
                    *place = line;
                    *count += 1;
                }
                None => {
                    let mut many = Vec::with_capacity(4 * FEW);
                    many.extend_from_slice(few);
                    many.push(line);
                    self.lines = Lines::Many(many);
                }
            },
            Lines::Many(many) => many.push(line),
        }
    }

    /// All lines.
    pub(crate) fn lines(&self) -> &[Line] {
        match &self.lines {
            Lines::Few(count, few) => few.get(..usize::from(*count)).unwrap_or_default(),
            Lines::Many(many) => many,
        }
    }

    /// The lines among which those with this name are: none, or all.
    pub(crate) fn lines_that_may_be(&self, name: &[u8]) -> &[Line] {
        if self.names & bit_of(name) == 0 {
            &[]
        } else {
            self.lines()
        }
    }
}

impl Default for Lines {
    fn default() -> Lines {
        Lines::Few(0, [Line::default(); FEW])
    }
}

/// Gives a name its bit, the same in any case of letters.
fn bit_of(name: &[u8]) -> u64 {
    let (Some(&first), Some(&last)) = (name.first(), name.last()) else {
        return 0;
    };
    let small = |octet: u8| usize::from(octet | 0x20);
    1 << ((name.len() + small(first) * 7 + small(last) * 3) % 64)
}

impl Line {
    /// Reads a line without its CRLF, which begins at `start`.
    ///
    /// > field-line = field-name ":" OWS field-value OWS (RFC 9112 section 5)
    // Out of line it would be called for each field of each request.
    #[inline]
    pub(crate) fn read(line: &[u8], start: usize) -> Result<Line, HeadError> {
        let is_no_token = |&octet: &u8| !octets::is(octet, TOKEN);
        let length = line.iter().position(is_no_token).unwrap_or(line.len());
        let Some((b':', value)) = line.get(length..).and_then(<[u8]>::split_first) else {
            return Err(HeadError::BadFieldName);
        };
        if length == 0 {
            return Err(HeadError::BadFieldName);
        }
        if !octets::are_of_value(value) {
            return Err(HeadError::BadFieldValue);
        }
        // The `http` crate holds no longer name than this, and nobody sends one.
        if length >= usize::from(u16::MAX) {
            return Err(HeadError::FieldLineTooLong);
        }
        // Of the octets that trim_ascii cuts off, only blank and tab are left here.
        let from_value = value.trim_ascii_start();
        let end = start + line.len();
        let value_start = end - from_value.len();
        Ok(Line {
            name: Span::new(start, start + length)?,
            value: Span::new(value_start, value_start + from_value.trim_ascii_end().len())?,
        })
    }
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
    /// Stands for what is not there: nothing that is pointed at lies where a message begins.
    pub(crate) const UNKNOWN: Span = Span { start: 0, end: 0 };

    /// Is `None` for what is not there.
    pub(crate) fn known(self) -> Option<Span> {
        (self != Span::UNKNOWN).then_some(self)
    }

    /// Points at what begins at `start` and ends before `end`.
    ///
    /// # Errors
    ///
    /// It lies further back than a head may be long, even where all limits were taken away.
    #[inline]
    pub(crate) fn new(start: usize, end: usize) -> Result<Span, HeadError> {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Ok(Span { start, end }),
            _ => Err(HeadError::FieldSectionTooLarge),
        }
    }

    #[inline]
    pub(crate) fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    #[inline]
    pub(crate) fn get(self, whole: &[u8]) -> &[u8] {
        whole
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    /// Reads the range as text; all ranges read this way were checked to be ASCII.
    pub(crate) fn text(self, whole: &[u8]) -> &str {
        std::str::from_utf8(self.get(whole)).unwrap_or_default()
    }
}

/// A range together with the message that it lies in: cheaper to make than a `Bytes` of its own,
/// for what is hardly ever looked at.
#[derive(Clone, Debug)]
pub(crate) struct SharedText {
    whole: Bytes,
    span: Span,
}

impl SharedText {
    pub(crate) fn new(whole: Bytes, span: Span) -> SharedText {
        SharedText { whole, span }
    }

    pub(crate) fn as_str(&self) -> &str {
        self.span.text(&self.whole)
    }
}
