//! [`WakerSlot`]: the place where the one waiter of a channel leaves its waker.
//!
//! Who uses it: `oneshot.rs` and `channel.rs`, for their receivers. Many waiters: `wait_queue.rs`.

use std::cell::Cell;
use std::fmt;
use std::task::Waker;

/// Room for one waker.
pub(crate) struct WakerSlot(Cell<Option<Waker>>);

impl WakerSlot {
    pub(crate) const fn new() -> WakerSlot {
        WakerSlot(Cell::new(None))
    }

    /// Remembers `waker` in place of the one that lies here.
    ///
    /// This may run foreign code (cloning the waker, dropping the former one), so whatever the
    /// waiter waits for may have happened meanwhile: the caller must look once more afterwards.
    #[inline(always)]
    pub(crate) fn register(&self, waker: &Waker) {
        match self.0.take() {
            Some(known) if known.will_wake(waker) => self.0.set(Some(known)),
            former => {
                self.0.set(Some(waker.clone()));
                drop(former);
            }
        }
    }

    /// Wakes whoever lies here, once.
    #[inline]
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }

    /// Forgets whoever lies here.
    #[inline]
    pub(crate) fn clear(&self) {
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
