//! From scratch, step 2 of 5: many tasks on one thread, taken from a queue.
//!
//! New here: a **task** is a future that the executor owns, and the executor takes its tasks
//! from the front of a **ready queue**, polls each once and puts the unfinished at the back. That
//! is already concurrency: while one task waits, the others go on.
//!
//! Given up for a moment: sleeping. This executor has nobody to tell it *when* a task can go on
//! (its waker does nothing), so it asks all of them, round after round.
//!
//! Watch: the baker and the singer take turns, since each `.await` on `yield_now` lets the other
//! one in. And count the polls of the customer, who can do nothing until the bread is there: all
//! but the first and the last are wasted. Step 3, `03_waker.rs`, makes them disappear.
//!
//! Run it with `cargo run --example from_scratch_02`.

use oneloop_examples::println; // As std's, but it ends quietly under `| head`.
use std::cell::Cell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

fn main() {
    let bread = Rc::new(Cell::new(None));
    let mut executor = Executor::default();
    executor.spawn("customer", customer(bread.clone()));
    executor.spawn("baker", baker(bread));
    executor.spawn("singer", singer());
    executor.run();
}

/// Waits until a loaf lies on the counter.
async fn customer(counter: Rc<Cell<Option<&'static str>>>) {
    println!("  customer: is there bread?");
    let bread = poll_fn(|_context| match counter.take() {
        Some(bread) => Poll::Ready(bread),
        None => Poll::Pending,
    })
    .await;
    println!("  customer: thank you for the {bread}");
}

/// Bakes in three steps and lets the others run between two steps.
async fn baker(counter: Rc<Cell<Option<&'static str>>>) {
    for step in ["mix", "knead", "bake"] {
        println!("  baker: {step}");
        yield_now().await;
    }
    counter.set(Some("rye bread"));
    println!("  baker: the bread is on the counter");
}

/// Sings two lines. No task of the three knows of the others' turns.
async fn singer() {
    println!("  singer: la");
    yield_now().await;
    println!("  singer: la la");
}

/// Is pending once, ready the next time: "let the others run".
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|_context| match std::mem::replace(&mut yielded, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await
}

/// A future that the executor owns. In a box, since futures of different functions are of
/// different types and sizes; pinned, since it will be polled.
struct Task {
    name: &'static str,
    future: Pin<Box<dyn Future<Output = ()>>>,
}

/// The tasks that are not finished. In this step all of them count as ready.
#[derive(Default)]
struct Executor {
    ready: VecDeque<Task>,
}

impl Executor {
    /// Takes a future into the queue. It does not run yet: a task starts when its turn comes.
    fn spawn(&mut self, name: &'static str, future: impl Future<Output = ()> + 'static) {
        let future = Box::pin(future);
        self.ready.push_back(Task { name, future });
    }

    /// Runs until every task has finished.
    fn run(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        let (mut polls, mut finished) = (0, 0);
        while let Some(mut task) = self.ready.pop_front() {
            polls += 1;
            println!("poll {polls}: {}", task.name);
            match task.future.as_mut().poll(&mut context) {
                Poll::Ready(()) => finished += 1,
                Poll::Pending => self.ready.push_back(task),
            }
        }
        println!("{finished} tasks finished after {polls} polls");
    }
}
