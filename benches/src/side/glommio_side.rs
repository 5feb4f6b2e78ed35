//! glommio, which knows io_uring only; it locks memory for its rings, for which `ulimit -l` must leave room.
//!
//! Its tasks end when their handle is dropped, so that one that is let go has to be detached. For all of several
//! futures, and for the first of two, its users take futures-util.

use std::fmt::Debug;
use std::net::{self, SocketAddr};
use std::panic;
use std::time::Duration;

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use glommio::channels::local_channel::{LocalReceiver, LocalSender, new_bounded};
use glommio::net::{TcpListener, TcpStream};
use glommio::{GlommioError, LocalExecutor, LocalExecutorBuilder, Placement, Task};

use crate::local::side::{
    Cancels, Channels, Queues, Semaphores, Side, Sockets, Threads, Timers, Yields,
};

/// glommio, on io_uring.
#[derive(Debug)]
pub struct Glommio;

fn executor() -> Result<LocalExecutor, GlommioError<()>> {
    LocalExecutorBuilder::new(Placement::Unbound).make()
}

/// Whether the kernel gives it its rings. Where there is too little to lock it says so, where there is no ring it panics.
pub(crate) fn probe() -> Result<(), String> {
    match panic::catch_unwind(|| executor().map(drop)) {
        Ok(made) => made.map_err(|error| error.to_string()),
        Err(panic) => Err(match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => panic
                .downcast_ref::<&str>()
                .unwrap_or(&"it panics")
                .to_string(),
        }),
    }
}

impl Side for Glommio {
    type Task<T: 'static> = Task<T>;

    fn block_on<F>(main: F) -> F::Output
    where
        F: Future + 'static,
    {
        let executor = executor().expect("the probe had its rings");
        executor.run(async { glommio::spawn_local(main).await })
    }

    #[inline(always)]
    fn spawn<F>(future: F) -> Task<F::Output>
    where
        F: Future + 'static,
    {
        glommio::spawn_local(future)
    }

    #[inline(always)]
    fn spawn_detached<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        glommio::spawn_local(future).detach();
    }
}

impl Yields for Glommio {
    #[inline(always)]
    async fn yield_now() {
        glommio::executor().yield_now().await;
    }
}

impl Channels for Glommio {
    type OneshotSender = LocalSender<u64>;
    type Sender = LocalSender<u64>;
    type Receiver = LocalReceiver<u64>;

    #[inline(always)]
    fn oneshot() -> (LocalSender<u64>, impl Future + 'static) {
        let (sender, receiver) = new_bounded(1);
        (sender, async move { receiver.recv().await })
    }

    #[inline(always)]
    fn send_once(sender: LocalSender<u64>, value: u64) {
        sender.try_send(value).expect("there is room for one");
    }

    fn channel(capacity: usize) -> (LocalSender<u64>, LocalReceiver<u64>) {
        new_bounded(capacity)
    }

    #[inline(always)]
    fn send(
        sender: &mut LocalSender<u64>,
        value: u64,
    ) -> impl Future<Output = Result<(), impl Debug>> {
        sender.send(value)
    }

    #[inline(always)]
    fn receive(receiver: &mut LocalReceiver<u64>) -> impl Future<Output = Option<u64>> {
        receiver.recv()
    }
}

impl Queues for Glommio {
    type Entrance = LocalSender<u64>;
    type Exit = LocalReceiver<u64>;

    fn queue(capacity: usize) -> (LocalSender<u64>, LocalReceiver<u64>) {
        new_bounded(capacity)
    }

    #[inline(always)]
    async fn put(entrance: &mut LocalSender<u64>, item: u64) {
        entrance.send(item).await.expect("the receiver lives");
    }

    #[inline(always)]
    async fn get(exit: &mut LocalReceiver<u64>) -> u64 {
        exit.recv().await.expect("the sender lives")
    }
}

impl Timers for Glommio {
    #[inline(always)]
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static {
        glommio::timer::sleep(duration)
    }

    #[inline(always)]
    async fn timeout<F>(duration: Duration, future: F) -> bool
    where
        F: Future<Output = ()>,
    {
        let limited = async {
            future.await;
            Ok::<_, GlommioError<()>>(())
        };
        glommio::timer::timeout(duration, limited).await.is_ok()
    }
}

combine_by_futures_util!(Glommio);

impl Cancels for Glommio {
    #[inline(always)]
    async fn cancel(task: Task<()>) -> bool {
        task.cancel().await.is_none()
    }
}

impl Semaphores for Glommio {
    type Semaphore = glommio::sync::Semaphore;

    fn semaphore(permits: usize) -> Self::Semaphore {
        glommio::sync::Semaphore::new(permits as u64)
    }

    #[inline(always)]
    fn acquire(semaphore: &Self::Semaphore) -> impl Future<Output = impl Sized> {
        semaphore.acquire_permit(1)
    }
}

impl Threads for Glommio {
    #[inline(always)]
    async fn on_a_thread(function: fn(u64) -> u64, value: u64) -> u64 {
        let executor = glommio::executor();
        executor.spawn_blocking(move || function(value)).await
    }
}

impl Sockets for Glommio {
    type Listener = TcpListener;
    type Stream = TcpStream;

    fn listen(listener: net::TcpListener) -> TcpListener {
        // It takes over no socket without unsafe code, but it may have the port once that is free.
        let address = listener.local_addr().expect("it is bound");
        drop(listener);
        TcpListener::bind(address).expect("the port was free just now")
    }

    #[inline(always)]
    async fn accept(listener: &mut TcpListener) -> TcpStream {
        let stream = listener.accept().await.expect("somebody connects");
        stream.set_nodelay(true).expect("it is a TCP socket");
        stream
    }

    async fn connect(address: SocketAddr) -> TcpStream {
        let stream = TcpStream::connect(address).await.expect("somebody listens");
        stream.set_nodelay(true).expect("it is a TCP socket");
        stream
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
