//! tokio in its three forms: current-thread with a `LocalSet`, for futures that are not `Send`; the same without one,
//! where they must be; and multi-thread, which is another thing, for context.
//!
//! tokio's tasks, timers and channels can be used from all threads, in every form: that is what the atomic operations in
//! its counts are for. It has no `gather`: its users take `join_all` of futures-util. Its queue is its channel.

use std::fmt::Debug;
use std::net::{self, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, LocalSet, spawn_local};

/// tokio, current-thread with a `LocalSet`, every driver enabled.
#[derive(Debug)]
pub struct TokioLocalSet;

/// tokio, current-thread without a `LocalSet`, every driver enabled.
#[derive(Debug)]
pub struct TokioPlain;

/// tokio, multi-thread with as many threads as processors, every driver enabled.
#[cfg(feature = "peers")]
#[derive(Debug)]
pub struct TokioMulti;

fn current_thread() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("the kernel gives the runtime its descriptors")
}

/// What is the same in all forms: everything but starting tasks.
macro_rules! all_but_tasks {
    ($side:ty) => {
        impl Yields for $side {
            #[inline(always)]
            fn yield_now() -> impl Future<Output = ()> + MaySend {
                tokio::task::yield_now()
            }
        }

        impl Channels for $side {
            type OneshotSender = oneshot::Sender<u64>;
            type Sender = mpsc::Sender<u64>;
            type Receiver = mpsc::Receiver<u64>;

            #[inline(always)]
            fn oneshot() -> (oneshot::Sender<u64>, impl Future + MaySend + 'static) {
                oneshot::channel()
            }

            #[inline(always)]
            fn send_once(sender: oneshot::Sender<u64>, value: u64) {
                sender.send(value).expect("the receiver waits");
            }

            fn channel(capacity: usize) -> (mpsc::Sender<u64>, mpsc::Receiver<u64>) {
                mpsc::channel(capacity)
            }

            #[inline(always)]
            fn send(
                sender: &mut mpsc::Sender<u64>,
                value: u64,
            ) -> impl Future<Output = Result<(), impl Debug + MaySend>> + MaySend {
                sender.send(value)
            }

            #[inline(always)]
            fn receive(
                receiver: &mut mpsc::Receiver<u64>,
            ) -> impl Future<Output = Option<u64>> + MaySend {
                receiver.recv()
            }
        }

        impl Queues for $side {
            type Entrance = mpsc::Sender<u64>;
            type Exit = mpsc::Receiver<u64>;

            fn queue(capacity: usize) -> (mpsc::Sender<u64>, mpsc::Receiver<u64>) {
                mpsc::channel(capacity)
            }

            #[inline(always)]
            async fn put(entrance: &mut mpsc::Sender<u64>, item: u64) {
                entrance.send(item).await.expect("the receiver lives");
            }

            #[inline(always)]
            async fn get(exit: &mut mpsc::Receiver<u64>) -> u64 {
                exit.recv().await.expect("the sender lives")
            }
        }

        impl Timers for $side {
            #[inline(always)]
            fn sleep(duration: Duration) -> impl Future<Output = ()> + MaySend + 'static {
                tokio::time::sleep(duration)
            }

            #[inline(always)]
            async fn timeout<F>(duration: Duration, future: F) -> bool
            where
                F: Future<Output = ()> + MaySend,
            {
                tokio::time::timeout(duration, future).await.is_ok()
            }
        }

        impl Combinators for $side {
            #[inline(always)]
            async fn gather<F>(futures: Vec<F>)
            where
                F: Future<Output = ()> + MaySend,
            {
                futures_util::future::join_all(futures).await;
            }

            #[inline(always)]
            async fn first<A, B>(one: A, other: B)
            where
                A: Future<Output = ()> + MaySend,
                B: Future<Output = ()> + MaySend,
            {
                tokio::select! {
                    () = one => (),
                    () = other => (),
                }
            }
        }

        impl Cancels for $side {
            #[inline(always)]
            async fn cancel(task: JoinHandle<()>) -> bool {
                task.abort();
                task.await.is_err_and(|error| error.is_cancelled())
            }
        }

        impl Semaphores for $side {
            type Semaphore = tokio::sync::Semaphore;

            fn semaphore(permits: usize) -> tokio::sync::Semaphore {
                tokio::sync::Semaphore::new(permits)
            }

            #[inline(always)]
            fn acquire(
                semaphore: &tokio::sync::Semaphore,
            ) -> impl Future<Output = impl MaySend> + MaySend {
                semaphore.acquire()
            }
        }

        impl Sockets for $side {
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
            async fn read(stream: &mut TcpStream, mut buffer: Box<[u8]>) -> (usize, Box<[u8]>) {
                let count = stream.read(&mut buffer).await.expect("the peer lives");
                (count, buffer)
            }

            #[inline(always)]
            async fn write_all(
                stream: &mut TcpStream,
                buffer: Box<[u8]>,
                length: usize,
            ) -> Box<[u8]> {
                let written = stream.write_all(&buffer[..length]).await;
                written.expect("the peer lives");
                buffer
            }
        }

        impl Threads for $side {
            #[inline(always)]
            async fn on_a_thread(function: fn(u64) -> u64, value: u64) -> u64 {
                let result = tokio::task::spawn_blocking(move || function(value)).await;
                result.expect("the function does not panic")
            }
        }
    };
}

mod with_a_local_set {
    use super::*;
    use crate::local::family::MaySend;
    use crate::local::side::*;

    impl Side for TokioLocalSet {
        type Task<T: 'static> = JoinHandle<T>;

        fn block_on<F>(main: F) -> F::Output
        where
            F: Future + 'static,
        {
            LocalSet::new().block_on(&current_thread(), async {
                spawn_local(main).await.expect("main does not panic")
            })
        }

        #[inline(always)]
        fn spawn<F>(future: F) -> JoinHandle<F::Output>
        where
            F: Future + 'static,
        {
            spawn_local(future)
        }
    }

    all_but_tasks!(TokioLocalSet);
}

mod plain {
    use super::*;
    use crate::sendable::family::MaySend;
    use crate::sendable::side::*;

    /// Starting tasks, where they must be `Send`.
    macro_rules! tasks {
        ($side:ty, $runtime:expr) => {
            impl Side for $side {
                type Task<T: Send + 'static> = JoinHandle<T>;

                fn block_on<F>(main: F) -> F::Output
                where
                    F: Future + Send + 'static,
                    F::Output: Send + 'static,
                {
                    $runtime
                        .block_on(async { tokio::spawn(main).await.expect("main does not panic") })
                }

                #[inline(always)]
                fn spawn<F>(future: F) -> JoinHandle<F::Output>
                where
                    F: Future + Send + 'static,
                    F::Output: Send + 'static,
                {
                    tokio::spawn(future)
                }
            }
        };
    }

    tasks!(TokioPlain, current_thread());
    all_but_tasks!(TokioPlain);

    #[cfg(feature = "peers")]
    tasks!(TokioMulti, multi_thread());
    #[cfg(feature = "peers")]
    all_but_tasks!(TokioMulti);

    #[cfg(feature = "peers")]
    fn multi_thread() -> Runtime {
        let runtime = Builder::new_multi_thread().enable_all().build();
        runtime.expect("the kernel gives the runtime its threads")
    }
}
