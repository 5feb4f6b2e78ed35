//! A loop belongs to one thread; others reach it through a `Remote`, which may go anywhere.
//!
//! Watch: a thread calls a function on the loop, wakes a task that sleeps there, makes a task of its
//! own there and waits for its answer, and cancels one. What it makes there runs on the loop's
//! thread, so the tasks need no lock, and only what crosses over has to be `Send`.

use oneloop::{Loop, Remote, create_task, sleep, yield_now};
use oneloop_examples::println;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(50);

fn main() {
    oneloop::run(async {
        let remote = Loop::current().unwrap().remote();
        let letter = Letter::default();
        let postman = letter.clone();
        let reader = create_task(async move {
            println!("reader:  waits for a letter");
            println!("reader:  got {:?}", letter.await_it().await);
        });
        yield_now().await;
        println!("loop:    runs on {}", name());
        let other = thread::Builder::new().name("another thread".to_owned());
        let other = other.spawn(move || errands(&remote, &postman)).unwrap();
        reader.await.unwrap();
        while !other.is_finished() {
            sleep(TICK).await; // The loop turns for the other thread meanwhile.
        }
        println!("loop:    the other thread has ended");
    });
}

/// What the other thread does.
fn errands(remote: &Remote, letter: &Letter) {
    println!("errands: run on {}", name());
    let call = remote.call_soon_threadsafe(|| println!("a call:  runs on {}", name()));
    call.expect("the loop is alive");
    thread::sleep(TICK);

    letter.deliver("greetings");
    thread::sleep(TICK);

    let task = remote.spawn(|| async {
        println!("a task:  runs on {}", name());
        sleep(TICK).await;
        6 * 7
    });
    let answer = task.expect("the loop is alive").wait();
    println!("errands: the task's answer is {}", answer.unwrap());

    let task = remote.spawn(|| sleep(Duration::from_secs(3600)));
    let task = task.expect("the loop is alive");
    task.cancel();
    println!("errands: {}", task.wait().unwrap_err());
}

fn name() -> String {
    thread::current().name().unwrap_or("a thread").to_owned()
}

/// A letter that comes from another thread: any waker of a task may be called there.
#[derive(Clone, Default)]
struct Letter(Arc<Mutex<(Option<&'static str>, Option<Waker>)>>);

impl Letter {
    fn deliver(&self, text: &'static str) {
        let mut mailbox = self.0.lock().unwrap();
        mailbox.0 = Some(text);
        if let Some(waker) = mailbox.1.take() {
            waker.wake();
        }
    }

    async fn await_it(&self) -> &'static str {
        poll_fn(|context| {
            let mut mailbox = self.0.lock().unwrap();
            mailbox.1 = Some(context.waker().clone());
            mailbox.0.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
