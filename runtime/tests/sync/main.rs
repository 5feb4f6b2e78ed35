//! What tasks of one loop share: polled by hand with wakers that count, or that call back; and as
//! stories on a paused clock.
//!
//! Read next: `hand.rs` and `story.rs`, the helpers; then each file for its type; then
//! `every_await.rs`, `model.rs` and `chaos.rs`, where what must hold is held against everything.

mod barrier;
mod chaos;
mod channel;
mod condition;
mod event;
mod every_await;
mod hand;
mod lock;
mod model;
mod oneshot;
mod promise;
mod queue;
mod queue_shutdown;
mod rw_lock;
mod semaphore;
mod story;
mod world;
