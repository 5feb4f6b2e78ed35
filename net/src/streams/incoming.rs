//! What a reader has received and nobody has taken yet. Next: `reader.rs`.

use super::again::again;
use std::io;

/// How many bytes may come before a separator: asyncio's 64 KiB.
pub(super) const LIMIT: usize = 64 * 1024;

/// What has come.
#[derive(Default)]
pub(super) struct Incoming {
    buffer: Vec<u8>,
    /// How many bytes at the buffer's begin were taken.
    start: usize,
    /// How many bytes have come, and how many of them were taken, from the begin on: who waits sees by
    /// them what others did meanwhile.
    pub(super) received: u64,
    pub(super) taken: u64,
    pub(super) eof: bool,
    /// What the stream failed with: it is told again to whoever reads on.
    failed: Option<io::Error>,
}

impl Incoming {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    pub(super) fn consume(&mut self, length: usize) {
        self.start += length;
        self.taken += length as u64;
        if self.start == self.buffer.len() {
            self.start = 0;
            self.buffer.clear();
            // One big read shall not hold its room for ever.
            self.buffer.shrink_to(LIMIT);
        }
    }

    /// Says again what the stream has failed with.
    pub(super) fn ended(&self) -> io::Result<()> {
        self.failed
            .as_ref()
            .map_or(Ok(()), |error| Err(again(error)))
    }

    pub(super) fn append(&mut self, read: io::Result<&[u8]>) -> io::Result<bool> {
        match read {
            Ok([]) => self.eof = true,
            Ok(bytes) => {
                // Moved to the front only when at least half of it was taken: each byte moves rarely.
                if self.start > self.buffer.len() / 2 {
                    self.buffer.drain(..self.start);
                    self.start = 0;
                }
                self.buffer.extend_from_slice(bytes);
                self.received += bytes.len() as u64;
            }
            // Nothing was lost, and the next try may do better.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                self.failed = Some(again(&error));
                return Err(error);
            }
        }
        Ok(!self.eof)
    }
}
