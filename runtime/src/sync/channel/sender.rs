//! [`Sender`] and the future of its `send`, where permits are waited for.
//!
//! Read next: `receiver.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::super::wait_queue::Ticket;
use super::{SendError, Shared, TrySendError};
use crate::debug::{Thing, forget_at, note_at};

/// The end that sends; clone it for every task that does.
///
/// ```
/// use oneloop::sync::channel;
///
/// oneloop::run(async {
///     let (sender, mut receiver) = channel(8);
///     let second = sender.clone();
///     sender.send(1).await.unwrap();
///     second.send(2).await.unwrap();
///     assert_eq!(receiver.recv().await, Some(1));
///     assert_eq!(receiver.recv().await, Some(2));
/// });
/// ```
pub struct Sender<T> {
    pub(super) shared: Rc<Shared<T>>,
}

impl<T> Sender<T> {
    /// Sends an item, and waits while the channel is full, in the order in which senders came.
    ///
    /// # Errors
    ///
    /// Gives the item back if the receiver is gone or has closed the channel.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, the item was *not* sent (it is dropped with the
    /// future), and the place in the queue, or the room it was just given, goes to the next sender.
    ///
    /// ```
    /// use oneloop::{gather, sync::channel};
    ///
    /// oneloop::run(async {
    ///     let (sender, mut receiver) = channel(1);
    ///     sender.send(1).await.unwrap();
    ///     // The second one waits for `recv` to make room.
    ///     let (sent, first) = gather((sender.send(2), receiver.recv())).await;
    ///     assert_eq!((sent, first), (Ok(()), Some(1)));
    /// });
    /// ```
    pub fn send(&self, item: T) -> Sending<'_, T> {
        Sending {
            shared: &self.shared,
            item: Some(item),
            ticket: None,
        }
    }

    /// Sends an item if there is room for it now.
    ///
    /// # Errors
    ///
    /// Gives the item back if the channel is full (which it also is while other senders wait), or
    /// closed.
    ///
    /// ```
    /// use oneloop::sync::channel::{channel, TrySendError};
    ///
    /// let (sender, receiver) = channel(1);
    /// assert_eq!(sender.try_send(1), Ok(()));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// drop(receiver);
    /// assert_eq!(sender.try_send(3), Err(TrySendError::Closed(3)));
    /// ```
    pub fn try_send(&self, item: T) -> Result<(), TrySendError<T>> {
        if self.shared.closed.get() {
            Err(TrySendError::Closed(item))
        } else if self.shared.take_permit() {
            self.shared.push(item);
            Ok(())
        } else {
            Err(TrySendError::Full(item))
        }
    }

    /// Returns whether the receiver is gone or has closed the channel.
    ///
    /// ```
    /// let (sender, mut receiver) = oneloop::sync::unbounded::<()>();
    /// assert!(!sender.is_closed());
    /// receiver.close();
    /// assert!(sender.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.closed.get()
    }

    /// Returns how many items lie in the channel. Fewer than the capacity are no promise that
    /// [`try_send`](Sender::try_send) succeeds: the room may be promised to a sender that waits.
    ///
    /// ```
    /// let (sender, _receiver) = oneloop::sync::unbounded();
    /// sender.try_send('x').unwrap();
    /// assert_eq!(sender.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.shared.items.borrow().len()
    }

    /// Returns whether no item lies in the channel.
    ///
    /// ```
    /// let (sender, _receiver) = oneloop::sync::unbounded::<u8>();
    /// assert!(sender.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many items the channel can hold; `None` if there is no limit.
    ///
    /// ```
    /// use oneloop::sync::{channel, unbounded};
    ///
    /// assert_eq!(channel::<u8>(5).0.capacity(), Some(5));
    /// assert_eq!(unbounded::<u8>().0.capacity(), None);
    /// ```
    pub fn capacity(&self) -> Option<usize> {
        (self.shared.capacity != usize::MAX).then_some(self.shared.capacity)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        self.shared.senders.set(self.shared.senders.get() + 1);
        Sender {
            shared: self.shared.clone(),
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let left = self.shared.senders.get() - 1;
        self.shared.senders.set(left);
        if left == 0 {
            self.shared.receiver.wake();
        }
    }
}

/// The future of [`Sender::send`].
///
/// ```
/// use oneloop::sync::channel::{Sending, channel};
///
/// let (sender, receiver) = channel(1);
/// let sending: Sending<'_, u32> = sender.send(1);
/// drop(sending);
/// assert!(receiver.is_empty(), "what was not awaited was not sent");
/// ```
#[must_use = "nothing is sent unless the future is awaited"]
pub struct Sending<'a, T> {
    shared: &'a Shared<T>,
    /// Taken when it was sent or given back.
    item: Option<T>,
    /// The place in the queue, from the first wait until the permit was used.
    ticket: Option<Ticket>,
}

// The item is moved, never pinned.
impl<T> Unpin for Sending<'_, T> {}

impl<T> Future for Sending<'_, T> {
    type Output = Result<(), SendError<T>>;

    // Inlined into the awaiting future as far as there is room, which is the usual case.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.ticket.is_none() && !this.shared.closed.get() && this.shared.take_permit() {
            this.shared.push(this.take_item());
            return Poll::Ready(Ok(()));
        }
        this.poll_without_room(context)
    }
}

impl<T> Sending<'_, T> {
    #[inline]
    fn take_item(&mut self) -> T {
        let item = self.item.take();
        item.expect("`send` was polled after it was ready")
    }

    /// Waits for a permit, or finds that one came, or that the channel is closed.
    #[inline(never)]
    fn poll_without_room(&mut self, context: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        if !self.shared.closed.get() && !self.obtain_permit() {
            let waker = match self.ticket {
                Some(ticket) if self.is_known(ticket, context) => return Poll::Pending,
                _ => context.waker().clone(),
            };
            // Cloning ran foreign code, which may have made room or closed: look again, and from
            // here to the queue nothing foreign runs.
            if !self.shared.closed.get() && !self.obtain_permit() {
                let waiting = &self.shared.waiting;
                let (ticket, former) = match self.ticket {
                    Some(ticket) => (ticket, waiting.replace(ticket, waker)),
                    None => (waiting.join(waker), None),
                };
                self.ticket = Some(ticket);
                note_at(Thing::ChannelRoom, waiting, ticket.number());
                drop(former);
                return Poll::Pending;
            }
        }
        let item = self.take_item();
        if let Some(ticket) = self.ticket {
            forget_at(&self.shared.waiting, ticket.number());
        }
        if self.shared.closed.get() {
            return Poll::Ready(Err(SendError(item)));
        }
        self.ticket = None;
        self.shared.push(item);
        Poll::Ready(Ok(()))
    }

    /// Whether a permit is in hand now: one from the pool before the first wait, else one's own.
    fn obtain_permit(&self) -> bool {
        match self.ticket {
            Some(ticket) => self.shared.waiting.is_served(ticket),
            None => self.shared.take_permit(),
        }
    }

    /// Whether the waker of this context lies in the queue already.
    fn is_known(&self, ticket: Ticket, context: &Context<'_>) -> bool {
        let waiting = &self.shared.waiting;
        waiting.ask(ticket, |waker| waker.will_wake(context.waker())) == Some(true)
    }
}

impl<T> Drop for Sending<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            forget_at(&self.shared.waiting, ticket.number());
            self.shared.give_up(ticket);
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.describe(f, "Sender")
    }
}
