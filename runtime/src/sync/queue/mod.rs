//! [`Queue`], [`LifoQueue`], [`PriorityQueue`]: from many tasks to many. asyncio's queues.
//!
//! Two kinds of permits go round: one *room* for each item that the queue can still take, and one
//! piece of *stock* for each item in it. `put` takes a room, puts its item in and gives a piece of
//! stock; `get` does the reverse. Both come in line (`../permits.rs`), so a waiting `get` that was
//! given its piece cannot be overtaken; *which* item it takes is decided when it takes it, by the
//! queue's order. Who is cancelled with a permit in hand passes it on, and no item was touched.
//!
//! Who uses it: pools of workers. One consumer, and an end when the producers are gone: the channel
//! (`../channel`). Read next: `state.rs`, what can be asked of a queue; `order.rs`;
//! `room.rs`; `unfinished.rs`, what `join` waits for; `error.rs`.

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::task::Poll;

use super::permits::Permits;
use crate::debug::Thing;
use unfinished::Unfinished;

pub mod order;

mod room;

mod state;

mod unfinished;

mod error;

pub use error::{GetNowaitError, NothingUnfinished, PutError, PutNowaitError, QueueShutDown};
use order::{Fifo, Lifo, Order, SmallestFirst};
pub use room::Room;

/// Gives out first what came first: asyncio's `Queue`.
///
/// ```
/// use oneloop::{create_task, sync::Queue};
/// use std::rc::Rc;
///
/// oneloop::run(async {
///     let queue = Rc::new(Queue::new(2));
///     let worker = create_task({
///         let queue = queue.clone();
///         async move {
///             let mut sum = 0;
///             while let Ok(number) = queue.get().await {
///                 sum += number;
///                 queue.task_done().unwrap();
///             }
///             sum
///         }
///     });
///     for number in 1..=4 {
///         queue.put(number).await.unwrap(); // Waits where two lie in the queue.
///     }
///     queue.join().await; // All four were got, and done with.
///     queue.shutdown(false);
///     assert_eq!(worker.await.unwrap(), 10);
/// });
/// ```
pub type Queue<T> = OrderedQueue<T, Fifo<T>>;

/// Gives out first what came last: asyncio's `LifoQueue`.
///
/// ```
/// let stack = oneloop::sync::LifoQueue::new(0);
/// for item in [3, 1, 2] {
///     stack.put_nowait(item).unwrap();
/// }
/// assert_eq!(stack.get_nowait(), Ok(2));
/// ```
pub type LifoQueue<T> = OrderedQueue<T, Lifo<T>>;

/// Gives out the smallest first, and among equals what came first: asyncio's `PriorityQueue` (which
/// promises nothing among equals).
///
/// ```
/// let queue = oneloop::sync::PriorityQueue::new(0);
/// for item in [(3, "low"), (1, "high"), (2, "middle")] {
///     queue.put_nowait(item).unwrap();
/// }
/// assert_eq!(queue.get_nowait(), Ok((1, "high")));
/// ```
pub type PriorityQueue<T> = OrderedQueue<T, SmallestFirst<T>>;

/// A queue between tasks, in the order `O`: [`Queue`], [`LifoQueue`] or [`PriorityQueue`].
///
/// Waiting `get`s are served in the order in which they came, and waiting `put`s likewise. A room or
/// an item that one was promised cannot be taken by another: the `nowait` methods say "full" and
/// "empty" then, where asyncio's would take it and let the waiter wait again. What can be asked of a
/// queue says the same: [`empty`](OrderedQueue::empty) is true exactly when `get_nowait` finds
/// nothing, [`full`](OrderedQueue::full) exactly when `put_nowait` finds no room, and
/// [`qsize`](OrderedQueue::qsize) counts the items that are nobody's yet.
///
/// ```
/// use oneloop::sync::queue::{GetNowaitError, OrderedQueue, order::Order};
///
/// fn drain<T, O: Order<T>>(queue: &OrderedQueue<T, O>) -> Vec<T> {
///     std::iter::from_fn(|| queue.get_nowait().ok()).collect()
/// }
/// let queue = oneloop::sync::LifoQueue::new(0);
/// queue.put_nowait('a').unwrap();
/// queue.put_nowait('b').unwrap();
/// assert_eq!(drain(&queue), ['b', 'a']);
/// assert_eq!(queue.get_nowait(), Err(GetNowaitError::Empty));
/// ```
pub struct OrderedQueue<T, O: Order<T>> {
    items: O,
    /// `usize::MAX` without a limit.
    limit: usize,
    /// What can still be put in.
    /// Invariant: pool + promised rooms + items = limit.
    room: Permits,
    /// What can be got out.
    /// Invariant: pool + promised pieces = items.
    stock: Permits,
    unfinished: Unfinished,
    _items: PhantomData<T>,
}

