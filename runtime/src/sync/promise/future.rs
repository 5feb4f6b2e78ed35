//! [`PromiseFuture`]: one wait for a promise.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::super::wait_queue::Ticket;
use super::{PromiseError, Shared, Waiter};
use crate::cancel::decline;
use crate::debug::{Thing, forget_at, note_at};

/// What is awaited: the value of a [`Promise`](super::Promise), or its [`PromiseError`].
///
/// It does not count as a setter. Cancel safe: the value stays in the promise.
///
/// ```
/// use oneloop::sync::{Promise, PromiseFuture};
///
/// let promise = Promise::new();
/// let future: PromiseFuture<&str> = promise.future();
/// promise.set_result("done").unwrap();
/// drop(promise);
/// oneloop::run(async {
///     assert_eq!(future.await.unwrap(), "done");
/// });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct PromiseFuture<T> {
    shared: Rc<Shared<T>>,
    /// The place in the queue, from the first wait on.
    ticket: Option<Ticket>,
}

impl<T: Clone> Future for PromiseFuture<T> {
    type Output = Result<T, PromiseError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.shared.outcome.get().is_none() {
            if this.is_known(context.waker()) {
                return Poll::Pending;
            }
            let waker = context.waker().clone();
            // Cloning ran foreign code, which may have set the value: look again.
            if this.shared.outcome.get().is_none() {
                this.wait_with(waker);
                return Poll::Pending;
            }
        }
        if this.ticket.is_some() && decline(context) {
            return Poll::Pending; // The value stays in the promise.
        }
        if let Some(ticket) = this.ticket {
            forget_at(&this.shared.waiting, ticket.number());
        }
        Poll::Ready(this.shared.settled().clone())
    }
}

impl<T> PromiseFuture<T> {
    pub(super) fn new(shared: Rc<Shared<T>>) -> PromiseFuture<T> {
        PromiseFuture {
            shared,
            ticket: None,
        }
    }

    /// Whether this waker lies in the queue already.
    fn is_known(&self, waker: &Waker) -> bool {
        let is_it = |waiter: &Waiter<T>| match waiter {
            Waiter::Task(known) => known.will_wake(waker),
            Waiter::Callback(_) => false,
        };
        let ask = |ticket| self.shared.waiting.ask(ticket, is_it);
        self.ticket.and_then(ask) == Some(true)
    }

    /// Puts the waker into the queue, at the place that is held already, or at the end.
    fn wait_with(&mut self, waker: Waker) {
        let waiter = Waiter::Task(waker);
        let waiting = &self.shared.waiting;
        let (ticket, former) = match self.ticket {
            Some(ticket) => (ticket, waiting.replace(ticket, waiter)),
            None => (waiting.join(waiter), None),
        };
        self.ticket = Some(ticket);
        note_at(Thing::Promise, waiting, ticket.number());
        drop(former);
    }
}

impl<T> Clone for PromiseFuture<T> {
    fn clone(&self) -> PromiseFuture<T> {
        PromiseFuture::new(self.shared.clone())
    }
}

impl<T> Drop for PromiseFuture<T> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            forget_at(&self.shared.waiting, ticket.number());
            drop(self.shared.waiting.leave(ticket));
        }
    }
}

impl<T> fmt::Debug for PromiseFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.describe(f, "PromiseFuture")
    }
}
