//! [`Scratch`]: one buffer for all reads of a loop.
//!
//! A read never waits while it holds it. So an idle connection needs no buffer of its own, and none has to be
//! cleared before a read: what lies in it is left of others' reads, so a stream must only write to it. The
//! price is one copy of what was read, out of a buffer that is in the cache.

use std::cell::Cell;
use std::rc::Rc;

use oneloop::Loop;

/// How many octets a read takes at most.
const SIZE: usize = 64 * 1024;

/// The buffer, made when it is lent first.
#[derive(Default)]
pub(crate) struct Scratch(Cell<Option<Box<[u8]>>>);

impl Scratch {
    /// That of the running loop; one of its own where none runs.
    pub(crate) fn here() -> Rc<Scratch> {
        match Loop::current() {
            Ok(running) => running.attached(Scratch::default),
            Err(_) => Rc::default(),
        }
    }

    /// Lends the buffer to a read. One within another, as of a stream that is made of a body, is lent another
    /// one.
    pub(crate) fn lend<R>(&self, read: impl FnOnce(&mut [u8]) -> R) -> R {
        let buffer = self.0.take();
        let mut buffer = buffer.unwrap_or_else(|| vec![0; SIZE].into());
        let answer = read(&mut buffer);
        self.0.set(Some(buffer));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_has_one_and_lends_another_to_a_read_within_a_read() {
        oneloop::run(async {
            let (here, there) = (Scratch::here(), Scratch::here());
            let first = here.lend(|buffer| {
                buffer[0] = 7;
                there.lend(|other| assert_eq!(other[0], 0));
                buffer.as_ptr()
            });
            there.lend(|buffer| assert_eq!((buffer.as_ptr(), buffer[0]), (first, 7)));
        });
    }
}
