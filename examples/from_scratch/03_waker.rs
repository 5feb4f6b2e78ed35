//! From scratch, step 3 of 5: a waker that wakes its task, and no other.
//!
//! New here: the ready queue holds only tasks that can go on. Each task has a waker of its own,
//! and waking means "put this task's number at the back of the queue". Whoever makes something
//! happen (the baker puts bread on the counter) wakes the one who waits for it. When the queue is
//! empty nobody on this thread can go on, so the thread sleeps, as in step 1.
//!
//! Watch: it is the story of step 2, but the customer is polled twice instead of five times. The
//! flour comes from another thread: a waker may be called from anywhere. The tasks themselves
//! never leave this thread, so they may hold an `Rc` or anything else that cannot be sent.
//!
//! Run it with `cargo run --example from_scratch_03`, then read `04_timers.rs`.

use oneloop_examples::println; // As std's, but it ends quietly under `| head`.
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

fn main() {
    let (flour, bread) = (Arc::new(Slot::default()), Arc::new(Slot::default()));
    let mut executor = Executor::new();
    executor.spawn("customer", customer(bread.clone()));
    executor.spawn("baker", baker(flour.clone(), bread));
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        println!("  miller, on another thread: here is the flour");
        flour.put("rye");
    });
    executor.run();
}

async fn customer(bread: Arc<Slot>) {
    println!("  customer: is there bread?");
    println!("  customer: thank you for the {} bread", bread.take().await);
}

async fn baker(flour: Arc<Slot>, bread: Arc<Slot>) {
    println!("  baker: is there flour?");
    let flour = flour.take().await;
    for step in ["mix", "knead", "bake"] {
        println!("  baker: {step}");
        yield_now().await;
    }
    println!("  baker: the bread is on the counter");
    bread.put(flour);
}

/// Wakes itself and is pending once: "to the back of the queue, please".
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| match std::mem::replace(&mut yielded, true) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

/// A place for one thing, and for the waker of the task that waits for it.
#[derive(Default)]
struct Slot(Mutex<(Option<&'static str>, Option<Waker>)>);

impl Slot {
    fn put(&self, thing: &'static str) {
        let mut inside = self.0.lock().unwrap();
        inside.0 = Some(thing);
        if let Some(waker) = inside.1.take() {
            drop(inside); // No lock is held while foreign code runs.
            waker.wake();
        }
    }

    async fn take(&self) -> &'static str {
        poll_fn(|context| {
            let mut inside = self.0.lock().unwrap();
            inside.1 = Some(context.waker().clone());
            inside.0.take().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// The numbers of the tasks that can go on: all that the threads share.
struct ReadyQueue {
    numbers: Mutex<VecDeque<usize>>,
    owner: Thread,
}

/// Puts one task into the queue. A task woken twice is polled twice: a waste, but no error.
struct TaskWaker(usize, Arc<ReadyQueue>);

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let TaskWaker(number, queue) = &*self;
        queue.numbers.lock().unwrap().push_back(*number);
        if thread::current().id() != queue.owner.id() {
            queue.owner.unpark(); // Only another thread can find the owner asleep.
        }
    }
}

/// A task's name, its future, and the waker that knows its number.
type Task = (&'static str, Pin<Box<dyn Future<Output = ()>>>, Waker);

struct Executor {
    tasks: Vec<Option<Task>>,
    ready: Arc<ReadyQueue>,
}

impl Executor {
    fn new() -> Executor {
        let (tasks, numbers, owner) = (Vec::new(), Mutex::default(), thread::current());
        let ready = Arc::new(ReadyQueue { numbers, owner });
        Executor { tasks, ready }
    }

    fn spawn(&mut self, name: &'static str, future: impl Future<Output = ()> + 'static) {
        let waker = Waker::from(Arc::new(TaskWaker(self.tasks.len(), self.ready.clone())));
        waker.wake_by_ref(); // Its first step needs nothing: every task is born ready.
        self.tasks.push(Some((name, Box::pin(future), waker)));
    }

    fn run(&mut self) {
        let mut polls = 0;
        while self.tasks.iter().any(Option::is_some) {
            let next = self.ready.numbers.lock().unwrap().pop_front();
            let Some(number) = next else {
                println!("(nobody can go on: the thread sleeps)");
                thread::park();
                continue;
            };
            // A waker may outlive its task: then the number leads to an empty place.
            if let Some((name, future, waker)) = &mut self.tasks[number] {
                polls += 1;
                println!("poll {polls}: {name}");
                let mut context = Context::from_waker(waker);
                if future.as_mut().poll(&mut context).is_ready() {
                    self.tasks[number] = None;
                }
            }
        }
        println!("all finished after {polls} polls");
    }
}
