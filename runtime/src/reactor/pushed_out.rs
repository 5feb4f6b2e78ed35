//! [`PushedOut`]: who lost a waiter's place to another anonymous one, and may live still. Why that is
//! kept: `waiter.rs`, at `REPLACEMENTS_PER_LOOK`.

use std::cell::RefCell;
use std::task::Waker;

/// How many are woken at once, though they are kept: if they live, they come back, and are known.
const FIRST: usize = 4;

/// How many are kept. With one more, all are woken: who lives comes back.
const MOST: usize = 64;

/// Who was pushed out of a contested place since the last event of any source.
///
/// Invariant: not borrowed while a waker is woken or dropped.
#[derive(Default)]
pub(super) struct PushedOut(RefCell<Vec<Waker>>);

/// What a reactor knows of it.
pub(super) trait Kept {
    /// Keeps one. Its address is not that of a newer waker, then.
    fn keep(&self, former: Waker);

    /// Whether this one was pushed out before.
    fn knows(&self, waker: &Waker) -> bool;

    /// Lets all go: they are to be woken.
    fn take_into(&self, woken: &mut Vec<Waker>);
}

impl Kept for PushedOut {
    fn keep(&self, former: Waker) {
        let length = self.0.borrow().len();
        if length < FIRST {
            former.wake_by_ref();
        }
        self.0.borrow_mut().push(former);
        if length == MOST {
            let all = self.0.take();
            all.into_iter().for_each(Waker::wake);
        }
    }

    fn knows(&self, waker: &Waker) -> bool {
        self.0.borrow().iter().any(|former| former.will_wake(waker))
    }

    fn take_into(&self, woken: &mut Vec<Waker>) {
        woken.append(&mut self.0.borrow_mut());
    }
}
