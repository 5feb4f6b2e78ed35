//! The future around a subject: it counts suspensions, and strikes at the one that was chosen.
//! Next: `every_await.rs`, which chooses.

use super::scenario::Boxed;
use crate::event_loop::current_task;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// Where one run is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strike {
    /// Nowhere: the run that counts.
    Never,
    /// In this suspension of the subject, counted from 1.
    In(usize, Way),
    /// Cancelled by somebody else, when the loop has run so many tasks.
    After(usize),
}

/// How, and at which end of a suspension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Dropped as soon as it waits, as the loser of another library's `select!` is.
    DroppedWaiting,
    /// Dropped when what it waits for has come, before it can look.
    DroppedWoken,
    /// Cancelled as soon as it waits.
    CancelledWaiting,
    /// Cancelled when what it waits for has come, before it can look.
    CancelledWoken,
}

impl Way {
    pub(super) const ALL: [Way; 4] = [
        Way::DroppedWaiting,
        Way::DroppedWoken,
        Way::CancelledWaiting,
        Way::CancelledWoken,
    ];
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, how) = match self {
            Strike::Never => return f.write_str("without an interruption"),
            Strike::After(polls) => {
                return write!(f, "when it was cancelled after {polls} polls of the loop");
            }
            Strike::In(number, Way::DroppedWaiting) => (number, "dropped as soon as it waited"),
            Strike::In(number, Way::DroppedWoken) => (number, "dropped when it was woken"),
            Strike::In(number, Way::CancelledWaiting) => (number, "cancelled as soon as it waited"),
            Strike::In(number, Way::CancelledWoken) => (number, "cancelled when it was woken"),
        };
        write!(f, "when it was {how} in suspension {number}")
    }
}

/// What is known of a subject during one run.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// How often it was suspended.
    pub(super) suspensions: Cell<usize>,
    /// Whether it was interrupted.
    pub(super) struck: Cell<bool>,
    /// Whether it was asked to end, looked at it, and went on waiting.
    pub(super) waited_on: Cell<bool>,
}

/// The subject, in the task that is cancelled. Gives whether it came to its own end.
pub(super) struct InterruptedSubject {
    subject: Boxed,
    strike: Strike,
    seen: Rc<Seen>,
}

impl InterruptedSubject {
    pub(super) fn new(subject: Boxed, strike: Strike, seen: Rc<Seen>) -> InterruptedSubject {
        InterruptedSubject {
            subject,
            strike,
            seen,
        }
    }

    /// Strikes if now is the time for this way. Says whether the subject is to be dropped.
    fn strike(&self, way: Way) -> bool {
        let now = self.strike == Strike::In(self.seen.suspensions.get(), way);
        if !now || self.seen.struck.replace(true) {
            return false;
        }
        if matches!(way, Way::DroppedWaiting | Way::DroppedWoken) {
            return true;
        }
        let task = current_task().expect("the subject runs in a task of its own");
        task.cancel();
        false
    }
}

impl Future for InterruptedSubject {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        if self.strike(Way::DroppedWoken) {
            return Poll::Ready(false);
        }
        self.strike(Way::CancelledWoken);
        let was_asked = self.seen.struck.get();
        if self.subject.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        if was_asked {
            self.seen.waited_on.set(true);
        }
        self.seen.suspensions.set(self.seen.suspensions.get() + 1);
        if self.strike(Way::DroppedWaiting) {
            return Poll::Ready(false);
        }
        self.strike(Way::CancelledWaiting);
        Poll::Pending
    }
}
