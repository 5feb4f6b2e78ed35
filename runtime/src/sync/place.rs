//! [`Place`]: one waiter in a [`WaitQueue`], from its first wait until it was served or left.
//!
//! Who uses it: each future of this folder that waits in a queue. Read next: `permits.rs`.
//!
//! Discussion: two things are easy to get wrong in a waiting future, and stand here once. Cloning a
//! waker runs foreign code, so that what is waited for may have come meanwhile: the place looks
//! twice. And a future that is served while a request to end lies at its task must let the request
//! win, if nothing is lost by that: it stays pending, is dropped, and passes on what it was given.

use std::task::{Context, Poll, Waker};

use super::wait_queue::{Ticket, WaitQueue};
use crate::cancel::decline;
use crate::debug::{Thing, forget_at, note_at};

/// One waiter's place in the queue. Dropping it leaves the queue.
///
/// What was handed over with the turn is not this type's business: a future whose turn carries
/// something (a permit, a notification) passes it on when it is dropped with its place
/// [served](Standing::Served).
pub(crate) struct Place<'a, W: HasWaker = Waker> {
    queue: &'a WaitQueue<W>,
    /// Held from the first wait on.
    ticket: Option<Ticket>,
    against_requests: AgainstRequests,
    /// What is waited for, for those who ask.
    thing: Thing,
}

/// What happens when a waiter was served and a request to end lies at its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgainstRequests {
    /// The request wins: nothing is lost if somebody else is served instead.
    Yields,
    /// The waiter wins, since something would be lost.
    Wins,
}

/// How a waiter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has not waited yet.
    Newcomer,
    /// It is in the queue, or was taken out without being served.
    Waiting,
    /// It was its turn.
    Served,
}

/// What stands in a queue: a waker, and perhaps what else must be known of the waiter.
pub(crate) trait HasWaker {
    fn waker(&self) -> &Waker;
}

impl HasWaker for Waker {
    fn waker(&self) -> &Waker {
        self
    }
}

impl<X> HasWaker for (Waker, X) {
    fn waker(&self) -> &Waker {
        &self.0
    }
}

impl<'a, W: HasWaker> Place<'a, W> {
    /// A place not yet taken, of a waiter that a request to end wins against.
    pub(crate) fn new(queue: &'a WaitQueue<W>, thing: Thing) -> Place<'a, W> {
        Place {
            queue,
            ticket: None,
            against_requests: AgainstRequests::Yields,
            thing,
        }
    }

    pub(crate) fn against_requests(mut self, against_requests: AgainstRequests) -> Place<'a, W> {
        self.against_requests = against_requests;
        self
    }

    #[inline]
    pub(crate) fn standing(&self) -> Standing {
        match self.ticket {
            None => Standing::Newcomer,
            Some(ticket) if self.queue.is_served(ticket) => Standing::Served,
            Some(_) => Standing::Waiting,
        }
    }

    /// Waits in the queue until `is_over`, which must have no effect and is asked whenever something
    /// may have changed. Gives the standing for which it said yes, and nothing foreign runs in
    /// between: what it saw still holds.
    pub(crate) fn poll(
        &mut self,
        context: &mut Context<'_>,
        waiter: impl Fn(Waker) -> W,
        is_over: impl Fn(Standing) -> bool,
    ) -> Poll<Standing> {
        loop {
            if is_over(self.standing()) {
                return self.end(context);
            }
            if self.knows(context.waker()) {
                return Poll::Pending;
            }
            let waker = context.waker().clone();
            // Cloning ran foreign code: look again. From here to the queue nothing foreign runs.
            if !is_over(self.standing()) {
                drop(self.enter(waiter(waker)));
                return Poll::Pending;
            }
            drop(waker); // Foreign code as well, so what was just seen may be gone.
        }
    }

    /// Puts the waiter at the place held already, or at the end, and returns the former one.
    fn enter(&mut self, waiter: W) -> Option<W> {
        let (ticket, former) = match self.ticket {
            Some(ticket) => (ticket, self.queue.replace(ticket, waiter)),
            None => (self.queue.join(waiter), None),
        };
        self.ticket = Some(ticket);
        note_at(self.thing, self.queue, ticket.number());
        former
    }

    /// Forgets the place, and that it was served: what was handed over is in the caller's hands.
    #[inline]
    pub(crate) fn forget(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            forget_at(self.queue, ticket.number());
            if !self.queue.is_served(ticket) {
                drop(self.queue.leave(ticket));
            }
        }
    }

    /// The wait is over, unless a request shall win.
    fn end(&self, context: &Context<'_>) -> Poll<Standing> {
        let standing = self.standing();
        // Who has not waited is not at a suspension yet, where requests are delivered.
        let yields = self.against_requests == AgainstRequests::Yields;
        if yields && standing != Standing::Newcomer && decline(context) {
            return Poll::Pending;
        }
        if let Some(ticket) = self.ticket {
            forget_at(self.queue, ticket.number());
        }
        Poll::Ready(standing)
    }

    /// Whether this waker lies in the queue already.
    fn knows(&self, waker: &Waker) -> bool {
        let is_it = |known: &W| known.waker().will_wake(waker);
        let ask = |ticket| self.queue.ask(ticket, is_it);
        self.ticket.and_then(ask) == Some(true)
    }
}

impl<W: HasWaker> Drop for Place<'_, W> {
    #[inline]
    fn drop(&mut self) {
        self.forget();
    }
}
