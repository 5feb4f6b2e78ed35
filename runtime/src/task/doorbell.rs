//! The doorbell of a loop: how another thread interrupts its sleep.
//!
//! A loop that is about to sleep says so ([`Doorbell::sleeping`]) and then looks once more at
//! what others may have left for it. Whoever leaves something first leaves it and then
//! [rings](Doorbell::ring). Both sides write, pass a fence (`SeqCst`), and then read, so at least
//! one of them sees the other: either the loop finds the thing, or the ringer finds the loop
//! asleep and wakes it. Weaker orderings allow both to miss (each reads before its own write is
//! out), which is a wake that is lost for ever.

use super::sync::{AtomicBool, Ordering::AcqRel, Ordering::Relaxed, Ordering::SeqCst, fence};

/// What wakes the loop's thread out of the kernel, from any thread.
pub(crate) type Unpark = Box<dyn Fn() + Send + Sync>;

/// The bell at a loop's door.
pub(crate) struct Doorbell {
    /// True while the loop sleeps, or is owned by a host who may sleep on its descriptor.
    asleep: AtomicBool,
    unpark: Unpark,
}

impl Doorbell {
    /// A loop is born asleep: nobody turns it yet, so the first push must ring.
    pub(crate) fn new(unpark: Unpark) -> Doorbell {
        Doorbell {
            asleep: AtomicBool::new(true),
            unpark,
        }
    }

    /// The loop says that it is about to sleep. It must look at everything that others can leave
    /// for it *after* this call.
    pub(crate) fn sleeping(&self) {
        // A swap, not a store: read-modify-writes of both sides stand in one order that loom can
        // follow too (of a store it believes that it may come before a ringer's older swap).
        self.asleep.swap(true, AcqRel);
        fence(SeqCst);
    }

    /// The loop says that it is awake and will look by itself.
    pub(crate) fn awake(&self) {
        self.asleep.store(false, Relaxed);
    }

    /// Wakes the loop if it sleeps. Called *after* something was left for it, and after every
    /// such thing: a push that does not ring would make the next one silent too, since the
    /// next pusher finds the list not empty and trusts that somebody rang.
    pub(crate) fn ring(&self) {
        fence(SeqCst);
        if self.asleep.load(Relaxed) && self.asleep.swap(false, AcqRel) {
            (self.unpark)();
        }
    }

    /// Makes the loop's descriptor readable whatever its state: for a host that shall call
    /// `turn` once more.
    pub(crate) fn ring_for_host(&self) {
        (self.unpark)();
    }
}
