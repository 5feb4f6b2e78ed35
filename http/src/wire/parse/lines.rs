//! Reads a field section, line by line as it comes, and enforces its limits.

use bytes::BytesMut;

use super::HeadError;
use crate::wire::fields::{Line, Table};
use crate::wire::{Fields, Limits};

/// Reads the lines of a field section up to the empty line that ends it, and remembers how far it
/// came.
///
/// Without that memory a head that trickles in octet by octet would cost the square of its length.
#[derive(Clone, Debug, Default)]
pub(crate) struct SectionReader {
    /// Where the section begins. All positions count from the first octet of the message's head, or
    /// of the trailers.
    start: usize,
    /// Where the line that is being read begins.
    line_start: usize,
    /// How far the line was searched for its LF.
    searched: usize,
    /// The lines that are complete.
    fields: usize,
    /// Where those that are well-formed lie.
    table: Table,
    /// What is wrong with the first that is not. It is told at the section's end.
    fault: Option<HeadError>,
}

/// A section whose empty line has come.
pub(crate) struct Section {
    /// One behind its last octet, the empty line included.
    end: usize,
    /// Its lines.
    table: Table,
}

impl Section {
    /// Takes the message's head, or the trailers, off the front of the buffer in which it was read.
    pub(crate) fn take_off(self, buffer: &mut BytesMut) -> Fields {
        let received = buffer.split_to(self.end.min(buffer.len())).freeze();
        Fields::new(received, self.table)
    }
}

impl SectionReader {
    /// Makes a reader of the section that begins at `start`.
    pub(crate) fn new(start: usize) -> SectionReader {
        SectionReader {
            start,
            line_start: start,
            searched: start,
            ..SectionReader::default()
        }
    }

    /// Reads on in `head`, which begins where it began at the last call and may have grown;
    /// `largest` is the limit of the section's size. `None` asks for more.
    pub(crate) fn read(
        &mut self,
        head: &[u8],
        largest: usize,
        limits: &Limits,
    ) -> Result<Option<Section>, HeadError> {
        let section_bound = self.start.saturating_add(largest);
        loop {
            if let Some(b' ' | b'\t') = head.get(self.line_start) {
                // > A server that receives an obs-fold in a request message that is not within
                // > a "message/http" container MUST either reject the message by sending a 400
                // > [..] or replace each received obs-fold. (RFC 9112 section 5.2)
                return Err(HeadError::FoldedLine);
            }
            let rest = head.get(self.searched..).unwrap_or_default();
            let found = match rest {
                [b'\r', b'\n', ..] => Some(1), // The end, mostly.
                _ => memchr::memchr(b'\n', rest),
            };
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
                Some([]) => return self.finish(line_end).map(Some),
                Some(content) => self.take_line(content, head, limits)?,
            }
            self.line_start = line_end;
            self.searched = line_end;
        }
    }

    /// Reads a line of `head` that is complete.
    #[inline]
    fn take_line(&mut self, line: &[u8], head: &[u8], limits: &Limits) -> Result<(), HeadError> {
        self.fields += 1;
        if self.fields > limits.fields {
            return Err(HeadError::TooManyFields);
        }
        match Line::read(line, self.line_start) {
            Ok(line) => self.table.push(line, head),
            Err(fault) => self.fault = self.fault.or(Some(fault)),
        }
        Ok(())
    }

    fn finish(&mut self, end: usize) -> Result<Section, HeadError> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(Section {
                end,
                table: std::mem::take(&mut self.table),
            }),
        }
    }
}
