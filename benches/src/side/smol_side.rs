//! smol: a `LocalExecutor` on async-io, with the channel and the semaphore of the same authors.
//!
//! It starts a thread of its own for sockets and timers, which works while nobody else does. There is no one-value
//! channel among its crates, so that a bounded one of one place does it; its time limit is a race against a timer, and
//! for all of several futures its users take `join_all` of futures-util.

use std::fmt::Debug;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use async_channel::{Receiver, Sender};
use async_executor::{LocalExecutor, Task};
use async_io::Async;
use futures_lite::{AsyncReadExt, AsyncWriteExt, future};

use crate::local::side::{
    Cancels, Channels, Combinators, Queues, Semaphores, Side, Sockets, Threads, Timers, Yields,
};

/// smol's `LocalExecutor`, with async-io.
#[derive(Debug)]
pub struct Smol;

thread_local! {
    // Spawning names no executor in these scenarios, so this thread has one, as in the crate's own example.
    static EXECUTOR: LocalExecutor<'static> = const { LocalExecutor::new() };
}

impl Side for Smol {
    type Task<T: 'static> = Task<T>;

    fn block_on<F>(main: F) -> F::Output
    where
        F: Future + 'static,
    {
        EXECUTOR.with(|executor| async_io::block_on(executor.run(executor.spawn(main))))
    }

    #[inline(always)]
    fn spawn<F>(future: F) -> Task<F::Output>
    where
        F: Future + 'static,
    {
        EXECUTOR.with(|executor| executor.spawn(future))
    }

    #[inline(always)]
    fn spawn_detached<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        Smol::spawn(future).detach();
    }
}

impl Yields for Smol {
    #[inline(always)]
    fn yield_now() -> impl Future<Output = ()> {
        future::yield_now()
    }
}

impl Channels for Smol {
    type OneshotSender = Sender<u64>;
    type Sender = Sender<u64>;
    type Receiver = Receiver<u64>;

    #[inline(always)]
    fn oneshot() -> (Sender<u64>, impl Future + 'static) {
        let (sender, receiver) = async_channel::bounded(1);
        (sender, async move { receiver.recv().await })
    }

    #[inline(always)]
    fn send_once(sender: Sender<u64>, value: u64) {
        sender.try_send(value).expect("there is room for one");
    }

    fn channel(capacity: usize) -> (Sender<u64>, Receiver<u64>) {
        async_channel::bounded(capacity)
    }

    #[inline(always)]
    fn send(sender: &mut Sender<u64>, value: u64) -> impl Future<Output = Result<(), impl Debug>> {
        sender.send(value)
    }

    #[inline(always)]
    async fn receive(receiver: &mut Receiver<u64>) -> Option<u64> {
        receiver.recv().await.ok()
    }
}

impl Queues for Smol {
    type Entrance = Sender<u64>;
    type Exit = Receiver<u64>;

    fn queue(capacity: usize) -> (Sender<u64>, Receiver<u64>) {
        async_channel::bounded(capacity)
    }

    #[inline(always)]
    async fn put(entrance: &mut Sender<u64>, item: u64) {
        entrance.send(item).await.expect("the receiver lives");
    }

    #[inline(always)]
    async fn get(exit: &mut Receiver<u64>) -> u64 {
        exit.recv().await.expect("the sender lives")
    }
}

impl Timers for Smol {
    #[inline(always)]
    async fn sleep(duration: Duration) {
        async_io::Timer::after(duration).await;
    }

    #[inline(always)]
    fn timeout<F>(duration: Duration, limited: F) -> impl Future<Output = bool>
    where
        F: Future<Output = ()>,
    {
        let limited = async {
            limited.await;
            true
        };
        let over = async move {
            async_io::Timer::after(duration).await;
            false
        };
        future::or(limited, over)
    }
}

impl Combinators for Smol {
    #[inline(always)]
    async fn gather<F>(futures: Vec<F>)
    where
        F: Future<Output = ()>,
    {
        futures_util::future::join_all(futures).await;
    }

    #[inline(always)]
    fn first<A, B>(one: A, other: B) -> impl Future<Output = ()>
    where
        A: Future<Output = ()>,
        B: Future<Output = ()>,
    {
        future::or(one, other)
    }
}

impl Cancels for Smol {
    #[inline(always)]
    async fn cancel(task: Task<()>) -> bool {
        task.cancel().await.is_none()
    }
}

impl Semaphores for Smol {
    type Semaphore = async_lock::Semaphore;

    fn semaphore(permits: usize) -> async_lock::Semaphore {
        async_lock::Semaphore::new(permits)
    }

    #[inline(always)]
    fn acquire(semaphore: &async_lock::Semaphore) -> impl Future<Output = impl Sized> {
        semaphore.acquire()
    }
}

impl Threads for Smol {
    #[inline(always)]
    fn on_a_thread(function: fn(u64) -> u64, value: u64) -> impl Future<Output = u64> {
        blocking::unblock(move || function(value))
    }
}

impl Sockets for Smol {
    type Listener = Async<TcpListener>;
    type Stream = Async<TcpStream>;

    fn listen(listener: TcpListener) -> Async<TcpListener> {
        Async::new(listener).expect("it listens")
    }

    #[inline(always)]
    async fn accept(listener: &mut Async<TcpListener>) -> Async<TcpStream> {
        let (stream, _) = listener.accept().await.expect("somebody connects");
        stream
    }

    async fn connect(address: SocketAddr) -> Async<TcpStream> {
        let stream = Async::<TcpStream>::connect(address).await;
        let stream = stream.expect("somebody listens");
        let set = stream.get_ref().set_nodelay(true);
        set.expect("it is a TCP socket");
        stream
    }

    #[inline(always)]
    async fn read(stream: &mut Async<TcpStream>, mut buffer: Box<[u8]>) -> (usize, Box<[u8]>) {
        let count = stream.read(&mut buffer).await.expect("the peer lives");
        (count, buffer)
    }

    #[inline(always)]
    async fn write_all(
        stream: &mut Async<TcpStream>,
        buffer: Box<[u8]>,
        length: usize,
    ) -> Box<[u8]> {
        let written = stream.write_all(&buffer[..length]).await;
        written.expect("the peer lives");
        buffer
    }
}
