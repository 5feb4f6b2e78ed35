//! What tasks of one loop share: polled by hand with wakers that count, or that call back; and as
//! stories on a paused clock.
//!
//! Read next: `hand.rs` and `story.rs`, the helpers; then each file for its type; then
//! `model.rs` and `chaos.rs`, where what must hold is held against everything. Each wait interrupted
//! at each of its suspensions: `../every_await/`.

mod barrier;
mod chaos;
mod channel;
mod condition;
mod event;
mod hand;
mod lock;
mod model;
mod oneshot;
mod promise;
mod queue;
mod queue_shutdown;
mod queue_state;
#[path = "../cancel_fuzz/random.rs"]
mod random;
mod rw_lock;
mod semaphore;
mod story;
mod world;
