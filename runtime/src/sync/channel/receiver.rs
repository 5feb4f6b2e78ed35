//! [`Receiver`] and the future of its `recv`.
//!
//! Read next: `../promise.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::{Shared, TryRecvError};
use crate::cancel::decline;
use crate::debug::Thing;

/// The end that receives. It is also a [`Stream`] of the items.
///
/// Dropping it closes the channel and drops what is in it.
///
/// ```
/// use oneloop::sync::channel;
///
/// oneloop::run(async {
///     let (sender, receiver) = channel(8);
///     drop(receiver);
///     assert_eq!(sender.send("lost").await.unwrap_err().0, "lost");
/// });
/// ```
pub struct Receiver<T> {
    pub(super) shared: Rc<Shared<T>>,
}

impl<T> Receiver<T> {
    /// Receives the next item; `None` once the channel is empty and nothing can be sent any more,
    /// since every sender is gone or [`close`](Receiver::close) was called.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, no item was taken.
    ///
    /// ```
    /// let (sender, mut receiver) = oneloop::sync::channel(1);
    /// oneloop::run(async {
    ///     sender.send(1).await.unwrap();
    ///     assert_eq!(receiver.recv().await, Some(1));
    /// });
    /// ```
    pub fn recv(&mut self) -> Receiving<'_, T> {
        Receiving {
            receiver: self,
            suspended: false,
        }
    }

    /// Receives the next item if there is one now.
    ///
    /// # Errors
    ///
    /// Says whether an item may still come.
    ///
    /// ```
    /// use oneloop::sync::channel::{channel, TryRecvError};
    ///
    /// let (sender, mut receiver) = channel(1);
    /// sender.try_send(1).unwrap();
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// drop(sender);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match self.shared.pop() {
            Some(item) => Ok(item),
            None if self.shared.is_over() => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    /// Receives the next item from within a `poll` function, as [`recv`](Receiver::recv) does.
    ///
    /// ```
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let (sender, mut receiver) = oneloop::sync::unbounded();
    /// sender.try_send(1).unwrap();
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert_eq!(receiver.poll_recv(&mut context), Poll::Ready(Some(1)));
    /// assert_eq!(receiver.poll_recv(&mut context), Poll::Pending);
    /// ```
    #[inline(always)]
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        if let Some(item) = self.shared.pop() {
            return Poll::Ready(Some(item));
        }
        self.shared
            .receiver
            .register(context.waker(), Thing::ChannelItem);
        // Registering ran foreign code, which may have sent or closed: look again.
        if self.is_empty() && !self.shared.is_over() {
            return Poll::Pending;
        }
        Poll::Ready(self.pop_apart())
    }

    /// Receives out of line, for where there seldom is an item.
    #[cold]
    #[inline(never)]
    fn pop_apart(&self) -> Option<T> {
        self.shared.pop()
    }

    /// Refuses new items; those that are in the channel can still be received. Senders that wait get
    /// their items back.
    ///
    /// ```
    /// let (sender, mut receiver) = oneloop::sync::unbounded();
    /// sender.try_send("last").unwrap();
    /// receiver.close();
    /// assert!(sender.try_send("too late").is_err());
    /// oneloop::run(async {
    ///     assert_eq!(receiver.recv().await, Some("last"));
    ///     assert_eq!(receiver.recv().await, None);
    /// });
    /// ```
    pub fn close(&mut self) {
        self.shared.closed.set(true);
        for waker in self.shared.waiting.take_all() {
            waker.wake();
        }
    }

    /// Returns how many items lie in the channel.
    ///
    /// ```
    /// let (sender, receiver) = oneloop::sync::unbounded();
    /// sender.try_send('x').unwrap();
    /// assert_eq!(receiver.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.shared.items.borrow().len()
    }

    /// Returns whether no item lies in the channel.
    ///
    /// ```
    /// let (_sender, receiver) = oneloop::sync::unbounded::<u8>();
    /// assert!(receiver.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().poll_recv(context)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.close();
        self.shared.receiver.clear();
        // The items leave the cell before their destructors run: one of them may look in here.
        let items = self.shared.items.take();
        drop(items);
    }
}

/// The future of [`Receiver::recv`].
///
/// ```
/// use oneloop::sync::channel::{Receiving, unbounded};
///
/// let (sender, mut receiver) = unbounded();
/// sender.try_send(1).unwrap();
/// let receiving: Receiving<'_, u32> = receiver.recv();
/// assert_eq!(oneloop::run(receiving), Some(1));
/// ```
#[must_use = "nothing is received unless the future is awaited"]
pub struct Receiving<'a, T> {
    receiver: &'a mut Receiver<T>,
    /// It has waited: a request to end wins over an item, which stays in the channel.
    suspended: bool,
}

impl<T> Future for Receiving<'_, T> {
    type Output = Option<T>;

    // Inlined into the awaiting future, where the compiler often knows whose waker it is.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.get_mut();
        if this.suspended && decline(context) {
            return Poll::Pending;
        }
        let polled = this.receiver.poll_recv(context);
        this.suspended = polled.is_pending();
        polled
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.describe(f, "Receiver")
    }
}
