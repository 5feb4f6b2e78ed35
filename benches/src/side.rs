//! The two sides of every comparison behind one trait, so that a workload is written once.
//!
//! `side/tokio_side.rs` and `side/oneloop_side.rs` fill it in; `workload.rs` uses it. Everything is generic and
//! built with fat LTO, so the trait itself costs no instruction.

pub mod oneloop_side;
pub mod tokio_side;

use std::fmt::Debug;
use std::time::Duration;

pub use oneloop_side::Oneloop;
pub use tokio_side::Tokio;

/// A runtime on one thread, as the workloads see it.
pub trait Side: 'static {
    /// How the tables call it.
    const NAME: &'static str;

    /// What spawning returns: awaiting it waits for the task, dropping it detaches the task.
    type Task<T: 'static>: Future + Unpin + 'static;

    /// The sending half of the side's own one-value channel.
    type OneshotSender: 'static;

    /// The sending half of the side's own bounded channel.
    type Sender: 'static;

    /// The receiving half of the side's own bounded channel.
    type Receiver: 'static;

    /// Makes a new loop and runs `main` on it, as a task like every other.
    fn block_on<F>(main: F) -> F::Output
    where
        F: Future + 'static;

    /// Starts a task that need not be `Send`.
    fn spawn<F>(future: F) -> Self::Task<F::Output>
    where
        F: Future + 'static;

    /// The side's own sleep.
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static;

    /// The side's own way to let the others go first.
    fn yield_now() -> impl Future<Output = ()>;

    /// Makes the side's own one-value channel; the second half is awaited for the value.
    fn oneshot() -> (Self::OneshotSender, impl Future + 'static);

    /// Sends the one value.
    fn send_once(sender: Self::OneshotSender, value: u64);

    /// Makes the side's own bounded channel.
    fn channel(capacity: usize) -> (Self::Sender, Self::Receiver);

    /// Sends through the side's own channel, waiting for room.
    fn send(sender: &Self::Sender, value: u64) -> impl Future<Output = Result<(), impl Debug>>;

    /// Receives through the side's own channel.
    fn receive(receiver: &mut Self::Receiver) -> impl Future<Output = Option<u64>>;
}
