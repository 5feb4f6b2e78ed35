//! What can be asked of a queue: [`qsize`](OrderedQueue::qsize), [`empty`](OrderedQueue::empty),
//! [`full`](OrderedQueue::full).
//!
//! They answer for who comes now, by the permits that are in nobody's hand, and not by where the
//! items lie: an item that was promised to a waiting `get` still lies in the queue, and a room that was
//! promised to a waiting `put` is still free. Otherwise `if !queue.empty() { queue.get_nowait() }`, which
//! is right in asyncio, would fail. Read next: `order.rs`.

use super::OrderedQueue;
use super::order::Order;

impl<T, O: Order<T>> OrderedQueue<T, O> {
    /// Returns how many items can be got now: asyncio's `qsize`, less what was promised to a waiting
    /// `get`, which has not taken it yet. Until it has, its item keeps its room.
    ///
    /// ```
    /// use oneloop::{create_task, sync::Queue, yield_now};
    /// use std::rc::Rc;
    ///
    /// oneloop::run(async {
    ///     let queue = Rc::new(Queue::new(0));
    ///     let getter = create_task({
    ///         let queue = queue.clone();
    ///         async move { queue.get().await }
    ///     });
    ///     yield_now().await; // It waits.
    ///     queue.put_nowait('a').unwrap();
    ///     assert_eq!(queue.qsize(), 0, "it is the getter's");
    ///     queue.put_nowait('b').unwrap();
    ///     assert_eq!(queue.qsize(), 1, "one of the two is");
    ///     assert_eq!(getter.await.unwrap(), Ok('a'));
    /// });
    /// ```
    pub fn qsize(&self) -> usize {
        self.stock.available()
    }

    /// Returns the limit; 0 is none.
    ///
    /// ```
    /// assert_eq!(oneloop::sync::Queue::<u8>::new(0).maxsize(), 0);
    /// ```
    pub fn maxsize(&self) -> usize {
        if self.limit == usize::MAX {
            0
        } else {
            self.limit
        }
    }

    /// Returns whether no item can be got now: exactly then [`get_nowait`](OrderedQueue::get_nowait)
    /// fails. An item that was promised to a waiting `get` does not count. (Only the comparison of two
    /// items, in the middle of a `put`, may find nothing to get all the same.)
    ///
    /// ```
    /// let queue = oneloop::sync::Queue::new(0);
    /// queue.put_nowait(1).unwrap();
    /// queue.put_nowait(2).unwrap();
    /// while !queue.empty() {
    ///     queue.get_nowait().unwrap();
    /// }
    /// assert!(queue.get_nowait().is_err());
    /// ```
    pub fn empty(&self) -> bool {
        self.stock.available() == 0
    }

    /// Returns whether nothing can be put in now: exactly then [`put_nowait`](OrderedQueue::put_nowait)
    /// says that the queue is full. A room counts as taken when it was promised to a waiting `put`, or
    /// [reserved](OrderedQueue::reserve). A queue that is shut down takes nothing, and is full if as many
    /// items lie in it as it can hold, as in asyncio.
    ///
    /// ```
    /// let queue = oneloop::sync::Queue::new(2);
    /// while !queue.full() {
    ///     queue.put_nowait("item").unwrap();
    /// }
    /// assert_eq!(queue.qsize(), 2);
    /// ```
    pub fn full(&self) -> bool {
        match self.room.is_closed() {
            true => self.items.len() >= self.limit,
            false => self.room.available() == 0,
        }
    }
}
