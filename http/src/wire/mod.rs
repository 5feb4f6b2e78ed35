//! HTTP/1.1 as bytes: what a head means, where a body ends, how both are written.
//!
//! Nothing here waits, reads a socket or knows the clock: bytes go in, values come out, so that
//! every rule can be tested by feeding it bytes. Read `parse` for heads, then `framing`, which says
//! how long the body is, then `body` and `chunked`, which cut it out of the stream; `encode` and
//! `date` write. The server and the client stand on top.
//!
//! Two promises hold everywhere. **No input panics.** And **a verdict never depends on how the bytes
//! were cut into segments**: a decoder that has seen a prefix either asks for more or gives the
//! verdict that it gives for the whole. Each rule is therefore bound to a position in the stream,
//! not to a call.
//!
//! ```
//! use bytes::BytesMut;
//! use oneloop_http::wire::{Limits, RequestParser};
//!
//! let mut parser = RequestParser::new(Limits::default());
//! let mut buffer = BytesMut::from("GET /a?b=c HTTP/1.1\r\nHost: exam");
//! assert!(parser.parse(&mut buffer).unwrap().is_none(), "the head is not complete yet");
//!
//! buffer.extend_from_slice(b"ple.org\r\n\r\nnext");
//! let head = parser.parse(&mut buffer).unwrap().unwrap();
//! assert_eq!((head.path(), head.query(), head.host()), ("/a", Some("b=c"), Some("example.org")));
//! assert_eq!(buffer, "next", "what follows the head stays in the buffer");
//! ```

mod body;
pub mod chunked;
mod date;
pub mod encode;
mod fields;
mod framing;
mod limits;
mod octets;
mod parse;

pub use body::{BodyDecoder, BodyError, Decoded};
pub use chunked::{ChunkedDecoder, ChunkedError};
pub use date::DateCache;
pub use encode::EncodeError;
pub use fields::Fields;
pub use framing::{
    BodyLength, Expectation, FramingError, Message, body_length, expectation, keep_alive,
};
pub use limits::Limits;
pub use parse::{HeadError, RequestHead, RequestParser, ResponseHead, ResponseParser, TargetForm};