impl<T, O: Order<T>> OrderedQueue<T, O> {
    /// Creates a queue for at most `maxsize` items; 0 is no limit, as in asyncio.
    ///
    /// ```
    /// assert_eq!(oneloop::sync::Queue::<u8>::new(3).maxsize(), 3);
    /// ```
    pub fn new(maxsize: usize) -> OrderedQueue<T, O> {
        let limit = if maxsize == 0 { usize::MAX } else { maxsize };
        OrderedQueue {
            items: O::default(),
            limit,
            room: Permits::new(limit, Thing::Room),
            stock: Permits::new(0, Thing::Item),
            unfinished: Unfinished::default(),
            _items: PhantomData,
        }
    }

    /// Puts an item in, and waits in line while the queue is full.
    ///
    /// # Errors
    ///
    /// Gives the item back if the queue is [shut down](OrderedQueue::shutdown).
    ///
    /// # Cancel safety
    ///
    /// An item that was not put in when the future is dropped is dropped with it; to keep it, wait with
    /// [`reserve`](OrderedQueue::reserve). A room that was just promised goes to the next, but where it
    /// came in the same moment as a request to end, the item is put in, and the request goes on at the
    /// next await. (asyncio's item is lost then.)
    ///
    /// ```
    /// oneloop::run(async {
    ///     let queue = oneloop::sync::Queue::new(1);
    ///     queue.put("item").await.unwrap();
    ///     assert!(queue.full());
    /// });
    /// ```
    pub async fn put(&self, item: T) -> Result<(), PutError<T>> {
        let room = self.room.acquire_by_all_means().await;
        match room {
            Ok(permit) => Room::held(self, permit).put(item),
            Err(_closed) => Err(PutError(item)),
        }
    }

    /// Puts an item in if there is room now.
    ///
    /// # Errors
    ///
    /// Gives the item back if the queue is full, or shut down.
    ///
    /// ```
    /// use oneloop::sync::{Queue, queue::PutNowaitError};
    ///
    /// let queue = Queue::new(1);
    /// assert_eq!(queue.put_nowait(1), Ok(()));
    /// assert_eq!(queue.put_nowait(2), Err(PutNowaitError::Full(2)));
    /// queue.shutdown(false);
    /// assert_eq!(queue.put_nowait(3), Err(PutNowaitError::ShutDown(3)));
    /// ```
    pub fn put_nowait(&self, item: T) -> Result<(), PutNowaitError<T>> {
        if self.room.is_closed() {
            return Err(PutNowaitError::ShutDown(item));
        }
        match self.room.try_acquire() {
            Some(room) => room.forget(),
            None => return Err(PutNowaitError::Full(item)),
        }
        self.put_into_room(item);
        Ok(())
    }

    /// Takes the next item out, and waits in line while there is none.
    ///
    /// # Errors
    ///
    /// [`QueueShutDown`] if the queue is shut down and empty.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, no item was taken; one that was just promised to
    /// it goes to the next. A request to end wins against an item that comes in the same moment.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let queue = oneloop::sync::Queue::new(0);
    ///     queue.put_nowait(1).unwrap();
    ///     assert_eq!(queue.get().await, Ok(1));
    /// });
    /// ```
    pub async fn get(&self) -> Result<T, QueueShutDown> {
        while let Ok(piece) = self.stock.acquire().await {
            if let Some(item) = self.take_out() {
                piece.forget();
                self.room.give();
                return Ok(item);
            }
            // An immediate shutdown took what had been promised.
            if self.stock.is_closed() {
                piece.forget();
                break;
            }
            // Only the comparison of two items can get here, in the middle of a `put`.
            drop(piece);
            step_aside().await;
        }
        Err(QueueShutDown)
    }

