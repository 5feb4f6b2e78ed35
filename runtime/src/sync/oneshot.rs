//! [`channel`]: one value from one task to another. A task that asks a server task for something
//! sends a oneshot [`Sender`] along for the answer.
//!
//! Who uses it: request and answer between tasks. Read next: `waker_slot.rs`, then the folder `channel`.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::waker_slot::WakerSlot;
use crate::debug::Thing;

/// Creates a channel for one value.
///
/// ```
/// use oneloop::sync::oneshot;
///
/// oneloop::run(async {
///     let (sender, receiver) = oneshot::channel();
///     sender.send("answer").unwrap();
///     assert_eq!(receiver.await, Ok("answer"));
/// });
/// ```
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Rc::new(Shared {
        value: Cell::new(None),
        sender_gone: Cell::new(false),
        receiver_gone: Cell::new(false),
        receiver: WakerSlot::new(),
    });
    let sender = Sender {
        shared: shared.clone(),
    };
    (sender, Receiver { shared })
}

/// The end that sends. Dropping it without sending tells the receiver, which gets [`Closed`].
///
/// ```
/// use oneloop::sync::oneshot::{self, Closed};
///
/// oneloop::run(async {
///     let (sender, receiver) = oneshot::channel::<u32>();
///     drop(sender);
///     assert_eq!(receiver.await, Err(Closed));
/// });
/// ```
#[must_use = "dropping the sender tells the receiver that no value will come"]
pub struct Sender<T> {
    shared: Rc<Shared<T>>,
}

/// The end that receives: a future of the value, or of [`Closed`].
///
/// Cancel safe by `&mut`: a wait that is dropped loses nothing, and the receiver can be awaited
/// again. Dropping the receiver itself drops a value that has already arrived.
///
/// ```
/// use std::time::Duration;
/// use oneloop::{sync::oneshot, timeout};
///
/// oneloop::run(async {
///     let (sender, mut receiver) = oneshot::channel();
///     let impatient = timeout(Duration::from_millis(1), &mut receiver);
///     assert!(impatient.await.is_err());
///     sender.send(7).unwrap();
///     assert_eq!(receiver.await, Ok(7));
/// });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Receiver<T> {
    shared: Rc<Shared<T>>,
}

struct Shared<T> {
    value: Cell<Option<T>>,
    /// Invariant: set once, when the value (if any) is in place. It is what the receiver tests.
    sender_gone: Cell<bool>,
    receiver_gone: Cell<bool>,
    receiver: WakerSlot,
}

impl<T> Sender<T> {
    /// Sends the value; it never waits.
    ///
    /// # Errors
    ///
    /// Gives the value back if the receiver is gone.
    ///
    /// ```
    /// let (sender, receiver) = oneloop::sync::oneshot::channel();
    /// drop(receiver);
    /// assert_eq!(sender.send(5), Err(5));
    /// ```
    #[inline]
    pub fn send(self, value: T) -> Result<(), T> {
        if self.shared.receiver_gone.get() {
            return Err(value);
        }
        // The slot is empty, so no user's destructor runs here. Dropping `self` wakes the receiver.
        self.shared.value.set(Some(value));
        Ok(())
    }

    /// Returns whether the receiver is gone, so that nobody waits for the answer any more.
    ///
    /// ```
    /// let (sender, receiver) = oneloop::sync::oneshot::channel::<()>();
    /// assert!(!sender.is_closed());
    /// drop(receiver);
    /// assert!(sender.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.receiver_gone.get()
    }
}

impl<T> Drop for Sender<T> {
    #[inline]
    fn drop(&mut self) {
        self.shared.sender_gone.set(true);
        self.shared.receiver.wake();
    }
}

impl<T> Receiver<T> {
    /// Takes the value if it is there; it never waits.
    ///
    /// # Errors
    ///
    /// `Ok(None)` says that the value may still come, [`Closed`] that it never will.
    ///
    /// ```
    /// use oneloop::sync::oneshot::{self, Closed};
    ///
    /// let (sender, mut receiver) = oneshot::channel();
    /// assert_eq!(receiver.try_recv(), Ok(None));
    /// sender.send(1).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok(Some(1)));
    /// assert_eq!(receiver.try_recv(), Err(Closed));
    /// ```
    pub fn try_recv(&mut self) -> Result<Option<T>, Closed> {
        match self.shared.outcome() {
            Some(outcome) => outcome.map(Some),
            None => Ok(None),
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, Closed>;

    // Inlined into the awaiting future, where the compiler often knows whose waker it is.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let shared = &self.shared;
        if let Some(outcome) = shared.outcome() {
            return Poll::Ready(outcome);
        }
        shared.receiver.register(context.waker(), Thing::Oneshot);
        // Registering ran foreign code, which may have sent the value: look again.
        match shared.outcome() {
            Some(outcome) => Poll::Ready(outcome),
            None => Poll::Pending,
        }
    }
}

impl<T> Drop for Receiver<T> {
    #[inline]
    fn drop(&mut self) {
        // Without a sender this is the last owner: all that is in there is dropped with it.
        if !self.shared.sender_gone.get() {
            self.shared.receiver_gone.set(true);
            self.shared.receiver.clear();
        }
    }
}

impl<T> Shared<T> {
    /// What the receiver gets, once that is certain.
    #[inline]
    fn outcome(&self) -> Option<Result<T, Closed>> {
        self.sender_gone
            .get()
            .then(|| self.value.take().ok_or(Closed))
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("oneshot::Sender")
            .field("closed", &self.is_closed())
            .finish()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("oneshot::Receiver")
            .field("sender_gone", &self.shared.sender_gone.get())
            .field("waker", &self.shared.receiver)
            .finish()
    }
}

/// The sender was dropped without a value, or the value has been taken already.
///
/// ```
/// use oneloop::sync::oneshot::Closed;
///
/// assert_eq!(Closed.to_string(), "the oneshot's sender was dropped without sending a value");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the oneshot's sender was dropped without sending a value")
    }
}

impl Error for Closed {}
