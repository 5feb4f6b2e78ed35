//! What a writer was given and the stream has not taken: pure data. Next: `connection.rs`.

use super::again::again;
use std::io;

/// The mark above which `drain` waits, in bytes, and the one down to which it does: asyncio's.
const HIGH: usize = 64 * 1024;
const LOW: usize = HIGH / 4;

/// The marks of one writer.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    pub(super) high: usize,
    pub(super) low: usize,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks {
            high: HIGH,
            low: LOW,
        }
    }
}

/// The bytes, and how far their end has come.
#[derive(Default)]
pub(super) struct Unsent {
    /// What is to be sent; the first `sent` bytes are.
    pub(super) bytes: Vec<u8>,
    pub(super) sent: usize,
    /// How many bytes are with the flusher, which shows them to the sink.
    pub(super) out: usize,
    /// What comes while TLS is about to begin, and must not leave before.
    pub(super) held: Option<Vec<u8>>,
    /// The end is to be sent after the bytes; and then, perhaps, all is to be closed.
    pub(super) ending: Ending,
    /// How far that has come.
    pub(super) reached: Ending,
    /// What the stream failed with.
    pub(super) failed: Option<io::Error>,
    /// A flusher is on its way.
    pub(super) flushing: bool,
    /// It has not tried yet what it was made for.
    pub(super) untried: bool,
    /// There was more than the high mark, and there is more than the low one still.
    pub(super) full: bool,
}

#[derive(Clone, Copy, Default, PartialEq, PartialOrd)]
pub(super) enum Ending {
    #[default]
    Open,
    HalfClosed,
    Closed,
}

impl Unsent {
    /// How many bytes are not sent yet, wherever they are at the moment.
    pub(super) fn unsent(&self) -> usize {
        let held = self.held.as_ref().map_or(0, Vec::len);
        self.bytes.len() + self.out - self.sent + held
    }

    /// Takes what is to be sent.
    pub(super) fn push(&mut self, bytes: &[u8], marks: Marks) {
        let queue = self.held.as_mut().unwrap_or(&mut self.bytes);
        queue.extend_from_slice(bytes);
        self.full |= self.unsent() > marks.high;
    }

    /// Lets all go that is not sent.
    pub(super) fn clear(&mut self) {
        (self.bytes, self.held) = (Vec::new(), None);
        (self.sent, self.out) = (0, 0);
        self.full = false;
    }

    /// Whether a flusher is to be made.
    pub(super) fn start(&mut self) -> bool {
        let start = !self.flushing && self.has_work();
        self.flushing |= start;
        self.untried |= start;
        start
    }

    /// Says again what the stream has failed with.
    pub(super) fn failure(&self) -> io::Result<()> {
        self.failed
            .as_ref()
            .map_or(Ok(()), |error| Err(again(error)))
    }

    /// How far it has come, in a word for people.
    pub(super) fn name(&self) -> &'static str {
        match (self.reached, self.ending) {
            _ if self.failed.is_some() => "failed",
            (Ending::Closed, _) => "closed",
            (_, Ending::Closed) => "closing",
            (Ending::HalfClosed, _) => "half closed",
            (_, Ending::HalfClosed) => "half closing",
            _ => "open",
        }
    }

    pub(super) fn has_work(&self) -> bool {
        let rest = self.sent < self.bytes.len();
        self.failed.is_none() && (rest || self.reached < self.ending)
    }

    /// Puts bytes back in front of those that came meanwhile.
    pub(super) fn put_back(&mut self, mut bytes: Vec<u8>) {
        self.out = 0;
        if self.reached == Ending::Closed {
            return; // Aborted from within the sink: they are lost.
        }
        if !self.bytes.is_empty() {
            bytes.extend_from_slice(&self.bytes);
        }
        self.bytes = bytes;
    }

    /// All was sent: keeps the room, unless there was very much.
    pub(super) fn reset(&mut self, mut bytes: Vec<u8>) {
        bytes.clear();
        bytes.shrink_to(HIGH);
        self.sent = 0;
        self.put_back(bytes);
    }

    /// Gives room back in a long transfer, at most once for each byte.
    pub(super) fn shrink(&mut self) {
        if self.sent > self.bytes.len() / 2 {
            self.bytes.drain(..self.sent);
            self.sent = 0;
        }
    }

    /// Whether so much was sent that there is room again.
    pub(super) fn emptied(&mut self, marks: Marks) -> bool {
        let emptied = self.full && self.unsent() <= marks.low;
        self.full &= !emptied;
        emptied
    }
}