    /// Takes the next item out if there is one now.
    ///
    /// # Errors
    ///
    /// Says whether an item may still come.
    ///
    /// ```
    /// use oneloop::sync::{Queue, queue::GetNowaitError};
    ///
    /// let queue = Queue::<u8>::new(0);
    /// assert_eq!(queue.get_nowait(), Err(GetNowaitError::Empty));
    /// queue.shutdown(false);
    /// assert_eq!(queue.get_nowait(), Err(GetNowaitError::ShutDown));
    /// ```
    pub fn get_nowait(&self) -> Result<T, GetNowaitError> {
        if let Some(piece) = self.stock.try_acquire()
            && let Some(item) = self.take_out()
        {
            piece.forget();
            self.room.give();
            return Ok(item);
        }
        Err(match self.stock.is_closed() {
            true => GetNowaitError::ShutDown,
            false => GetNowaitError::Empty,
        })
    }

    /// Says that an item which was got is done with; [`join`](OrderedQueue::join) waits for that.
    ///
    /// # Errors
    ///
    /// [`NothingUnfinished`] if it is called more often than items were put in (asyncio's
    /// `ValueError`).
    ///
    /// ```
    /// let queue = oneloop::sync::Queue::new(0);
    /// queue.put_nowait(1).unwrap();
    /// queue.get_nowait().unwrap();
    /// assert!(queue.task_done().is_ok());
    /// assert!(queue.task_done().is_err());
    /// ```
    pub fn task_done(&self) -> Result<(), NothingUnfinished> {
        self.unfinished.finish_one()
    }

    /// Waits until [`task_done`](OrderedQueue::task_done) was called for each item that was put in.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// ```
    /// oneloop::run(async {
    ///     oneloop::sync::Queue::<u8>::new(0).join().await; // Nothing was put in.
    /// });
    /// ```
    pub async fn join(&self) {
        self.unfinished.wait().await;
    }

    /// Ends the queue, as in Python 3.13: nothing can be put in any more, and who waits to do so gets
    /// its item back. What is in it can still be got, unless this is `immediate`: then it is dropped
    /// and counts as done. A `get` that finds nothing fails.
    ///
    /// ```
    /// use oneloop::sync::{Queue, queue::QueueShutDown};
    ///
    /// oneloop::run(async {
    ///     let queue = Queue::new(0);
    ///     queue.put_nowait("last").unwrap();
    ///     queue.shutdown(false);
    ///     assert!(queue.put("too late").await.is_err());
    ///     assert_eq!(queue.get().await, Ok("last"));
    ///     assert_eq!(queue.get().await, Err(QueueShutDown));
    /// });
    /// ```
    pub fn shutdown(&self, immediate: bool) {
        // Closed first, and the items out of the queue, before any foreign code runs.
        self.room.refuse();
        self.stock.refuse();
        let mut dropped = Vec::new();
        if immediate {
            self.stock.empty_pool();
            dropped.extend(std::iter::from_fn(|| self.take_out()));
        }
        self.unfinished.finish_many(dropped.len());
        self.stock.turn_away();
        self.room.turn_away();
    }

    fn put_into_room(&self, item: T) {
        self.unfinished.begin_one();
        self.items.push(item);
        self.stock.give();
    }

    fn take_out(&self) -> Option<T> {
        self.items.pop()
    }
}

/// Is pending once, and wakes itself.
async fn step_aside() {
    let mut is_back = false;
    poll_fn(|context| {
        if std::mem::replace(&mut is_back, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl<T, O: Order<T>> Default for OrderedQueue<T, O> {
    fn default() -> OrderedQueue<T, O> {
        OrderedQueue::new(0)
    }
}

impl<T, O: Order<T>> fmt::Debug for OrderedQueue<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("qsize", &self.qsize())
            .field("maxsize", &self.maxsize())
            .field("room", &self.room)
            .field("stock", &self.stock)
            .field("unfinished", &self.unfinished)
            .finish()
    }
}
