//! A runtime as the scenarios see it, in traits, so that a scenario is written once: `Side` is what every peer can do,
//! and each trait below it is something that some cannot.
//!
//! `src/side/` fills them in, `workload` uses them. Everything is generic and built with fat LTO, so the traits
//! themselves cost no instruction. This file is compiled twice; `src/local.rs` says why.

use std::fmt::Debug;
use std::net::{self, SocketAddr};
use std::time::Duration;

use super::family::{MaySend, MayShare};

/// A runtime that starts tasks.
pub trait Side: 'static {
    /// What spawning returns: awaiting it waits for the task.
    type Task<T: MaySend + 'static>: Future + Unpin + MaySend + 'static;

    /// Makes a new loop and runs `main` on it, as a task like every other.
    fn block_on<F>(main: F) -> F::Output
    where
        F: Future + MaySend + 'static,
        F::Output: MaySend + 'static;

    /// Starts a task.
    fn spawn<F>(future: F) -> Self::Task<F::Output>
    where
        F: Future + MaySend + 'static,
        F::Output: MaySend + 'static;

    /// Starts a task and lets it go, as the runtime's documentation says to do it.
    #[inline(always)]
    fn spawn_detached<F>(future: F)
    where
        F: Future<Output = ()> + MaySend + 'static,
    {
        drop(Self::spawn(future));
    }
}

/// Letting the others go first.
pub trait Yields: Side {
    /// The side's own way to do so.
    fn yield_now() -> impl Future<Output = ()> + MaySend;
}

/// Messages between tasks.
pub trait Channels: Side {
    /// The sending half of the side's own one-value channel.
    type OneshotSender: MaySend + 'static;

    /// The sending half of the side's own bounded channel.
    type Sender: MaySend + 'static;

    /// The receiving half of the side's own bounded channel.
    type Receiver: MaySend + 'static;

    /// Makes the side's own one-value channel; the second half is awaited for the value.
    fn oneshot() -> (Self::OneshotSender, impl Future + MaySend + 'static);

    /// Sends the one value.
    fn send_once(sender: Self::OneshotSender, value: u64);

    /// Makes the side's own bounded channel.
    fn channel(capacity: usize) -> (Self::Sender, Self::Receiver);

    /// Sends through the side's own channel, waiting for room.
    fn send(
        sender: &mut Self::Sender,
        value: u64,
    ) -> impl Future<Output = Result<(), impl Debug + MaySend>> + MaySend;

    /// Receives through the side's own channel.
    fn receive(receiver: &mut Self::Receiver) -> impl Future<Output = Option<u64>> + MaySend;
}

/// A queue from tasks to tasks; where a side has none of its own, its bounded channel is one.
pub trait Queues: Side {
    /// The end that items are put into.
    type Entrance: MaySend + 'static;

    /// The end that they are taken from.
    type Exit: MaySend + 'static;

    /// Makes a queue that holds so many items.
    fn queue(capacity: usize) -> (Self::Entrance, Self::Exit);

    /// Puts an item in, waiting for room.
    fn put(entrance: &mut Self::Entrance, item: u64) -> impl Future<Output = ()> + MaySend;

    /// Takes the next item, waiting for one.
    fn get(exit: &mut Self::Exit) -> impl Future<Output = u64> + MaySend;
}

/// Time.
pub trait Timers: Side {
    /// The side's own sleep.
    fn sleep(duration: Duration) -> impl Future<Output = ()> + MaySend + 'static;

    /// The side's own time limit; false when the time was over first.
    fn timeout<F>(duration: Duration, future: F) -> impl Future<Output = bool> + MaySend
    where
        F: Future<Output = ()> + MaySend;
}

/// Waiting for several futures; where a side has nothing of its own, what its users take.
pub trait Combinators: Side {
    /// Waits for all of them.
    fn gather<F>(futures: Vec<F>) -> impl Future<Output = ()> + MaySend
    where
        F: Future<Output = ()> + MaySend;

    /// Waits for the first of two, and drops the other.
    fn first<A, B>(one: A, other: B) -> impl Future<Output = ()> + MaySend
    where
        A: Future<Output = ()> + MaySend,
        B: Future<Output = ()> + MaySend;
}

/// Ending a task from outside.
pub trait Cancels: Side {
    /// Cancels the task and waits until it says that it was cancelled, which it does by `true`.
    fn cancel(task: Self::Task<()>) -> impl Future<Output = bool> + MaySend;
}

/// Permits.
pub trait Semaphores: Side {
    /// The side's own semaphore.
    type Semaphore: MayShare + 'static;

    /// Makes one with that many permits.
    fn semaphore(permits: usize) -> Self::Semaphore;

    /// Waits for a permit; dropping it gives it back.
    fn acquire(semaphore: &Self::Semaphore) -> impl Future<Output = impl MaySend> + MaySend;
}

/// Threads for what blocks.
pub trait Threads: Side {
    /// Runs a function on a thread of the side's pool, and waits for its result.
    fn on_a_thread(function: fn(u64) -> u64, value: u64) -> impl Future<Output = u64> + MaySend;
}

/// TCP. Buffers go in and come back, since a runtime may want to own them while the kernel has them.
pub trait Sockets: Timers {
    /// A listening socket.
    type Listener: MaySend + 'static;

    /// A connection.
    type Stream: MaySend + 'static;

    /// Takes over a listening socket, which does not block.
    fn listen(listener: net::TcpListener) -> Self::Listener;

    /// Waits for a connection.
    fn accept(listener: &mut Self::Listener) -> impl Future<Output = Self::Stream> + MaySend;

    /// Connects, with TCP_NODELAY.
    fn connect(address: SocketAddr) -> impl Future<Output = Self::Stream> + MaySend;

    /// Reads once, as many bytes as are there and the buffer has room for.
    fn read(
        stream: &mut Self::Stream,
        buffer: Box<[u8]>,
    ) -> impl Future<Output = (usize, Box<[u8]>)> + MaySend;

    /// Writes so many of the buffer's bytes.
    fn write_all(
        stream: &mut Self::Stream,
        buffer: Box<[u8]>,
        length: usize,
    ) -> impl Future<Output = Box<[u8]>> + MaySend;
}
