//! [`channel`] and [`unbounded`]: a queue from many tasks to one, with back-pressure.
//!
//! A full channel makes `send` wait. Room is handed out as *permits*: a receiver that takes an item
//! gives one permit to the sender that has waited longest, or back to the pool if nobody waits.
//! A permit in the pool means that nobody waits, so whoever finds one there overtakes nobody, and
//! one that was handed to a waiter is its own: nobody can come in between (no barging). A waiter
//! that leaves with a permit in its hand passes it on.
//!
//! Discussion: this is what `permits.rs` does for locks and queues, written once more around the same
//! list of waiters. On the general form a round trip through two channels was measured at 657
//! instructions, where it takes 521 now, and the channel is what tasks use most.
//!
//! Who uses it: tasks that hand work to a task. Read next: `sender.rs` and `receiver.rs`,
//! then `../promise.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use super::wait_queue::{Ticket, WaitQueue};
use super::waker_slot::WakerSlot;

mod sender;

mod receiver;

mod error;

pub use error::{SendError, TryRecvError, TrySendError};
pub use receiver::{Receiver, Receiving};
pub use sender::{Sender, Sending};

/// Creates a channel that holds at most `capacity` items.
///
/// asyncio's `Queue(maxsize)` between several producers and one consumer; unlike there, the consumer
/// learns that all producers are gone.
///
/// # Panics
///
/// If `capacity` is 0: nothing could ever be sent. (asyncio's 0 means [`unbounded`].)
///
/// ```
/// use oneloop::sync::channel;
///
/// oneloop::run(async {
///     let (sender, mut receiver) = channel(2);
///     sender.send("a").await.unwrap();
///     sender.send("b").await.unwrap();
///     assert!(sender.try_send("c").is_err(), "two items are the limit");
///     drop(sender);
///     assert_eq!(receiver.recv().await, Some("a"));
///     assert_eq!(receiver.recv().await, Some("b"));
///     assert_eq!(receiver.recv().await, None, "all senders are gone");
/// });
/// ```
#[track_caller]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(
        capacity > 0,
        "a channel of capacity 0 could never send: take 1, or `unbounded()` for no limit"
    );
    let shared = Rc::new(Shared {
        items: RefCell::new(VecDeque::new()),
        permits: Cell::new(capacity),
        capacity,
        waiting: WaitQueue::new(),
        receiver: WakerSlot::new(),
        senders: Cell::new(1),
        closed: Cell::new(false),
    });
    let sender = Sender {
        shared: shared.clone(),
    };
    (sender, Receiver { shared })
}

/// Creates a channel without a limit: `send` never waits, and memory is what limits it.
///
/// ```
/// use oneloop::sync::unbounded;
///
/// let (sender, mut receiver) = unbounded();
/// for number in 0..1000 {
///     sender.try_send(number).unwrap();
/// }
/// assert_eq!(receiver.len(), 1000);
/// assert_eq!(receiver.try_recv(), Ok(0));
/// ```
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    channel(usize::MAX)
}

struct Shared<T> {
    /// Borrowed for a single push or pop, which run no foreign code.
    items: RefCell<VecDeque<T>>,
    /// The permits in the pool.
    /// Invariant: pool + items + permits in the hands of waiters = capacity, and the pool is empty
    /// while somebody waits.
    permits: Cell<usize>,
    capacity: usize,
    /// Senders that wait for a permit. To be served is to get one.
    waiting: WaitQueue,
    receiver: WakerSlot,
    /// How many `Sender`s exist.
    senders: Cell<usize>,
    /// Whether the receiver takes no new items.
    closed: Cell<bool>,
}

impl<T> Shared<T> {
    /// Whether nothing can be sent any more.
    fn is_over(&self) -> bool {
        self.closed.get() || self.senders.get() == 0
    }

    #[inline]
    fn take_permit(&self) -> bool {
        let permits = self.permits.get();
        if permits > 0 {
            self.permits.set(permits - 1);
        }
        permits > 0
    }

    /// Gives a permit to the sender that has waited longest, or back to the pool.
    #[inline]
    fn give_permit(&self) {
        let permits = self.permits.get();
        // A permit in the pool says that nobody waits, so the queue need not be asked.
        match (permits == 0).then(|| self.waiting.serve()).flatten() {
            Some(waker) => waker.wake(),
            None => self.permits.set(permits + 1),
        }
    }

    /// Leaves the queue; a permit that was in hand goes to the next.
    #[cold]
    fn give_up(&self, ticket: Ticket) {
        if self.waiting.is_served(ticket) {
            self.give_permit();
        } else {
            drop(self.waiting.leave(ticket));
        }
    }

    /// Puts an item in, for a permit.
    #[inline]
    fn push(&self, item: T) {
        self.items.borrow_mut().push_back(item);
        self.receiver.wake();
    }

    #[inline(always)]
    fn pop(&self) -> Option<T> {
        let item = self.items.borrow_mut().pop_front()?;
        self.give_permit();
        Some(item)
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        f.debug_struct(name)
            .field("len", &self.items.borrow().len())
            .field("senders", &self.senders.get())
            .field("waiting", &self.waiting)
            .field("closed", &self.closed.get())
            .finish()
    }
}
