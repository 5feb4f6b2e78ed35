//! [`WakerSlot`]: the place where the one waiter of a channel leaves its waker.
//!
//! Who uses it: `oneshot.rs` and `channel`, for their receivers. Many waiters: `wait_queue.rs`.

use std::cell::Cell;
use std::fmt;
use std::task::Waker;

use crate::debug::{Thing, forget_at, note_at};

/// Room for one waker.
pub(crate) struct WakerSlot(Cell<Option<Waker>>);

impl WakerSlot {
    pub(crate) const fn new() -> WakerSlot {
        WakerSlot(Cell::new(None))
    }

    /// Remembers `waker` in place of the one that lies here.
    ///
    /// `thing` is what is waited for, for those who ask.
    ///
    /// This may run foreign code (cloning the waker, dropping the former one), so whatever the
    /// waiter waits for may have happened meanwhile: the caller must look once more afterwards.
    #[inline(always)]
    pub(crate) fn register(&self, waker: &Waker, thing: Thing) {
        match self.0.take() {
            Some(known) if known.will_wake(waker) => self.0.set(Some(known)),
            former => {
                self.0.set(Some(waker.clone()));
                note_at(thing, self, 0);
                drop(former);
            }
        }
    }

    /// Wakes whoever lies here, once.
    #[inline]
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.0.take() {
            forget_at(self, 0);
            waker.wake();
        }
    }

    /// Forgets whoever lies here.
    #[inline]
    pub(crate) fn clear(&self) {
        forget_at(self, 0);
        drop(self.0.take());
    }
}

impl fmt::Debug for WakerSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waker = self.0.take();
        let occupied = waker.is_some();
        self.0.set(waker);
        f.write_str(if occupied { "occupied" } else { "empty" })
    }
}
