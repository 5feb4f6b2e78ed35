//! What tasks of one loop share: locks and conditions, and what passes values between them.
//!
//! | asyncio | here |
//! | --- | --- |
//! | `Lock`; (nothing) | [`Lock`], which holds the value that it guards; [`RwLock`] |
//! | `Event`, `Condition`, `Barrier` | [`Event`], [`Condition`], [`Barrier`] |
//! | `Semaphore`, `BoundedSemaphore` | [`Semaphore`], [`BoundedSemaphore`] |
//! | `Queue`, `LifoQueue`, `PriorityQueue` | [`Queue`], [`LifoQueue`], [`PriorityQueue`] |
//! | `create_future()` | [`Promise`], for a value that many wait for |
//! | (nothing) | [`oneshot`] for one value, [`channel()`] for many, with one receiver |
//!
//! Who waits is served in the order of coming, and what is handed over belongs to its receiver at
//! once: nobody overtakes. Who is cancelled while it waits loses nothing, and neither do the others:
//! what it had just been given goes to the next. A future that waits has to be polled or dropped,
//! though: one that is kept and not polled may have been handed a lock, and keeps it from the others.
//!
//! All of it is local to one thread: nothing here can be shared with another (nothing is `Sync`, and
//! no guard or future is `Send`), and no lock or atomic is taken. What another thread has to say to
//! the loop goes through `Remote`. None of it needs the loop either: tasks are woken through their
//! standard `Waker`, so these types also work inside foreign executors.
//! (`Promise::add_done_callback` is the exception.)
//!
//! One rule holds in every file: *wakers and the user's values are foreign code*. Waking, cloning or
//! dropping a `Waker`, and dropping a `T`, may call back into the very object that does it. So
//! everything lies in cells, what is needed is taken out first, and nothing is borrowed while foreign
//! code runs; and what was known before such a call is looked up again after it.
//!
//! Read next: `oneshot.rs`, the smallest; `waker_slot.rs` and `wait_queue.rs`, how one and how many
//! waiters are kept; then in the order in which the modules stand here.

pub mod oneshot;

mod waker_slot;

mod wait_queue;

mod place;

mod permits;

mod lock;

pub mod rw_lock;

mod event;

pub mod condition;

pub mod semaphore;

pub mod bounded_semaphore;

mod barrier;

pub mod queue;

pub mod channel;

mod promise;

pub use barrier::{Barrier, BrokenBarrier};
pub use bounded_semaphore::{BoundedSemaphore, TooManyPermits};
pub use channel::{channel, unbounded};
pub use condition::Condition;
pub use event::Event;
pub use lock::{Lock, LockGuard, NotLocked};
pub use promise::{DoneCallback, InvalidState, Promise, PromiseError, PromiseFuture};
pub use queue::{LifoQueue, PriorityQueue, Queue};
pub use rw_lock::RwLock;
pub use semaphore::Semaphore;
