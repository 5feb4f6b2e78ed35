//! oneloop as its users see it: a `Loop`, `create_task`, `sleep` and the local channels.

use std::fmt::Debug;
use std::time::Duration;

use oneloop::sync::{channel, oneshot};
use oneloop::{Loop, Task, create_task};

use super::Side;

/// oneloop, a loop as it comes.
#[derive(Debug)]
pub struct Oneloop;

impl Side for Oneloop {
    const NAME: &'static str = "oneloop";

    type Task<T: 'static> = Task<T>;
    type OneshotSender = oneshot::Sender<u64>;
    type Sender = channel::Sender<u64>;
    type Receiver = channel::Receiver<u64>;

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

    #[inline(always)]
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static {
        oneloop::sleep(duration)
    }

    #[inline(always)]
    fn yield_now() -> impl Future<Output = ()> {
        oneloop::yield_now()
    }

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
        sender: &channel::Sender<u64>,
        value: u64,
    ) -> impl Future<Output = Result<(), impl Debug>> {
        sender.send(value)
    }

    #[inline(always)]
    fn receive(receiver: &mut channel::Receiver<u64>) -> impl Future<Output = Option<u64>> {
        receiver.recv()
    }
}
