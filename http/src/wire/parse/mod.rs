//! Reads heads: a start line, field lines, an empty line.
//!
//! `httparse` takes a head apart; what stands here is what it does not do. `request` and `response` first
//! let it read what has come in one go: nearly always that is a whole head without a fault. Otherwise
//! they look again, line by line, to say which fault comes first or what is missing. `lines` finds the
//! end of a field section as it comes, enforces the limits, and keeps where the fields lie; `status_line`
//! and `target` judge what is in a first line.
//!
//! When is a fault noticed? Each rule is bound to one octet of the stream, so that the answer is the
//! same whether a head arrives at once or octet by octet:
//! - a limit, at the first octet beyond it;
//! - the form of a line (it ends with CRLF, it is no folded line), at its LF or its first octet;
//! - the start line's content, at its LF;
//! - the field lines' content, at the end of the head: the first faulty line, then `Host`.
//!
//! Of several faults, the one whose octet comes first is told. What `httparse` would let through
//! and this module does not: bare LF as a line end, any number of blank lines before a request,
//! and octets beyond ASCII and `#` in a request-target.

#[cfg(test)]
mod against_httparse;
mod error;
mod lines;
mod request;
mod head;
mod response;
mod status_line;
mod target;

pub use error::HeadError;
pub use head::RequestHead;
pub(crate) use lines::SectionScanner;
pub use request::RequestParser;
pub use response::{ResponseHead, ResponseParser};
pub use target::TargetForm;
