//! Finds the end of a field section, octet by octet if it must, and enforces its limits.

use super::HeadError;
use crate::wire::Limits;

/// Looks for the empty line that ends a field section, and remembers how far it looked.
///
/// Without that memory a head that trickles in octet by octet would cost the square of its
/// length. It says nothing about what the lines contain.
#[derive(Clone, Debug, Default)]
pub(crate) struct SectionScanner {
    /// Where the line that is being read begins, counted from the section's start.
    line_start: usize,
    /// How far the line was searched for its LF, counted from the section's start.
    searched: usize,
    /// The field lines that are complete.
    fields: usize,
}

/// A section whose empty line has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// Its octets, the empty line included.
    pub(crate) length: usize,
    /// Its field lines.
    pub(crate) fields: usize,
}

impl SectionScanner {
    /// Looks on in `section`, which begins where it began at the last call and may have grown;
    /// `largest` is the limit of its size. `None` asks for more.
    pub(crate) fn scan(
        &mut self,
        section: &[u8],
        largest: usize,
        limits: &Limits,
    ) -> Result<Option<Section>, HeadError> {
        loop {
            let line = section.get(self.line_start..).unwrap_or_default();
            if matches!(line.first(), Some(b' ' | b'\t')) {
                // > A server that receives an obs-fold in a request message that is not within
                // > a "message/http" container MUST either reject the message by sending a 400
                // > [..] or replace each received obs-fold. (RFC 9112 section 5.2)
                return Err(HeadError::FoldedLine);
            }
            let found = section
                .get(self.searched..)
                .and_then(|rest| memchr::memchr(b'\n', rest))
                .map(|offset| self.searched + offset);
            let line_feed = found.unwrap_or(section.len());

            // Which limit is passed first? Both are bound to an octet's position, and the one
            // that comes first in the stream is told. One more than `field_line` may be the CR.
            let line_bound = self
                .line_start
                .saturating_add(limits.field_line)
                .saturating_add(1);
            if line_feed > line_bound && line_bound < largest {
                return Err(HeadError::FieldLineTooLong);
            }
            let octets = line_feed + usize::from(found.is_some());
            if octets > largest {
                return Err(HeadError::FieldSectionTooLarge);
            }
            if found.is_none() {
                self.searched = section.len();
                return Ok(None);
            }

            let Some(content) = section
                .get(self.line_start..line_feed)
                .and_then(|line| line.strip_suffix(b"\r"))
            else {
                return Err(HeadError::BareLineFeed);
            };
            if content.is_empty() {
                return Ok(Some(Section {
                    length: octets,
                    fields: self.fields,
                }));
            }
            self.fields += 1;
            if self.fields > limits.fields {
                return Err(HeadError::TooManyFields);
            }
            self.line_start = octets;
            self.searched = octets;
        }
    }
}
