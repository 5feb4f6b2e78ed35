//! [`Promise`]: a value that will be there later, set by hand. asyncio's `loop.create_future()`.
//!
//! Who uses it: code that turns callbacks into something to await. For one waiter and a value that is
//! moved, `oneshot.rs` is smaller; here many may wait, and each gets a clone.

use std::cell::{Cell, OnceCell};
use std::error::Error;
use std::fmt;
use std::future::IntoFuture;
use std::rc::Rc;
use std::task::Waker;

use super::wait_queue::{Ticket, WaitQueue};
use crate::contextvars::Snapshot;
use crate::event_loop::Loop;

mod future;

mod error;

pub use error::{InvalidState, PromiseError};
pub use future::PromiseFuture;

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
/// oneloop::run(async {
///     let promise = Promise::new();
///     let (first, second) = (promise.future(), promise.future());
///     promise.set_result(42).unwrap();
///     assert_eq!(first.await.unwrap(), 42);
///     assert_eq!(second.await.unwrap(), 42);
///     assert_eq!((&promise).await.unwrap(), 42, "again and again");
/// });
/// ```
#[must_use = "dropping the last setter abandons the promise"]
pub struct Promise<T> {
    shared: Rc<Shared<T>>,
}

struct Shared<T> {
    /// Set once, never changed: so clones of the value (the user's code) are made from a plain
    /// reference, and nothing they call can take it away.
    outcome: OnceCell<Result<T, PromiseError>>,
    waiting: WaitQueue<Waiter<T>>,
    /// How many `Promise`s exist.
    setters: Cell<usize>,
    /// Somebody has looked at the outcome, so an error need not be reported.
    seen: Cell<bool>,
}

/// Who is told of the outcome. Tasks and callbacks stand in one queue, as in asyncio, where awaiting
/// a future is adding a callback to it.
enum Waiter<T> {
    Task(Waker),
    /// Puts the callback into the ready queue of its loop.
    Callback(Box<dyn FnOnce(Rc<Shared<T>>)>),
}

/// A callback of a [`Promise`], by which it can be [removed](Promise::remove_done_callback).
///
/// ```
/// use oneloop::sync::{DoneCallback, Promise};
/// oneloop::run(async {
///     let promise = Promise::<u32>::new();
///     let callback: DoneCallback = promise.add_done_callback(|_| println!("done"));
///     assert!(promise.remove_done_callback(callback));
/// });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoneCallback {
    /// Its place among those who wait; none if the promise was done already.
    ticket: Option<Ticket>,
    /// Whose it is, so that another promise does not take its own for it.
    promise: *const (),
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
                seen: Cell::new(false),
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
    /// If nobody ever looks at the error, the loop's exception handler is told.
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
    /// oneloop::run(async {
    ///     let error = (&promise).await.unwrap_err();
    ///     assert_eq!(error.to_string(), "the sensor is broken");
    /// });
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
        let outcome = self.shared.outcome.get()?;
        self.shared.seen.set(true);
        Some(outcome.clone())
    }

    /// Calls `callback` with the outcome once the promise is done: not within `set_result`, but soon,
    /// on the loop that runs now. Callbacks and waiting tasks get their turn in the order in which
    /// they came. See asyncio's `Future.add_done_callback`.
    ///
    /// If the promise is done already, the callback is called soon. If the loop is gone before it
    /// is done, the callback is dropped.
    ///
    /// # Panics
    ///
    /// If no loop is running on this thread.
    ///
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    /// use oneloop::{sync::Promise, yield_now};
    ///
    /// oneloop::run(async {
    ///     let said = Rc::new(RefCell::new(Vec::new()));
    ///     let promise = Promise::new();
    ///     for name in ["first", "second"] {
    ///         let said = said.clone();
    ///         promise.add_done_callback(move |outcome| {
    ///             said.borrow_mut().push(format!("{name}: {:?}", outcome.as_ref().unwrap()));
    ///         });
    ///     }
    ///     promise.set_result(1).unwrap();
    ///     assert!(said.borrow().is_empty(), "not yet");
    ///     yield_now().await;
    ///     assert_eq!(*said.borrow(), ["first: 1", "second: 1"]);
    /// });
    /// ```
    #[track_caller]
    pub fn add_done_callback(
        &self,
        callback: impl FnOnce(&Result<T, PromiseError>) + 'static,
    ) -> DoneCallback
    where
        T: 'static,
    {
        let handle = match Loop::current() {
            Ok(handle) => handle,
            Err(error) => panic!("`Promise::add_done_callback` was called outside a loop: {error}"),
        };
        let context = Snapshot::take();
        let call_soon = move |shared: Rc<Shared<T>>| {
            // A loop that is gone calls nobody.
            if !handle.is_closed() {
                context.run(|| handle.call_soon(move || callback(shared.settled())));
            }
        };
        let promise = Rc::as_ptr(&self.shared).cast();
        if self.done() {
            call_soon(self.shared.clone());
            return DoneCallback {
                ticket: None,
                promise,
            };
        }
        let callback = Waiter::Callback(Box::new(call_soon));
        let ticket = Some(self.shared.waiting.join(callback));
        DoneCallback { ticket, promise }
    }

    /// Takes a callback away and returns whether it was there still: once the promise is done, it is
    /// not. See asyncio's `Future.remove_done_callback`, which knows callbacks by equality, and so
    /// may remove several.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let promise = oneloop::sync::Promise::new();
    ///     let callback = promise.add_done_callback(|_| unreachable!());
    ///     assert!(promise.remove_done_callback(callback));
    ///     assert!(!promise.remove_done_callback(callback));
    ///     promise.set_result(1).unwrap();
    ///     oneloop::yield_now().await;
    /// });
    /// ```
    pub fn remove_done_callback(&self, callback: DoneCallback) -> bool {
        let ours = callback.promise == Rc::as_ptr(&self.shared).cast();
        // It is dropped here, where nothing is borrowed.
        let removed = callback
            .ticket
            .filter(|_| ours)
            .map(|ticket| self.shared.waiting.leave(ticket));
        removed.flatten().is_some()
    }

    /// Returns what awaits the value, for another task, and without being a setter.
    ///
    /// ```
    /// let promise = oneloop::sync::Promise::<u32>::new();
    /// let future = promise.future();
    /// drop(promise);
    /// oneloop::run(async {
    ///     assert!(future.await.is_err(), "the only setter is gone");
    /// });
    /// ```
    pub fn future(&self) -> PromiseFuture<T> {
        PromiseFuture::new(self.shared.clone())
    }
}

impl<T> Shared<T> {
    fn settle(self: &Rc<Self>, outcome: Result<T, PromiseError>) -> Result<(), InvalidState> {
        self.outcome.set(outcome).map_err(|_| InvalidState)?;
        for waiter in self.waiting.take_all() {
            match waiter {
                Waiter::Task(waker) => waker.wake(),
                Waiter::Callback(call_soon) => call_soon(self.clone()),
            }
        }
        Ok(())
    }

    /// The outcome of a promise that is done.
    fn settled(&self) -> &Result<T, PromiseError> {
        self.seen.set(true);
        let outcome = self.outcome.get();
        outcome.expect("an outcome that was there stays there")
    }
}

/// An error that nobody looked at is reported, as in asyncio ("Future exception was never retrieved").
impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        if !self.seen.get()
            && let Some(Err(PromiseError::Exception(error))) = self.outcome.get()
        {
            crate::event_loop::report_lost_promise(&**error);
        }
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

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.describe(f, "Promise")
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
