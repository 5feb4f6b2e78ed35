//! Streams and generators: what runs when, and what becomes of one that is left before its end.
//! Read `items.rs` first.

mod items;
mod closing;

use oneloop::stream::{Generator, Yielder, generator};
use oneloop::{Loop, Runner, sleep, try_finally};
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

type Log = Rc<RefCell<Vec<String>>>;

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// Counts its wakers, and how often they were woken.
struct Woken(Arc<Times>);

#[derive(Default)]
struct Times(AtomicUsize);

impl Wake for Times {
    fn wake(self: Arc<Times>) {
        self.0.fetch_add(1, Relaxed);
    }
}

impl Woken {
    fn new() -> Woken {
        Woken(Arc::default())
    }

    fn waker(&self) -> Waker {
        Waker::from(self.0.clone())
    }

    fn wakers(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }

    fn times(&self) -> usize {
        self.0.0.load(Relaxed)
    }
}

/// Runs on a paused clock, where a deadlock is a panic, to the end that `run` has.
fn run<F: Future>(main: F) -> F::Output {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    Runner::with_loop(event_loop).run(main)
}

/// Polls it once.
async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

/// Counts from 0, and says when it has cleaned up, which takes a moment.
fn counting(log: &Log) -> Generator<u32> {
    let log = log.clone();
    generator(async move |yielder: Yielder<u32>| {
        try_finally!({
            for number in 0.. {
                sleep(milliseconds(1)).await;
                yielder.give(number).await;
            }
        } finally {
            sleep(milliseconds(10)).await;
            log.borrow_mut().push("cleaned up".to_string());
        })
    })
}
