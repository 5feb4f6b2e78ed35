//! From a [`Response`] to octets: which framing the body gets, and the head.
//!
//! This is pure: a response and what is known of the request go in, the head is appended to the
//! output, and what remains to be sent comes out. `connection.rs` sends it.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, StatusCode, Version};

use crate::body::Streamed;
use crate::response::Response;
use crate::wire::{RequestHead, encode};

/// What the answer has to know of its request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchange {
    /// The request was a `HEAD`: the answer has the length and not the body.
    pub(super) is_head: bool,
    /// The version the peer speaks; HTTP/1.0 knows no chunks.
    pub(super) version: Version,
    /// Whether the connection stays open after this answer, as far as is known by now.
    pub(super) keep_alive: bool,
}

impl Exchange {
    pub(super) fn of(head: &RequestHead) -> Exchange {
        Exchange {
            is_head: head.method() == Method::HEAD,
            version: head.version(),
            keep_alive: head.keep_alive(),
        }
    }

    /// The exchange of a request that could not be understood.
    pub(super) fn refused() -> Exchange {
        Exchange {
            is_head: false,
            version: Version::HTTP_11,
            keep_alive: false,
        }
    }
}

/// Room for a head of the usual size, so that the buffer grows once and not with each line.
const ROOM: usize = 256;

/// The server's name, as each answer tells it.
const SERVER_LINE: &[u8] = b"server: oneloop\r\n";

/// The length of the line with the date.
const DATE_LINE: usize = b"date: Sun, 06 Nov 1994 08:49:37 GMT\r\n".len();

/// The lines that all answers have, ready to be copied at once.
pub(super) struct Stamp {
    lines: [u8; DATE_LINE + SERVER_LINE.len()],
}

impl Stamp {
    pub(super) fn new(date: &[u8; 29]) -> Stamp {
        let mut lines = [0; DATE_LINE + SERVER_LINE.len()];
        let parts = [b"date: ", &date[..], b"\r\n", SERVER_LINE].concat();
        lines.copy_from_slice(&parts);
        Stamp { lines }
    }
}

/// What is left to send after the head.
pub(super) enum Payload {
    /// These octets, possibly none.
    Octets(Bytes),
    /// The pieces of a stream that must give exactly this many octets.
    Sized(u64, Streamed),
    /// The pieces of a stream, each as a chunk.
    Chunked(Streamed),
    /// The pieces of a stream; the end of the connection ends them.
    UntilClose(Streamed),
}

/// Appends the head of the answer to `output` and returns what is to follow it.
///
/// It may clear `exchange.keep_alive`: the handler asked for a close, or only the end of the
/// connection can end the body.
pub(super) fn write_head(
    response: &mut Response,
    exchange: &mut Exchange,
    stamp: &Stamp,
    output: &mut Vec<u8>,
) -> Payload {
    let mut status = response.status();
    if status.is_informational() {
        // A final answer with a 1xx would leave the peer waiting for another one.
        status = StatusCode::INTERNAL_SERVER_ERROR;
    }
    let has_body = !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let empty = || Payload::Octets(Bytes::new());

    output.reserve(ROOM);
    encode::status_line(output, status);
    // A type of what is not there would only mislead; Response::text sets one.
    if let Some(line) = response.content_type_line()
        && has_body
    {
        output.extend_from_slice(line);
    }
    let mut own = OwnHeaders::default();
    for (name, value) in response.other_headers() {
        own.see(name, value);
        let describes_body = *name == header::CONTENT_TYPE;
        if !is_framing(name) && (has_body || !describes_body) {
            encode::field(output, name, value);
        }
    }
    exchange.keep_alive &= !own.close;

    let payload = match response.take_body().into_parts() {
        _ if !has_body => empty(),
        Ok(octets) => {
            // A handler may answer a HEAD with the length alone, as it would be for a GET.
            let length = match own.content_length {
                Some(length) if exchange.is_head && octets.is_empty() => length,
                _ => octets.len() as u64,
            };
            encode::content_length(output, length);
            Payload::Octets(octets)
        }
        // A length that the handler set by header counts as declared.
        Err(streamed) => match streamed.length.or(own.content_length) {
            Some(length) => {
                encode::content_length(output, length);
                Payload::Sized(length, streamed)
            }
            None if exchange.version == Version::HTTP_11 => {
                encode::transfer_encoding_chunked(output);
                Payload::Chunked(streamed)
            }
            None => {
                exchange.keep_alive &= exchange.is_head;
                Payload::UntilClose(streamed)
            }
        },
    };
    match (own.has_date, own.has_server) {
        (false, false) => output.extend_from_slice(&stamp.lines),
        (false, true) => output.extend_from_slice(&stamp.lines[..DATE_LINE]),
        (true, false) => output.extend_from_slice(SERVER_LINE),
        (true, true) => {}
    }
    if !exchange.keep_alive {
        output.extend_from_slice(b"connection: close\r\n");
    } else if exchange.version == Version::HTTP_10 {
        output.extend_from_slice(b"connection: keep-alive\r\n");
    }
    encode::end(output);
    if exchange.is_head { empty() } else { payload }
}

/// Headers of the handler that change what the server does.
#[derive(Default)]
struct OwnHeaders {
    close: bool,
    content_length: Option<u64>,
    has_date: bool,
    has_server: bool,
}

impl OwnHeaders {
    fn see(&mut self, name: &HeaderName, value: &HeaderValue) {
        if name == header::CONNECTION {
            let options = value.as_bytes().split(|octet| *octet == b',');
            self.close |= options
                .map(<[u8]>::trim_ascii)
                .any(|o| o.eq_ignore_ascii_case(b"close"));
        } else if name == header::CONTENT_LENGTH {
            self.content_length = value.to_str().ok().and_then(|text| text.parse().ok());
        } else if name == header::DATE {
            self.has_date = true;
        } else if name == header::SERVER {
            self.has_server = true;
        }
    }
}

/// Headers that say where a message ends and whether another follows; they are the server's to write.
fn is_framing(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::CONTENT_LENGTH | header::TRANSFER_ENCODING | header::CONNECTION
    )
}
