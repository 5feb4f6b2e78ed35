//! Who may wait for a source, and what a task is told that may not.
//!
//! The decision itself is the table at `slots.rs::Slots::admit`.

use std::io;
use std::num::NonZeroU64;
use std::task::Waker;

/// How often two tasks may push each other out of one waiter's place within one look at the kernel.
///
/// Discussion: `poll_read` of futures-io has no farewell, so a waker found in the place may belong to
/// a future that was dropped long ago (then replacing it is right) or to a task that still waits
/// (then replacing it would leave that task asleep for ever). We can't tell, so the replaced
/// waker is woken: a leftover does no harm, and a living task comes back and pushes us out in turn.
/// That game is the proof of two living waiters, and it ends with an error for the one who comes
/// after this many rounds. A look comes at least every 256 polls, so one who only uses new
/// wakers now and then never reaches it.
pub(super) const REPLACEMENTS_PER_LOOK: u32 = 32;

/// Who asks to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// A caller of a poll function, who can vanish without a word.
    Anonymous,
    /// A future with this ticket, which gives its place back when it is dropped.
    Holder(NonZeroU64),
}

/// Why a waiter was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Another task waits for the same direction of the same source.
    AlreadyWaiting,
    /// The reactor is closed, or the source is no longer registered.
    Gone,
    /// Another loop runs on this thread, and this one cannot be turned before that comes back.
    Elsewhere,
}

/// One who waits for an event.
pub(crate) struct Waiter {
    /// Wakes it.
    pub(crate) waker: Waker,
    /// Tells whether it gives notice when it stops waiting.
    pub(crate) who: Who,
}

/// The answer to one who asks for a waiter's place.
#[must_use = "a waiter that was not let in sleeps for ever"]
pub(crate) enum Admission {
    /// This very waiter is there already.
    InPlace,
    /// The place may be taken with [`Slots::place`].
    Free,
    /// The place is not to be had.
    Refused(Refusal),
}

impl Refusal {
    /// Makes the error that the socket's user sees. No `From`: a `?` shall not turn a misuse into
    /// one more I/O error unnoticed.
    pub(super) fn tell(self) -> io::Error {
        match self {
            Refusal::AlreadyWaiting => io::Error::new(
                io::ErrorKind::ResourceBusy,
                "another task already waits for this direction of the socket: let one task read \
                 and one task write, and pass what they need on through a channel",
            ),
            Refusal::Gone => io::Error::new(
                io::ErrorKind::NotConnected,
                "the loop that this socket belongs to is gone: drop the socket before the loop, \
                 or take it out with into_std and give it to another loop",
            ),
            Refusal::Elsewhere => io::Error::new(
                io::ErrorKind::Unsupported,
                "the socket belongs to another loop than the one that runs here, and would wait \
                 until that is turned: open it in the loop that uses it, or take it out with \
                 into_std and give it to this loop",
            ),
        }
    }
}
