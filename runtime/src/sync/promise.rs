//! [`Promise`]: a value that will be there later, set by hand. asyncio's `loop.create_future()`.
//!
//! Who uses it: code that turns callbacks into something to await. For one waiter and a value that is
//! moved, `oneshot.rs` is smaller; here many may wait, and each gets a clone.

use std::cell::{Cell, OnceCell};
use std::error::Error;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::wait_queue::{Ticket, WaitQueue};

/// A value that somebody will set, once, and that many may await.
///
/// Clones are further setters of the same value. When the last setter is dropped with the value
/// unset, waiters get [`PromiseError::Abandoned`] (asyncio's would wait for ever).
///
/// A waiter that is cancelled leaves the promise as it is; asyncio cancels the future that a
/// cancelled task awaits, which here is [`cancel`](Promise::cancel), called by hand.
///
/// ```
/// use oneloop::sync::Promise;
///
/// # futures_lite::future::block_on(async {
/// let promise = Promise::new();
/// let (first, second) = (promise.future(), promise.future());
/// promise.set_result(42).unwrap();
/// assert_eq!(first.await.unwrap(), 42);
/// assert_eq!(second.await.unwrap(), 42);
/// assert_eq!((&promise).await.unwrap(), 42, "again and again");
/// # });
/// ```
#[must_use = "dropping the last setter abandons the promise"]
pub struct Promise<T> {
    shared: Rc<Shared<T>>,
}

/// What is awaited: the value of a [`Promise`], or its [`PromiseError`].
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
/// # futures_lite::future::block_on(async {
/// assert_eq!(future.await.unwrap(), "done");
/// # });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct PromiseFuture<T> {
    shared: Rc<Shared<T>>,
    /// The place in the queue, from the first wait on.
    ticket: Option<Ticket>,
}

struct Shared<T> {
    /// Set once, never changed: so clones of the value (the user's code) are made from a plain
    /// reference, and nothing they call can take it away.
    outcome: OnceCell<Result<T, PromiseError>>,
    waiting: WaitQueue,
    /// How many `Promise`s exist.
    setters: Cell<usize>,
}

impl<T> Promise<T> {
    /// Creates a promise that nobody has kept yet.
    ///
    /// ```
    /// let promise = oneloop::sync::Promise::<u32>::new();
    /// assert!(!promise.done());
    /// ```
    pub fn new() -> Promise<T> {
        Promise {
            shared: Rc::new(Shared {
                outcome: OnceCell::new(),
                waiting: WaitQueue::new(),
                setters: Cell::new(1),
            }),
        }
    }

    /// Sets the value and wakes all who wait, in the order in which they came.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if the promise is done already; the new value is dropped.
    ///
    /// ```
    /// use oneloop::sync::{InvalidState, Promise};
    ///
    /// let promise = Promise::new();
    /// assert_eq!(promise.set_result(1), Ok(()));
    /// assert_eq!(promise.set_result(2), Err(InvalidState));
    /// ```
    pub fn set_result(&self, value: T) -> Result<(), InvalidState> {
        self.shared.settle(Ok(value))
    }

    /// Sets an error instead of the value; whatever is an error, or text, will do.
    ///
    /// Where the error's type matters to the waiters, a `Promise<Result<T, E>>` says more.
    ///
    /// # Errors
    ///
    /// [`InvalidState`] if the promise is done already.
    ///
    /// ```
    /// let promise = oneloop::sync::Promise::<u32>::new();
    /// promise.set_exception("the sensor is broken").unwrap();
    /// # futures_lite::future::block_on(async {
    /// let error = (&promise).await.unwrap_err();
    /// assert_eq!(error.to_string(), "the sensor is broken");
    /// # });
    /// ```
    pub fn set_exception(&self, error: impl Into<Box<dyn Error>>) -> Result<(), InvalidState> {
        let error = Rc::from(error.into());
        self.shared.settle(Err(PromiseError::Exception(error)))
    }

    /// Cancels the promise: waiters get [`PromiseError::Cancelled`]. Returns whether it was not done
    /// before, as asyncio's `Future.cancel` does.
    ///
    /// ```
    /// let promise = oneloop::sync::Promise::<u32>::new();
    /// assert!(promise.cancel());
    /// assert!(promise.cancelled());
    /// assert!(!promise.cancel(), "it is done already");
    /// ```
    pub fn cancel(&self) -> bool {
        self.shared.settle(Err(PromiseError::Cancelled)).is_ok()
    }

    /// Returns whether a value or an error is there, or the promise was cancelled.
    ///
    /// ```
    /// let promise = oneloop::sync::Promise::new();
    /// promise.set_result(1).unwrap();
    /// assert!(promise.done());
    /// ```
    pub fn done(&self) -> bool {
        self.shared.outcome.get().is_some()
    }

    /// Returns whether the promise was cancelled.
    ///
    /// ```
    /// let promise = oneloop::sync::Promise::new();
    /// promise.set_result(1).unwrap();
    /// assert!(!promise.cancelled());
    /// ```
    pub fn cancelled(&self) -> bool {
        matches!(
            self.shared.outcome.get(),
            Some(Err(PromiseError::Cancelled))
        )
    }

