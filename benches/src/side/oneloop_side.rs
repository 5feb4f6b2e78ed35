//! oneloop as its users see it: a `Loop` as it comes, `create_task`, and what `sync`, `combine` and `time` have.

use std::fmt::Debug;
use std::net;
use std::rc::Rc;
use std::time::Duration;

use oneloop::sync::{self, channel, oneshot};
use oneloop::{Loop, Task, create_task};
use oneloop_net::{TcpListener, TcpStream};

use crate::local::side::{
    Cancels, Channels, Combinators, Queues, Semaphores, Side, Sockets, Threads, Timers, Yields,
};

/// oneloop, a loop as it comes.
#[derive(Debug)]
pub struct Oneloop;

impl Side for Oneloop {
    type Task<T: 'static> = Task<T>;

    fn block_on<F>(main: F) -> F::Output
    where
        F: Future + 'static,
    {
        let event_loop = Loop::new().expect("the kernel gives the loop its descriptors");
        event_loop.block_on(async { create_task(main).await.expect("main does not panic") })
    }

    #[inline(always)]
    fn spawn<F>(future: F) -> Task<F::Output>
    where
        F: Future + 'static,
    {
        create_task(future)
    }
}

impl Yields for Oneloop {
    #[inline(always)]
    fn yield_now() -> impl Future<Output = ()> {
        oneloop::yield_now()
    }
}

impl Channels for Oneloop {
    type OneshotSender = oneshot::Sender<u64>;
    type Sender = channel::Sender<u64>;
    type Receiver = channel::Receiver<u64>;

    #[inline(always)]
    fn oneshot() -> (oneshot::Sender<u64>, impl Future + 'static) {
        oneshot::channel()
    }

    #[inline(always)]
    fn send_once(sender: oneshot::Sender<u64>, value: u64) {
        sender.send(value).expect("the receiver waits");
    }

    fn channel(capacity: usize) -> (channel::Sender<u64>, channel::Receiver<u64>) {
        channel::channel(capacity)
    }

    #[inline(always)]
    fn send(
        sender: &mut channel::Sender<u64>,
        value: u64,
    ) -> impl Future<Output = Result<(), impl Debug>> {
        sender.send(value)
    }

    #[inline(always)]
    fn receive(receiver: &mut channel::Receiver<u64>) -> impl Future<Output = Option<u64>> {
        receiver.recv()
    }
}

impl Queues for Oneloop {
    type Entrance = Rc<sync::Queue<u64>>;
    type Exit = Rc<sync::Queue<u64>>;

    fn queue(capacity: usize) -> (Self::Entrance, Self::Exit) {
        let queue = Rc::new(sync::Queue::new(capacity));
        (Rc::clone(&queue), queue)
    }

    #[inline(always)]
    async fn put(entrance: &mut Self::Entrance, item: u64) {
        entrance.put(item).await.expect("nobody shuts it down");
    }

    #[inline(always)]
    async fn get(exit: &mut Self::Exit) -> u64 {
        exit.get().await.expect("nobody shuts it down")
    }
}

impl Timers for Oneloop {
    #[inline(always)]
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static {
        oneloop::sleep(duration)
    }

    #[inline(always)]
    async fn timeout<F>(duration: Duration, future: F) -> bool
    where
        F: Future<Output = ()>,
    {
        oneloop::timeout(duration, future).await.is_ok()
    }
}

impl Combinators for Oneloop {
    #[inline(always)]
    async fn gather<F>(futures: Vec<F>)
    where
        F: Future<Output = ()>,
    {
        oneloop::gather(futures).await;
    }

    #[inline(always)]
    async fn first<A, B>(one: A, other: B)
    where
        A: Future<Output = ()>,
        B: Future<Output = ()>,
    {
        oneloop::select! {
            () = one => (),
            () = other => (),
        }
    }
}

impl Cancels for Oneloop {
    #[inline(always)]
    async fn cancel(task: Task<()>) -> bool {
        task.cancel();
        task.await.is_err_and(|error| error.is_cancelled())
    }
}

impl Semaphores for Oneloop {
    type Semaphore = sync::Semaphore;

    fn semaphore(permits: usize) -> sync::Semaphore {
        sync::Semaphore::new(permits)
    }

    #[inline(always)]
    fn acquire(semaphore: &sync::Semaphore) -> impl Future<Output = impl Sized> {
        semaphore.acquire()
    }
}

impl Threads for Oneloop {
    #[inline(always)]
    async fn on_a_thread(function: fn(u64) -> u64, value: u64) -> u64 {
        let result = oneloop::to_thread(move || function(value)).await;
        result.expect("the function does not panic")
    }
}

impl Sockets for Oneloop {
    type Listener = TcpListener;
    type Stream = TcpStream;

    fn listen(listener: net::TcpListener) -> TcpListener {
        TcpListener::from_std(listener).expect("it listens")
    }

    #[inline(always)]
    async fn accept(listener: &mut TcpListener) -> TcpStream {
        let (stream, _) = listener.accept().await.expect("somebody connects");
        stream
    }

    async fn connect(address: net::SocketAddr) -> TcpStream {
        // It sets TCP_NODELAY by itself.
        TcpStream::connect(address).await.expect("somebody listens")
    }

    #[inline(always)]
    async fn read(stream: &mut TcpStream, mut buffer: Box<[u8]>) -> (usize, Box<[u8]>) {
        let count = stream.read(&mut buffer).await.expect("the peer lives");
        (count, buffer)
    }

    #[inline(always)]
    async fn write_all(stream: &mut TcpStream, buffer: Box<[u8]>, length: usize) -> Box<[u8]> {
        let written = stream.write_all(&buffer[..length]).await;
        written.expect("the peer lives");
        buffer
    }
}
