//! Who may wait for a source, and what a task is told that may not.
//!
//! The decision itself is the table at `slots.rs::Slots::admit`.

use super::Reactor;
use super::pushed_out::PushedOut;
use super::slots::Key;
use crate::trace::{Direction, Event, trace_event};
use std::io;
use std::num::NonZeroU64;
use std::task::Waker;

/// How often waiters may push each other out of one place within one look at the kernel, and be woken
/// for it.
///
/// Discussion: `poll_read` of futures-io has no farewell, so a waker found in the place may belong to
/// a future that was dropped long ago (then replacing it is right), to one that was polled with
/// another waker meanwhile (then too), or to a task that still waits (then replacing it would leave
/// that task asleep for ever). We can't tell, so the replaced waker is woken: a leftover does no harm,
/// and a living task comes back and pushes us out in turn. After this many rounds those who
/// are pushed out are kept, and both being among them is the proof of two living waiters, and an error
/// for the one who comes. One who brings a new waker for each poll only plays against itself, or
/// against what others left behind: it is let in, and the game ends soon, since who is kept is woken
/// with the next event of any source. Without an event there is nothing to miss. A look comes at least
/// every 256 polls, so few get that far.
pub(super) const REPLACEMENTS_PER_LOOK: u32 = 32;

/// Who asks to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// A caller of a poll function, who can vanish without a word.
    Anonymous,
    /// A future with this ticket, which gives its place back when it is dropped.
    Holder(NonZeroU64),
}

/// One of either kind, known when the program is compiled: one that never calls a poll function of ours
/// goes without what there is for anonymous waiters.
pub(crate) trait Asker: Copy {
    /// Whether it can be anonymous.
    const ANONYMOUS: bool;

    fn who(self) -> Who;
}

/// See [`Who::Anonymous`].
#[derive(Clone, Copy)]
pub(crate) struct Anonymous;

/// See [`Who::Holder`].
#[derive(Clone, Copy)]
pub(crate) struct Holder(pub(crate) NonZeroU64);

impl Asker for Anonymous {
    const ANONYMOUS: bool = true;

    fn who(self) -> Who {
        Who::Anonymous
    }
}

impl Asker for Holder {
    const ANONYMOUS: bool = false;

    fn who(self) -> Who {
        Who::Holder(self.0)
    }
}

#[cfg(test)]
impl Asker for Who {
    const ANONYMOUS: bool = true;

    fn who(self) -> Who {
        self
    }
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
    /// The same, but somebody is in it of whom nobody knows whether he lives: both are anonymous.
    Contested,
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

impl Reactor {
    /// Puts `waker` where the next event of this direction finds it.
    ///
    /// The same waiter may come again and again. Another one is refused while a holder waits; what an
    /// anonymous waiter left behind is replaced, and woken in case that waiter still lives: at once, or with
    /// the next event where that has been done often already.
    pub(crate) fn set_waiter<A: Asker>(
        &self,
        key: Key,
        direction: Direction,
        asker: A,
        waker: &Waker,
    ) -> Result<(), Refusal> {
        let who = asker.who();
        let admission = self.slots.borrow().admit(key, direction, who, waker);
        let mut kept = None;
        match admission {
            Admission::InPlace => return Ok(()),
            Admission::Contested if A::ANONYMOUS => {
                let mut slots = self.slots.borrow_mut();
                if let Some(present) = slots.count_replacement(key, direction, self.looks.get()) {
                    let formers = self.pushed_out.get_or_init(|| Box::<PushedOut>::default());
                    if formers.knows(present) && formers.knows(waker) {
                        return Err(Refusal::AlreadyWaiting);
                    }
                    kept = Some(formers);
                }
            }
            Admission::Free | Admission::Contested => {}
            Admission::Refused(refusal) => return Err(refusal),
        }
        let waiter = Waiter {
            waker: waker.clone(),
            who,
        };
        let old = self.slots.borrow_mut().place(key, direction, waiter);
        let token = key.number();
        trace_event!(self.tracer, Event::IoWaits { token, direction });
        match old {
            Some(own) if own.who == who && who != Who::Anonymous => drop(own),
            Some(other) => match kept {
                Some(formers) => formers.keep(other.waker),
                None => other.waker.wake(),
            },
            None => {}
        }
        Ok(())
    }

    /// Takes back the place of a holder that is going away. A newcomer in its place stays.
    #[must_use = "dropping a waker runs foreign code: do it where nothing is borrowed"]
    pub(crate) fn clear_waiter(
        &self,
        key: Key,
        direction: Direction,
        ticket: NonZeroU64,
    ) -> Option<Waker> {
        self.slots.borrow_mut().withdraw(key, direction, ticket)
    }
}
