//! Reads a response's first line: `HTTP/1.1 404 Not Found` (RFC 9112 section 4).

use http::{StatusCode, Version};

use super::HeadError;
use super::lines::behind_line_end;
use crate::wire::Limits;
use crate::wire::fields::{Span, fits};

/// Is what a status line says. Its range counts from the line's first octet, which is also the
/// head's.
#[derive(Clone, Debug)]
pub(super) struct StatusLine {
    pub(super) version: Version,
    pub(super) status: StatusCode,
    /// The reason phrase, empty if there is none.
    pub(super) reason: Span,
}

impl StatusLine {
    /// Makes one for a head into whose place another will be read.
    pub(super) fn blank() -> StatusLine {
        StatusLine {
            version: Version::HTTP_11,
            status: StatusCode::OK,
            reason: Span::default(),
        }
    }

    /// Finds the length of the status line, its CRLF included, within `field_line`.
    pub(super) fn find(buffer: &[u8], limits: &Limits) -> Result<Option<usize>, HeadError> {
        // A peer that speaks no HTTP is told at its first octets, for it may never send a line end.
        if buffer
            .iter()
            .zip(b"HTTP/")
            .any(|(got, wanted)| got != wanted)
        {
            return Err(HeadError::BadStatusLine);
        }
        let line_feed = memchr::memchr(b'\n', buffer);
        if line_feed.unwrap_or(buffer.len()) > limits.field_line.saturating_add(1) {
            return Err(HeadError::FieldLineTooLong);
        }
        Ok(line_feed.map(|position| position + 1))
    }

    /// Judges a whole status line, CRLF included.
    pub(super) fn judge(line: &[u8]) -> Result<(), HeadError> {
        if !line.ends_with(b"\r\n") {
            return Err(HeadError::BareLineFeed);
        }
        let mut response = httparse::Response::new(&mut []);
        // The fields are missing, so it is never complete.
        response.parse(line).map_err(|error| match error {
            httparse::Error::Version => HeadError::UnsupportedVersion,
            _ => HeadError::BadStatusLine,
        })?;
        StatusLine::of(&response, line).map(drop)
    }

    /// Reads what `httparse` found in `head`, and gives the length of the line.
    ///
    /// The reason phrase may be absent with its space: RFC 9112 section 4 asks for the space, and
    /// many servers leave it out.
    pub(super) fn of(
        response: &httparse::Response<'_, '_>,
        head: &[u8],
    ) -> Result<(StatusLine, usize), HeadError> {
        let (Some(minor), Some(code)) = (response.version, response.code) else {
            return Err(HeadError::BadStatusLine);
        };
        let status = StatusCode::from_u16(code).map_err(|_| HeadError::BadStatusLine)?;
        let version = match minor {
            0 => Version::HTTP_10,
            _ => Version::HTTP_11,
        };
        // httparse hides a reason that is not ASCII, so it is taken from behind "HTTP/1.1 200 ".
        let line_feed = memchr::memchr(b'\n', head).ok_or(HeadError::BadStatusLine)?;
        let end = line_feed.saturating_sub(1);
        let length = behind_line_end(head, end)?;
        if !fits(length) {
            return Err(HeadError::FieldLineTooLong);
        }
        let reason = Span::new(13.min(end), end);
        let line = StatusLine {
            version,
            status,
            reason,
        };
        Ok((line, length))
    }
}
