//! Field sections: where they end, whether they keep their limits, and what `httparse` found in them.

use std::mem::MaybeUninit;

use bytes::{Buf, BytesMut};

use super::HeadError;
use crate::wire::fields::{Line, Span, Table, fits};
use crate::wire::{Fields, Limits};

/// Room for one field, as `httparse` wants it. It needs no clearing, so that room for many costs nothing.
pub(super) type Room<'head> = MaybeUninit<httparse::Header<'head>>;

/// The number of fields for which room lies on the stack. Browsers send about twenty.
pub(super) const USUAL: usize = 64;

/// Looks for the empty line that ends a field section, and remembers how far it looked.
///
/// Without that memory a head that trickles in octet by octet would cost the square of its
/// length. It says nothing about what the lines contain.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SectionScanner {
    /// Where the section begins. All positions count from the first octet of the message's head, or
    /// of the trailers.
    start: usize,
    /// Where the line that is being read begins.
    line_start: usize,
    /// How far the line was searched for its LF.
    searched: usize,
    /// The field lines that are complete.
    fields: usize,
}

impl SectionScanner {
    /// Makes a scanner of the section that begins at `start`.
    pub(crate) fn new(start: usize) -> SectionScanner {
        SectionScanner {
            start,
            line_start: start,
            searched: start,
            fields: 0,
        }
    }

    /// How many field lines there are, once the end was found.
    pub(super) fn fields(&self) -> usize {
        self.fields
    }

    /// Looks on in `head`, which begins where it began at the last call and may have grown;
    /// `largest` is the limit of the section's size. Gives the place behind the empty line; `None`
    /// asks for more.
    pub(crate) fn scan(
        &mut self,
        head: &[u8],
        largest: usize,
        limits: &Limits,
    ) -> Result<Option<usize>, HeadError> {
        let section_bound = self.start.saturating_add(largest);
        loop {
            if let Some(b' ' | b'\t') = head.get(self.line_start) {
                // > A server that receives an obs-fold in a request message that is not within
                // > a "message/http" container MUST either reject the message by sending a 400
                // > [..] or replace each received obs-fold. (RFC 9112 section 5.2)
                return Err(HeadError::FoldedLine);
            }
            let rest = head.get(self.searched..).unwrap_or_default();
            let found = memchr::memchr(b'\n', rest);
            let line_feed = self.searched + found.unwrap_or(rest.len());

            // Which limit is passed first? Both are bound to an octet's position, and the one
            // that comes first in the stream is told. One more than `field_line` may be the CR.
            let line_bound = self
                .line_start
                .saturating_add(limits.field_line)
                .saturating_add(1);
            if line_feed > line_bound && line_bound < section_bound {
                return Err(HeadError::FieldLineTooLong);
            }
            let line_end = line_feed + usize::from(found.is_some());
            if line_end > section_bound {
                return Err(HeadError::FieldSectionTooLarge);
            }
            if found.is_none() {
                self.searched = line_end;
                return Ok(None);
            }

            let line = head.get(self.line_start..line_feed).unwrap_or_default();
            match line.strip_suffix(b"\r") {
                None => return Err(HeadError::BareLineFeed),
                Some([]) => return Ok(Some(line_end)),
                Some(_) => {}
            }
            self.fields += 1;
            if self.fields > limits.fields {
                return Err(HeadError::TooManyFields);
            }
            self.line_start = line_end;
            self.searched = line_end;
        }
    }

    /// Reads a trailer section off the front of `buffer`; `None` asks for more.
    pub(crate) fn read_trailers(
        &mut self,
        buffer: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<Fields>, HeadError> {
        let Some(end) = self.scan(buffer, limits.trailer_section, limits)? else {
            return Ok(None);
        };
        let section = buffer.get(..end).unwrap_or_default();
        let mut room = vec![httparse::EMPTY_HEADER; self.fields];
        let (_, lines) = complete(httparse::parse_headers(section, &mut room))?;
        let mut fields = Fields::default();
        fields.refill(section, |table| {
            enter(table, lines, section, 0, limits.trailer_section, limits)
        })?;
        buffer.advance(end);
        Ok(Some(fields))
    }
}

/// Says what is wrong with the fields of a message that has a well-formed start line.
pub(super) fn complete<T>(parsed: httparse::Result<T>) -> Result<T, HeadError> {
    match parsed {
        Ok(httparse::Status::Complete(parsed)) => Ok(parsed),
        Err(httparse::Error::HeaderName) => Err(HeadError::BadFieldName),
        Err(httparse::Error::TooManyHeaders) => Err(HeadError::TooManyFields),
        // The end was found before, so a section that seems unfinished has a CR within a line.
        Ok(httparse::Status::Partial) | Err(_) => Err(HeadError::BadFieldValue),
    }
}

/// Enters the fields that `httparse` found in `head`, behind `start`, into a table, and gives the end
/// of the section, the empty line included.
///
/// # Errors
///
/// A line does not end with CRLF, which `httparse` lets through, or passes a limit. Where the section
/// was scanned before, that was told already.
#[inline]
pub(super) fn enter(
    table: &mut Table,
    fields: &[httparse::Header<'_>],
    head: &[u8],
    start: usize,
    largest: usize,
    limits: &Limits,
) -> Result<usize, HeadError> {
    if fields.len() > limits.fields {
        return Err(HeadError::TooManyFields);
    }
    if !fits(head.len()) {
        return Err(HeadError::FieldSectionTooLarge);
    }
    table.reserve(fields.len());
    let mut line_start = start;
    for field in fields {
        // The `http` crate holds no longer name than this, and nobody sends one.
        if field.name.len() >= usize::from(u16::MAX) {
            return Err(HeadError::FieldLineTooLong);
        }
        // A line begins where the one before it ends, and its value is a part of the head.
        let name_end = line_start + field.name.len();
        let value_start = field.value.as_ptr().addr() - head.as_ptr().addr();
        let value_end = value_start + field.value.len();
        let line = Line {
            name: Span::new(line_start, name_end),
            value: Span::new(value_start, value_end),
        };
        table.push(field.name, line);
        let mut line_end = value_end;
        while let Some(b' ' | b'\t') = head.get(line_end) {
            line_end += 1;
        }
        if line_end - line_start > limits.field_line {
            return Err(HeadError::FieldLineTooLong);
        }
        line_start = behind_line_end(head, line_end)?;
    }
    let end = behind_line_end(head, line_start)?;
    if end - start > largest {
        return Err(HeadError::FieldSectionTooLarge);
    }
    Ok(end)
}

/// Gives the place behind the CRLF that is at `position`.
#[inline]
pub(super) fn behind_line_end(head: &[u8], position: usize) -> Result<usize, HeadError> {
    match head.get(position..) {
        Some([b'\r', b'\n', ..]) => Ok(position + 2),
        _ => Err(HeadError::BareLineFeed),
    }
}
