//! Passing values between tasks of one loop: [`oneshot`] for one value, [`channel()`] for many,
//! [`Promise`] for a value that many wait for.
//!
//! All of it is local to one thread: nothing here is `Send`, and no lock or atomic is taken. What
//! another thread has to say to the loop goes through `Remote`. None of it needs the loop either:
//! tasks are woken through their standard `Waker`, so these types also work inside foreign
//! executors. (`Promise::add_done_callback` is the exception.)
//!
//! One rule holds in every file: *wakers and the user's values are foreign code*. Waking, cloning or
//! dropping a `Waker`, and dropping a `T`, may call back into the very object that does it. So
//! everything lies in cells, what is needed is taken out first, and nothing is borrowed while foreign
//! code runs; and what was known before such a call is looked up again after it.
//!
//! Read next: `oneshot.rs`, the smallest; `waker_slot.rs` and `wait_queue.rs`, how one and how many
//! waiters are kept; `channel.rs`; `promise.rs`.

pub mod oneshot;

mod waker_slot;

mod wait_queue;

pub mod channel;

mod promise;

pub use channel::{channel, unbounded};
pub use promise::{InvalidState, Promise, PromiseError, PromiseFuture};
