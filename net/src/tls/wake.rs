//! Who is to be woken when the stream below has room again. Next: `session.rs`.
//!
//! Discussion: bytes on their way out are the business of whoever writes and, when nobody does, of
//! whoever reads: an answer does not come before the question is out. A stream below knows one waiter
//! for its room, and two who push each other out of that place would never rest. So it only ever sees
//! this one waker, which wakes them both.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

/// Who waits for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Reader,
    Writer,
}

/// The two who may wait for room, and the waker that stands for them.
pub(super) struct Room {
    waiting: Arc<Waiting>,
    waker: Waker,
}

#[derive(Default)]
struct Waiting {
    reader: Mutex<Option<Waker>>,
    writer: Mutex<Option<Waker>>,
}

impl Room {
    pub(super) fn new() -> Room {
        let waiting = Arc::new(Waiting::default());
        let waker = Waker::from(waiting.clone());
        Room { waiting, waker }
    }

    /// Says who is to be woken, and gives what the stream below is to be polled with.
    pub(super) fn waker(&self, side: Side, context: &Context<'_>) -> &Waker {
        let place = match side {
            Side::Reader => &self.waiting.reader,
            Side::Writer => &self.waiting.writer,
        };
        let same = |known: &Waker| known.will_wake(context.waker());
        if !lock(place).as_ref().is_some_and(same) {
            let waker = context.waker().clone();
            // Dropped when nothing is locked any more.
            let former = lock(place).replace(waker);
            drop(former);
        }
        &self.waker
    }

    /// The same for who does not wait.
    pub(super) fn nobody(&self) -> &Waker {
        &self.waker
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let both = [lock(&self.writer).take(), lock(&self.reader).take()];
        both.into_iter().flatten().for_each(Waker::wake);
    }
}

/// No foreign code runs while it is locked, so it is never poisoned.
fn lock(place: &Mutex<Option<Waker>>) -> std::sync::MutexGuard<'_, Option<Waker>> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}
