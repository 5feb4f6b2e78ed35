//! compio as it comes, which on Linux is on io_uring.
//!
//! It has no channels and no semaphore of its own, and its tasks end when their handle is dropped, so that one that is
//! let go has to be detached. For all of several futures, and for the first of two, its users take futures-util.

use std::io;
use std::net::{self, SocketAddr};
use std::time::Duration;

use compio::buf::{IntoInner, IoBuf};
use compio::io::{AsyncRead, AsyncWriteExt};
use compio::net::{TcpListener, TcpStream};
use compio::runtime::{JoinHandle, Runtime};

use crate::local::side::{Cancels, Side, Sockets, Threads, Timers};

/// compio, on io_uring.
#[derive(Debug)]
pub struct Compio;

/// Whether the kernel gives it a ring.
pub(crate) fn probe() -> io::Result<()> {
    Runtime::new().map(drop)
}

impl Side for Compio {
    type Task<T: 'static> = JoinHandle<T>;

    fn block_on<F>(main: F) -> F::Output
    where
        F: Future + 'static,
    {
        let runtime = Runtime::new().expect("the probe had its ring");
        runtime
            .block_on(async { compio::runtime::spawn(main).await })
            .expect("main does not panic")
    }

    #[inline(always)]
    fn spawn<F>(future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
    {
        compio::runtime::spawn(future)
    }

    #[inline(always)]
    fn spawn_detached<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        compio::runtime::spawn(future).detach();
    }
}

impl Timers for Compio {
    #[inline(always)]
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static {
        compio::time::sleep(duration)
    }

    #[inline(always)]
    async fn timeout<F>(duration: Duration, future: F) -> bool
    where
        F: Future<Output = ()>,
    {
        compio::time::timeout(duration, future).await.is_ok()
    }
}

combine_by_futures_util!(Compio);

impl Cancels for Compio {
    #[inline(always)]
    async fn cancel(task: JoinHandle<()>) -> bool {
        task.cancel().await.is_none()
    }
}

impl Threads for Compio {
    #[inline(always)]
    async fn on_a_thread(function: fn(u64) -> u64, value: u64) -> u64 {
        let result = compio::runtime::spawn_blocking(move || function(value)).await;
        result.expect("the function does not panic")
    }
}

impl Sockets for Compio {
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
        let stream = TcpStream::connect(address).await.expect("somebody listens");
        stream.set_nodelay(true).expect("it is a TCP socket");
        stream
    }

    #[inline(always)]
    async fn read(stream: &mut TcpStream, buffer: Box<[u8]>) -> (usize, Box<[u8]>) {
        let (count, buffer) = stream.read(buffer).await.into();
        (count.expect("the peer lives"), buffer)
    }

    #[inline(always)]
    async fn write_all(stream: &mut TcpStream, buffer: Box<[u8]>, length: usize) -> Box<[u8]> {
        let (written, slice) = stream.write_all(buffer.slice(..length)).await.into();
        written.expect("the peer lives");
        slice.into_inner()
    }
}
