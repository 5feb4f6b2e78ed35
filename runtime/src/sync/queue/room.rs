//! [`Room`]: a place in a queue, held before there is an item for it.
//!
//! Read next: `unfinished.rs`.

use std::fmt;

use super::order::Order;
use super::{OrderedQueue, PutError, QueueShutDown};
use crate::sync::permits::Permit;

impl<T, O: Order<T>> OrderedQueue<T, O> {
    /// Waits in line until the queue has room for one more item, and holds that room.
    ///
    /// It is what [`put`](OrderedQueue::put) waits for, without an item in its hand: whoever is
    /// cancelled meanwhile still has the item, as in asyncio, where it is only referred to.
    ///
    /// # Errors
    ///
    /// [`QueueShutDown`] if the queue is shut down.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: a request to end wins, and a room that was just promised goes to the next.
    ///
    /// ```
    /// use oneloop::{sync::Queue, time::Elapsed, timeout};
    /// use std::time::Duration;
    ///
    /// async fn offer(queue: &Queue<String>, item: String) -> Result<(), String> {
    ///     match timeout(Duration::from_millis(1), queue.reserve()).await {
    ///         Ok(Ok(room)) => room.put(item).map_err(|refused| refused.0),
    ///         Ok(Err(_)) | Err(Elapsed) => Err(item), // It was never let go.
    ///     }
    /// }
    /// oneloop::run(async {
    ///     let queue = Queue::new(1);
    ///     assert_eq!(offer(&queue, "first".into()).await, Ok(()));
    ///     assert_eq!(offer(&queue, "second".into()).await, Err("second".into()));
    /// });
    /// ```
    pub async fn reserve(&self) -> Result<Room<'_, T, O>, QueueShutDown> {
        match self.room.acquire().await {
            Ok(permit) if !self.room.is_closed() => Ok(Room::held(self, permit)),
            _ => Err(QueueShutDown),
        }
    }
}

/// Room for one item, from [`reserve`](OrderedQueue::reserve). Dropped, it goes to the next who waits.
///
/// ```
/// use oneloop::sync::queue::{Room, order::Fifo};
/// oneloop::run(async {
///     let queue = oneloop::sync::Queue::new(1);
///     let room: Room<'_, &str, Fifo<&str>> = queue.reserve().await.unwrap();
///     assert!(queue.put_nowait("another's").is_err(), "the room is taken");
///     room.put("mine").unwrap();
///     assert_eq!(queue.get_nowait(), Ok("mine"));
/// });
/// ```
#[must_use = "dropping it gives the room to the next"]
pub struct Room<'a, T, O: Order<T>> {
    queue: &'a OrderedQueue<T, O>,
    permit: Permit<'a>,
}

impl<'a, T, O: Order<T>> Room<'a, T, O> {
    /// `permit` is one of the queue's room.
    pub(super) fn held(queue: &'a OrderedQueue<T, O>, permit: Permit<'a>) -> Room<'a, T, O> {
        Room { queue, permit }
    }

    /// Puts the item for which the room was held.
    ///
    /// # Errors
    ///
    /// Gives the item back if the queue was [shut down](OrderedQueue::shutdown) meanwhile.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let queue = oneloop::sync::Queue::new(1);
    ///     let room = queue.reserve().await.unwrap();
    ///     queue.shutdown(false);
    ///     assert_eq!(room.put("late").unwrap_err().0, "late");
    /// });
    /// ```
    pub fn put(self, item: T) -> Result<(), PutError<T>> {
        if self.queue.room.is_closed() {
            return Err(PutError(item));
        }
        self.permit.forget();
        self.queue.put_into_room(item);
        Ok(())
    }
}

impl<T, O: Order<T>> fmt::Debug for Room<'_, T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").field("queue", self.queue).finish()
    }
}
