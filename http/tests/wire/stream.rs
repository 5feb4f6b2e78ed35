//! Reads a whole stream of messages from segments, and tells what happened in one line.

use bytes::BytesMut;
use http::Method;
use oneloop_http::wire::{
    BodyDecoder, BodyLength, Decoded, Fields, Limits, RequestParser, ResponseParser,
};

/// Says what a stream carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Requests.
    Requests,
    /// Responses to GET, but to HEAD and CONNECT where the stream begins with that word, a colon
    /// and a blank, which are taken off.
    Responses,
}

/// The most octets that a body may have in these tests.
const MOST: u64 = 100_000;

/// Reads the stream and tells its story: each message, then how it ended. `;` stands between
/// messages; nothing behind the last one means that the stream ended between two messages.
pub(crate) fn read<'a>(kind: Kind, segments: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut reader = Reader::new(kind);
    let mut buffer = BytesMut::new();
    for segment in segments {
        buffer.extend_from_slice(segment);
        if let Err(error) = reader.advance(&mut buffer) {
            return reader.tell(Some(error));
        }
    }
    let end = reader.end(&buffer);
    reader.tell(end)
}

struct Reader {
    requests: Option<RequestParser>,
    responses: ResponseParser,
    method: Method,
    /// The octets of a `HEAD: ` mark that are still to be taken off.
    mark: bool,
    body: Option<BodyDecoder>,
    data: Vec<u8>,
    story: Vec<String>,
    tunnel: bool,
}

impl Reader {
    fn new(kind: Kind) -> Reader {
        Reader {
            requests: (kind == Kind::Requests).then(|| RequestParser::new(Limits::default())),
            responses: ResponseParser::new(Limits::default()),
            method: Method::GET,
            mark: kind == Kind::Responses,
            body: None,
            data: Vec::new(),
            story: Vec::new(),
            tunnel: false,
        }
    }

    /// Reads on as far as the buffer goes.
    fn advance(&mut self, buffer: &mut BytesMut) -> Result<(), String> {
        if self.mark && !self.take_mark(buffer) {
            return Ok(());
        }
        while !self.tunnel {
            match &mut self.body {
                Some(decoder) => match decoder.decode(buffer) {
                    Ok(Decoded::NeedMore) => return Ok(()),
                    Ok(Decoded::Data(piece)) => {
                        assert!(!piece.is_empty(), "a piece is never empty");
                        self.data.extend_from_slice(&piece);
                    }
                    Ok(Decoded::End) => {
                        assert!(decoder.is_end());
                        assert_eq!(decoder.remaining(), Some(0));
                        let trailers = decoder.trailers().map(tell_fields).unwrap_or_default();
                        self.finish_body(&trailers);
                    }
                    Err(error) => return Err(format!("{} {error:?}", error.status().as_u16())),
                },
                None => {
                    if !self.head(buffer)? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    fn head(&mut self, buffer: &mut BytesMut) -> Result<bool, String> {
        let (line, length) = if let Some(parser) = &mut self.requests {
            let parsed = parser
                .parse(buffer)
                .map_err(|error| format!("{} {error:?}", error.status().as_u16()))?;
            let Some(head) = parsed else { return Ok(false) };
            check_fields(head.fields());
            let line = {
                let method = abridge(head.method().as_str().as_bytes());
                format!("{method} {}", abridge(head.target().as_bytes()))
            };
            (line, head.body_length())
        } else {
            let parsed = self
                .responses
                .parse(buffer)
                .map_err(|error| format!("{} {error:?}", error.status().as_u16()))?;
            let Some(head) = parsed else { return Ok(false) };
            check_fields(head.fields());
            let line = format!("{}", head.status().as_u16());
            (line, head.body_length(&self.method))
        };
        self.story.push(line);
        match length {
            Ok(BodyLength::Tunnel) => {
                self.tunnel = true;
                Ok(false)
            }
            Ok(length) => {
                // An endless answer to a request is told by its end, see `end`.
                self.body = Some(BodyDecoder::new(length, &Limits::default()).with_max(MOST));
                Ok(true)
            }
            Err(error) => Err(format!("{} {error:?}", error.status().as_u16())),
        }
    }

    fn finish_body(&mut self, trailers: &str) {
        self.body = None;
        let body = std::mem::take(&mut self.data);
        if let Some(line) = self.story.last_mut() {
            line.push_str(&tell_body(&body));
            line.push_str(trailers);
        }
    }

    /// Says how the stream ended.
    fn end(&mut self, buffer: &BytesMut) -> Option<String> {
        if self.tunnel {
            return Some("tunnel".to_owned());
        }
        if let Some(mut decoder) = self.body.take() {
            return match decoder.eof() {
                Ok(()) => {
                    self.finish_body(" until close");
                    None
                }
                Err(error) => Some(format!("{error:?}")),
            };
        }
        let between = match &self.requests {
            Some(parser) => parser.is_idle(buffer),
            None => buffer.is_empty(),
        };
        (!between).then(|| "cut".to_owned())
    }

    fn tell(&self, end: Option<String>) -> String {
        let mut story = self.story.clone();
        story.extend(end);
        story.join("; ")
    }

    /// Takes `HEAD: ` or `CONNECT: ` off the front; false while that may still come.
    fn take_mark(&mut self, buffer: &mut BytesMut) -> bool {
        for (mark, method) in [
            (&b"HEAD: "[..], Method::HEAD),
            (&b"CONNECT: "[..], Method::CONNECT),
        ] {
            if buffer.starts_with(mark) {
                let _ = buffer.split_to(mark.len());
                self.method = method;
                self.mark = false;
                return true;
            }
            if mark.starts_with(buffer) {
                return false;
            }
        }
        self.mark = false;
        true
    }
}

/// What must hold for the fields of any head or trailer section that is let through, whatever the
/// stream was.
fn check_fields(fields: &Fields) {
    for (name, value) in fields.iter() {
        assert!(
            !name.is_empty()
                && name
                    .bytes()
                    .all(|octet| octet.is_ascii_graphic() && octet != b':'),
            "{name:?}"
        );
        assert!(
            value
                .iter()
                .all(|&octet| octet == b'\t' || !octet.is_ascii_control()),
            "{value:?}"
        );
        assert_eq!(
            value.trim_ascii(),
            value,
            "white space around a value is cut off"
        );
    }
    assert_eq!(
        fields.to_header_map().len(),
        fields.len(),
        "the map holds every line"
    );
}

fn tell_fields(fields: &Fields) -> String {
    check_fields(fields);
    fields
        .iter()
        .map(|(name, value)| format!(" +{name}={}", abridge(value)))
        .collect()
}

fn tell_body(body: &[u8]) -> String {
    if body.is_empty() {
        String::new()
    } else {
        format!(" [{}]", abridge(body))
    }
}

/// A text itself, or the length of a long one.
fn abridge(text: &[u8]) -> String {
    match text.len() {
        0..=40 => String::from_utf8_lossy(text).into_owned(),
        length => format!("{length} octets"),
    }
}
