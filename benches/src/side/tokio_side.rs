//! tokio's current-thread runtime with a `LocalSet`: what a tokio user takes for futures that are not `Send`.

use std::fmt::Debug;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use super::Side;

/// tokio, current-thread, every driver enabled.
#[derive(Debug)]
pub struct Tokio;

impl Side for Tokio {
    const NAME: &'static str = "tokio";

    type Task<T: 'static> = JoinHandle<T>;
    type OneshotSender = oneshot::Sender<u64>;
    type Sender = mpsc::Sender<u64>;
    type Receiver = mpsc::Receiver<u64>;

    fn block_on<F>(main: F) -> F::Output
    where
        F: Future + 'static,
    {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("the kernel gives the runtime its descriptors");
        LocalSet::new().block_on(&runtime, async {
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

    #[inline(always)]
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static {
        tokio::time::sleep(duration)
    }

    #[inline(always)]
    fn yield_now() -> impl Future<Output = ()> {
        tokio::task::yield_now()
    }

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
        sender: &mpsc::Sender<u64>,
        value: u64,
    ) -> impl Future<Output = Result<(), impl Debug>> {
        sender.send(value)
    }

    #[inline(always)]
    fn receive(receiver: &mut mpsc::Receiver<u64>) -> impl Future<Output = Option<u64>> {
        receiver.recv()
    }
}
