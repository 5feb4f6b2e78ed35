//! monoio on its polling driver, and on io_uring with the feature `monoio-uring`; with the channels and the semaphore of
//! local-sync, by the same authors.
//!
//! A task that wakes itself is put before all others there: quick, but a thousand of them run one after the other, not
//! in turns. Its tasks cannot be cancelled from outside, and its pool of threads has to be brought by the program.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::net::{self, SocketAddr};
use std::time::Duration;

use local_sync::{mpsc::bounded as mpsc, oneshot};
use monoio::buf::IoBuf;
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::{TcpListener, TcpStream};
use monoio::task::JoinHandle;
use monoio::{LegacyDriver, RuntimeBuilder};

use crate::local::side::{Channels, Combinators, Queues, Semaphores, Side, Sockets, Timers};

/// monoio on one of its drivers.
#[derive(Debug)]
pub struct Monoio<D = Polling>(PhantomData<D>);

/// A driver of monoio.
pub trait Driver: 'static {
    /// Runs a future on a new loop of this driver.
    fn block_on<F: Future>(main: F) -> F::Output;
}

/// The polling driver, over epoll.
#[derive(Debug)]
pub struct Polling;

impl Driver for Polling {
    fn block_on<F: Future>(main: F) -> F::Output {
        let runtime = RuntimeBuilder::<LegacyDriver>::new().enable_timer().build();
        let mut runtime = runtime.expect("the kernel gives the runtime its descriptors");
        runtime.block_on(main)
    }
}

/// io_uring.
#[cfg(feature = "monoio-uring")]
#[derive(Debug)]
pub struct Uring;

#[cfg(feature = "monoio-uring")]
impl Driver for Uring {
    fn block_on<F: Future>(main: F) -> F::Output {
        let runtime = uring().enable_timer().build();
        let mut runtime = runtime.expect("the probe had its ring");
        runtime.block_on(main)
    }
}

#[cfg(feature = "monoio-uring")]
fn uring() -> RuntimeBuilder<monoio::IoUringDriver> {
    RuntimeBuilder::new()
}

/// Whether the kernel gives it a ring.
#[cfg(feature = "monoio-uring")]
pub(crate) fn probe_uring() -> std::io::Result<()> {
    uring().build().map(drop)
}

impl<D: Driver> Side for Monoio<D> {
    type Task<T: 'static> = JoinHandle<T>;

    fn block_on<F>(main: F) -> F::Output
    where
        F: Future + 'static,
    {
        D::block_on(async { monoio::spawn(main).await })
    }

    #[inline(always)]
    fn spawn<F>(future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
    {
        monoio::spawn(future)
    }
}

impl<D: Driver> Channels for Monoio<D> {
    type OneshotSender = oneshot::Sender<u64>;
    type Sender = mpsc::Tx<u64>;
    type Receiver = mpsc::Rx<u64>;

    #[inline(always)]
    fn oneshot() -> (oneshot::Sender<u64>, impl Future + 'static) {
        oneshot::channel()
    }

    #[inline(always)]
    fn send_once(sender: oneshot::Sender<u64>, value: u64) {
        sender.send(value).expect("the receiver waits");
    }

    fn channel(capacity: usize) -> (mpsc::Tx<u64>, mpsc::Rx<u64>) {
        mpsc::channel(capacity)
    }

    #[inline(always)]
    fn send(
        sender: &mut mpsc::Tx<u64>,
        value: u64,
    ) -> impl Future<Output = Result<(), impl Debug>> {
        sender.send(value)
    }

    #[inline(always)]
    fn receive(receiver: &mut mpsc::Rx<u64>) -> impl Future<Output = Option<u64>> {
        receiver.recv()
    }
}

impl<D: Driver> Queues for Monoio<D> {
    type Entrance = mpsc::Tx<u64>;
    type Exit = mpsc::Rx<u64>;

    fn queue(capacity: usize) -> (mpsc::Tx<u64>, mpsc::Rx<u64>) {
        mpsc::channel(capacity)
    }

    #[inline(always)]
    async fn put(entrance: &mut mpsc::Tx<u64>, item: u64) {
        let sent = entrance.send(item).await;
        assert!(sent.is_ok(), "the receiver lives");
    }

    #[inline(always)]
    async fn get(exit: &mut mpsc::Rx<u64>) -> u64 {
        exit.recv().await.expect("the sender lives")
    }
}

impl<D: Driver> Timers for Monoio<D> {
    #[inline(always)]
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static {
        monoio::time::sleep(duration)
    }

    #[inline(always)]
    async fn timeout<F>(duration: Duration, future: F) -> bool
    where
        F: Future<Output = ()>,
    {
        monoio::time::timeout(duration, future).await.is_ok()
    }
}

impl<D: Driver> Combinators for Monoio<D> {
    #[inline(always)]
    async fn gather<F>(futures: Vec<F>)
    where
        F: Future<Output = ()>,
    {
        futures_util::future::join_all(futures).await;
    }

    #[inline(always)]
    async fn first<A, B>(one: A, other: B)
    where
        A: Future<Output = ()>,
        B: Future<Output = ()>,
    {
        monoio::select! {
            () = one => (),
            () = other => (),
        }
    }
}

impl<D: Driver> Semaphores for Monoio<D> {
    type Semaphore = local_sync::semaphore::Semaphore;

    fn semaphore(permits: usize) -> Self::Semaphore {
        local_sync::semaphore::Semaphore::new(permits)
    }

    #[inline(always)]
    fn acquire(semaphore: &Self::Semaphore) -> impl Future<Output = impl Sized> {
        semaphore.acquire()
    }
}

impl<D: Driver> Sockets for Monoio<D> {
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

    async fn connect(address: SocketAddr) -> TcpStream {
        let stream = TcpStream::connect_addr(address).await;
        let stream = stream.expect("somebody listens");
        stream.set_nodelay(true).expect("it is a TCP socket");
        stream
    }

    #[inline(always)]
    async fn read(stream: &mut TcpStream, buffer: Box<[u8]>) -> (usize, Box<[u8]>) {
        let (count, buffer) = stream.read(buffer).await;
        (count.expect("the peer lives"), buffer)
    }

    #[inline(always)]
    async fn write_all(stream: &mut TcpStream, buffer: Box<[u8]>, length: usize) -> Box<[u8]> {
        let (written, slice) = stream.write_all(buffer.slice(0..length)).await;
        written.expect("the peer lives");
        slice.into_inner()
    }
}