    /// Returns the outcome if the promise is done; it never waits.
    ///
    /// ```
    /// let promise = oneloop::sync::Promise::new();
    /// assert!(promise.result().is_none());
    /// promise.set_result(1).unwrap();
    /// assert_eq!(promise.result().unwrap().unwrap(), 1);
    /// ```
    pub fn result(&self) -> Option<Result<T, PromiseError>>
    where
        T: Clone,
    {
        self.shared.outcome.get().cloned()
    }

    /// Returns what awaits the value, for another task, and without being a setter.
    ///
    /// ```
    /// let promise = oneloop::sync::Promise::<u32>::new();
    /// let future = promise.future();
    /// drop(promise);
    /// # futures_lite::future::block_on(async {
    /// assert!(future.await.is_err(), "the only setter is gone");
    /// # });
    /// ```
    pub fn future(&self) -> PromiseFuture<T> {
        PromiseFuture {
            shared: self.shared.clone(),
            ticket: None,
        }
    }
}

impl<T> Shared<T> {
    fn settle(&self, outcome: Result<T, PromiseError>) -> Result<(), InvalidState> {
        self.outcome.set(outcome).map_err(|_| InvalidState)?;
        for waker in self.waiting.take_all() {
            waker.wake();
        }
        Ok(())
    }
}

impl<T> Clone for Promise<T> {
    fn clone(&self) -> Promise<T> {
        self.shared.setters.set(self.shared.setters.get() + 1);
        Promise {
            shared: self.shared.clone(),
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        let left = self.shared.setters.get() - 1;
        self.shared.setters.set(left);
        if left == 0 {
            // An error says that it is done, which is how it should be.
            let _ = self.shared.settle(Err(PromiseError::Abandoned));
        }
    }
}

impl<T> Default for Promise<T> {
    fn default() -> Promise<T> {
        Promise::new()
    }
}

impl<T: Clone> IntoFuture for &Promise<T> {
    type Output = Result<T, PromiseError>;
    type IntoFuture = PromiseFuture<T>;

    fn into_future(self) -> PromiseFuture<T> {
        self.future()
    }
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
        match this.shared.outcome.get() {
            Some(outcome) => Poll::Ready(outcome.clone()),
            None => unreachable!("an outcome that was there stays there"),
        }
    }
}

impl<T> PromiseFuture<T> {
    /// Whether this waker lies in the queue already.
    fn is_known(&self, waker: &Waker) -> bool {
        let known = |ticket| {
            self.shared
                .waiting
                .ask(ticket, |known| known.will_wake(waker))
        };
        self.ticket.and_then(known) == Some(true)
    }

    /// Puts the waker into the queue, at the place that is held already, or at the end.
    fn wait_with(&mut self, waker: Waker) {
        match self.ticket {
            Some(ticket) => drop(self.shared.waiting.replace(ticket, waker)),
            None => self.ticket = Some(self.shared.waiting.join(waker)),
        }
    }
}

impl<T> Clone for PromiseFuture<T> {
    fn clone(&self) -> PromiseFuture<T> {
        PromiseFuture {
            shared: self.shared.clone(),
            ticket: None,
        }
    }
}

impl<T> Drop for PromiseFuture<T> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            drop(self.shared.waiting.leave(ticket));
        }
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.describe(f, "Promise")
    }
}

impl<T> fmt::Debug for PromiseFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.describe(f, "PromiseFuture")
    }
}

impl<T> Shared<T> {
    fn describe(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        let state = match self.outcome.get() {
            None => "pending",
            Some(Ok(_)) => "kept",
            Some(Err(PromiseError::Exception(_))) => "failed",
            Some(Err(PromiseError::Cancelled)) => "cancelled",
            Some(Err(PromiseError::Abandoned)) => "abandoned",
        };
        f.debug_struct(name)
            .field("state", &format_args!("{state}"))
            .field("waiters", &self.waiting)
            .finish()
    }
}

/// Why a promise has no value. Clones share the error.
///
/// ```
/// use oneloop::sync::PromiseError;
///
/// assert_eq!(PromiseError::Cancelled.to_string(), "the promise was cancelled");
/// ```
#[derive(Debug, Clone)]
pub enum PromiseError {
    /// An error was set in place of the value; this one prints as that one.
    Exception(Rc<dyn Error>),
    /// The promise was cancelled.
    Cancelled,
    /// Every setter was dropped before the value was set.
    Abandoned,
}

impl fmt::Display for PromiseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PromiseError::Exception(error) => error.fmt(f),
            PromiseError::Cancelled => f.write_str("the promise was cancelled"),
            PromiseError::Abandoned => f.write_str("the promise was dropped before it was kept"),
        }
    }
}

impl Error for PromiseError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            PromiseError::Exception(error) => error.source(),
            PromiseError::Cancelled | PromiseError::Abandoned => None,
        }
    }
}

/// The promise is done already: asyncio's `InvalidStateError`.
///
/// ```
/// use oneloop::sync::InvalidState;
///
/// assert_eq!(InvalidState.to_string(), "the promise is done already");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidState;

impl fmt::Display for InvalidState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the promise is done already")
    }
}

impl Error for InvalidState {}
