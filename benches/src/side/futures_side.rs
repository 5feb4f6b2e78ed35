//! The `LocalPool` of the futures crate: tasks and nothing else, no sockets and no time.
//!
//! The handle of a task cancels it when it is dropped, and there is no waiting for that; its pool of threads runs
//! futures, not functions.

use std::cell::RefCell;
use std::fmt::Debug;

use futures::channel::{mpsc, oneshot};
use futures::executor::{LocalPool, LocalSpawner};
use futures::future::RemoteHandle;
use futures::sink::SinkExt;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;

use crate::local::side::{Channels, Queues, Side};

/// The `LocalPool` of the futures crate.
#[derive(Debug)]
pub struct Futures;

thread_local! {
    // Spawning names no pool in these scenarios, so this thread has one.
    static SPAWNER: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
}

impl Side for Futures {
    type Task<T: 'static> = RemoteHandle<T>;

    fn block_on<F>(main: F) -> F::Output
    where
        F: Future + 'static,
    {
        let mut pool = LocalPool::new();
        SPAWNER.set(Some(pool.spawner()));
        let main = Futures::spawn(main);
        pool.run_until(main)
    }

    #[inline(always)]
    fn spawn<F>(future: F) -> RemoteHandle<F::Output>
    where
        F: Future + 'static,
    {
        SPAWNER.with_borrow(|spawner| {
            let spawner = spawner.as_ref().expect("a pool runs");
            let handle = spawner.spawn_local_with_handle(future);
            handle.expect("the pool lives")
        })
    }

    #[inline(always)]
    fn spawn_detached<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        SPAWNER.with_borrow(|spawner| {
            let spawner = spawner.as_ref().expect("a pool runs");
            spawner.spawn_local(future).expect("the pool lives");
        });
    }
}

impl Channels for Futures {
    type OneshotSender = oneshot::Sender<u64>;
    type Sender = mpsc::Sender<u64>;
    type Receiver = mpsc::Receiver<u64>;

    #[inline(always)]
    fn oneshot() -> (oneshot::Sender<u64>, impl Future + 'static) {
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
    ) -> impl Future<Output = Result<(), impl Debug>> {
        sender.send(value)
    }

    #[inline(always)]
    fn receive(receiver: &mut mpsc::Receiver<u64>) -> impl Future<Output = Option<u64>> {
        receiver.next()
    }
}

impl Queues for Futures {
    type Entrance = mpsc::Sender<u64>;
    type Exit = mpsc::Receiver<u64>;

    fn queue(capacity: usize) -> (mpsc::Sender<u64>, mpsc::Receiver<u64>) {
        mpsc::channel(capacity)
    }

    #[inline(always)]
    async fn put(entrance: &mut mpsc::Sender<u64>, item: u64) {
        entrance.feed(item).await.expect("the receiver lives");
    }

    #[inline(always)]
    async fn get(exit: &mut mpsc::Receiver<u64>) -> u64 {
        exit.next().await.expect("the sender lives")
    }
}

combine_by_futures_util!(Futures);
