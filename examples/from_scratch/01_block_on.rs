//! From scratch, step 1 of 5: a future, and the smallest thing that can run one.
//!
//! New here: everything, but it is only three things.
//! * A **future** is a value that can be asked "are you finished?". That question is `poll`.
//! * A **waker** is left with the future: "call this when asking me again would help".
//! * An **executor**, here `block_on`, asks, and sleeps for as long as the answer is "not yet".
//!
//! Watch: nothing happens before the first poll; the thread sleeps between two polls instead of
//! asking over and over; and `two_letters`, an `async fn`, goes on behind its `.await` with its
//! local variables as they were.
//!
//! Run it with `cargo run --example from_scratch_01`, then read `02_ready_queue.rs`.

use oneloop_examples::println; // As std's, but it ends quietly under `| head`.
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

fn main() {
    let future = two_letters();
    println!("main      a future lies here, and nothing has happened yet");
    let answer = block_on(future);
    println!("main      the future's value: {answer:?}");
}

/// Waits for one letter, then for another. The compiler turns this into a future: a small state
/// machine with one state for each `.await`.
async fn two_letters() -> String {
    println!("reader    the first poll brought me to life");
    let first = Letter::request("hello").await;
    println!("reader    got {first:?}, now for the second letter");
    let second = Letter::request("world").await;
    println!("reader    got {second:?}, and still know {first:?}");
    format!("{first} {second}")
}

/// Runs one future on this thread until it has a value.
fn block_on<F: Future>(future: F) -> F::Output {
    // A future may point into itself, so it must not move once it was polled. `pin!` puts it on
    // this stack frame and hands out the only way to reach it.
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(ThreadWaker(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        println!("executor  poll");
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => println!("executor  pending, so this thread goes to sleep"),
        }
        // If the waker was called before we came here, `park` returns at once: no wake is lost.
        thread::park();
    }
}

/// What our waker does: it wakes the thread that sleeps in `block_on`.
struct ThreadWaker(Thread);

impl Wake for ThreadWaker {
    fn wake(self: Arc<Self>) {
        println!("waker     wake up and ask again");
        self.0.unpark();
    }
}

/// A letter that another thread will bring: the simplest future that really has to wait.
struct Letter {
    shared: Arc<Mutex<Mailbox>>,
}

/// Where postman and reader meet.
#[derive(Default)]
struct Mailbox {
    /// What the postman brought.
    text: Option<&'static str>,
    /// Whom to wake when it is there.
    waker: Option<Waker>,
}

impl Letter {
    /// Sends a postman for the letter and returns at once, with the future of it.
    fn request(text: &'static str) -> Letter {
        let shared = Arc::new(Mutex::new(Mailbox::default()));
        let mailbox = shared.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            println!("postman   here is {text:?}");
            let waker = {
                let mut mailbox = mailbox.lock().unwrap();
                mailbox.text = Some(text);
                mailbox.waker.take()
            };
            // The lock is free again when foreign code, the waker, is called.
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        Letter { shared }
    }
}

impl Future for Letter {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<&'static str> {
        let mut mailbox = self.shared.lock().unwrap();
        match mailbox.text {
            Some(text) => Poll::Ready(text),
            None => {
                // Look and leave the waker under one lock: the letter cannot come in between.
                mailbox.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
