//! The future of one wait at a [`Registration`]: its attempts, and its claim on the waiter's place, given
//! back when it is dropped.
//!
//! Without this a future that lost a race would leave its waker behind, and the next one to wait
//! could not be told from a second task that waits at the same time. Next to read: the table at
//! `reactor/slots.rs::Slots::admit`.

use super::Registration;
use crate::reactor::waiter::Holder;
use crate::reactor::{Direction, Source};
use std::future::Future;
use std::num::NonZeroU64;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that makes one attempt at each poll, with a claim on the waiter's place.
///
/// It is small on purpose: each connection that waits has one of these.
pub(super) struct Place<'a, S: Source, A> {
    /// Where the place is.
    registration: &'a Registration<S>,
    /// Tells this future from others.
    ticket: NonZeroU64,
    /// In which direction.
    direction: Direction,
    /// Whether the place may be taken by us now.
    suspended: bool,
    /// One attempt, which leaves a waiter in the place if it is `Pending`.
    attempt: A,
}

impl<'a, S: Source, A> Place<'a, S, A> {
    /// Draws a ticket. The place is taken when there is something to wait for.
    pub(super) fn new<T>(
        registration: &'a Registration<S>,
        direction: Direction,
        attempt: A,
    ) -> Place<'a, S, A>
    where
        A: FnMut(&Registration<S>, Direction, Holder, &mut Context<'_>) -> Poll<T>,
    {
        Place {
            registration,
            ticket: registration.ticket(),
            direction,
            suspended: false,
            attempt,
        }
    }
}

/// Nothing in here is pinned: an attempt is called, not polled.
impl<S: Source, A> Unpin for Place<'_, S, A> {}

impl<S: Source, T, A> Future for Place<'_, S, A>
where
    A: FnMut(&Registration<S>, Direction, Holder, &mut Context<'_>) -> Poll<T>,
{
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let this = &mut *self;
        // Remembers whether it left us waiting.
        let result = (this.attempt)(
            this.registration,
            this.direction,
            Holder(this.ticket),
            context,
        );
        this.suspended = result.is_pending();
        result
    }
}

impl<S: Source, A> Drop for Place<'_, S, A> {
    fn drop(&mut self) {
        if self.suspended {
            self.registration.withdraw(self.direction, self.ticket);
        }
    }
}
