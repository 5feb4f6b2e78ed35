//! [`Waiters`]: who waits at one end of a direction.
//!
//! Discussion: a poll function does not say who calls it. A waker that was left here before may be one
//! of a future that is gone, of the caller itself, who brings a new waker for each poll, or of another
//! task that waits at the same end. To forget it would leave that task asleep; to wake it would let the
//! caller run for ever, since it leaves the next one here. So all are kept, and woken when there is news.

use std::cell::Cell;
use std::mem;
use std::task::Waker;

/// How many are kept. With one more, all are woken to make room: who lives comes back.
const MOST: usize = 64;

/// Wakers, each of them once.
///
/// Invariant: no waker is cloned, woken or dropped while the list is out of its cell to be looked at, so
/// that what such a call leads to finds it there.
#[derive(Default)]
pub(super) struct Waiters(Cell<Vec<Waker>>);

impl Waiters {
    /// Has one more woken when there is news.
    pub(super) fn join(&self, waker: &Waker) {
        let known = self.look(|all| all.iter().any(|known| known.will_wake(waker)));
        if known {
            return;
        }
        let waker = waker.clone();
        let full = self.look(|all| {
            let full = match all.len() < MOST {
                true => Vec::new(),
                false => mem::take(all),
            };
            all.push(waker);
            full
        });
        full.into_iter().for_each(Waker::wake);
    }

    /// Wakes all.
    pub(super) fn wake(&self) {
        self.0.take().into_iter().for_each(Waker::wake);
    }

    /// Shows the list to what runs no foreign code.
    fn look<R>(&self, look: impl FnOnce(&mut Vec<Waker>) -> R) -> R {
        let mut all = self.0.take();
        let result = look(&mut all);
        self.0.set(all);
        result
    }
}
