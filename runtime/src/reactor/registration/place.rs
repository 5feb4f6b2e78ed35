//! The claim of one future on the waiter's place of a [`Registration`], given back when it is dropped.
//!
//! Without this a future that lost a race would leave its waker behind, and the next one to wait
//! could not be told from a second task that waits at the same time. Next to read: the table at
//! `reactor/slots.rs::Slots::admit`.

use super::Registration;
use crate::reactor::waiter::Who;
use crate::reactor::{Direction, Source};
use std::task::Poll;

/// A future's claim on the waiter's place, given back when the future is dropped.
pub(super) struct Place<'a, S: Source> {
    /// Where the place is.
    registration: &'a Registration<S>,
    /// In which direction.
    direction: Direction,
    /// Tells this future from others.
    ticket: u64,
    /// Whether the place may be taken by us now.
    suspended: bool,
}

impl<'a, S: Source> Place<'a, S> {
    /// Draws a ticket. The place is taken when there is something to wait for.
    pub(super) fn new(registration: &'a Registration<S>, direction: Direction) -> Place<'a, S> {
        Place {
            registration,
            direction,
            ticket: registration.ticket(),
            suspended: false,
        }
    }

    /// Makes one attempt, and remembers whether it left us waiting.
    pub(super) fn poll<T>(&mut self, attempt: impl FnOnce(Who) -> Poll<T>) -> Poll<T> {
        let result = attempt(Who::Holder(self.ticket));
        self.suspended = result.is_pending();
        result
    }
}

impl<S: Source> Drop for Place<'_, S> {
    fn drop(&mut self) {
        if self.suspended {
            self.registration.withdraw(self.direction, self.ticket);
        }
    }
}
