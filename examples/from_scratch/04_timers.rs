//! From scratch, step 4 of 5: tasks that sleep.
//!
//! New here: **time**. A task that sleeps leaves its waker with the loop, sorted by deadline. The
//! loop wakes whoever is due, and when nobody can go on it parks the thread, but no longer than
//! until the first deadline. Executor plus timers is what we call an event loop from here on.
//!
//! Watch: three tasks on one thread, each with sleeps of its own, take as long as the longest of
//! them and not as long as all together. The order is that of the deadlines, not of the calls.
//! Run it with `cargo run --example from_scratch_04`, then read `05_epoll.rs`.

use oneloop_examples::println; // As std's, but it ends quietly under `| head`.
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

fn main() {
    let timers = Rc::new(Timers::default());
    let mut event_loop = Loop::new();
    event_loop.spawn(tea(timers.clone()));
    event_loop.spawn(dish(timers.clone(), "egg", 500));
    event_loop.spawn(dish(timers.clone(), "toast", 100));
    event_loop.run(&timers);
    say("breakfast: 1000 ms of cooking, done by one thread");
}

async fn tea(timers: Rc<Timers>) {
    say("tea: boil the water, 200 ms");
    timers.sleep(Duration::from_millis(200)).await;
    say("tea: the water boils, steep for 200 ms more");
    timers.sleep(Duration::from_millis(200)).await;
    say("tea: done");
}

async fn dish(timers: Rc<Timers>, name: &str, milliseconds: u64) {
    say(&format!("{name}: into the heat, {milliseconds} ms"));
    timers.sleep(Duration::from_millis(milliseconds)).await;
    say(&format!("{name}: done"));
}

/// Prints a line with the time since the first one.
fn say(line: &str) {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    println!("[{:>4} ms] {line}", START.elapsed().as_millis());
}

/// The sleepers' wakers, the earliest deadline first. Who asked for the same instant is told
/// apart by a number, so that whoever went to sleep first wakes first.
#[derive(Default)]
struct Timers {
    sleepers: RefCell<BTreeMap<(Instant, usize), Waker>>,
    numbers_given: Cell<usize>,
}

impl Timers {
    /// Is ready when `duration` has passed, never before.
    async fn sleep(&self, duration: Duration) {
        let deadline = Instant::now() + duration;
        poll_fn(|context| {
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            let key = (
                deadline,
                self.numbers_given.replace(self.numbers_given.get() + 1),
            );
            self.sleepers
                .borrow_mut()
                .insert(key, context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Wakes the sleepers whose time has come; returns for how long nobody else will be due.
    fn wake_due(&self) -> Duration {
        let now = Instant::now();
        let mut sleepers = self.sleepers.borrow_mut();
        while let Some(sleeper) = sleepers.first_entry() {
            let (deadline, _) = *sleeper.key();
            if deadline > now {
                return deadline - now;
            }
            sleeper.remove().wake();
        }
        Duration::MAX
    }
}

/// As in step 3: the numbers of the tasks that can go on.
struct ReadyQueue {
    numbers: Mutex<VecDeque<usize>>,
    owner: Thread,
}

/// As in step 3: puts one task into the queue.
struct TaskWaker(usize, Arc<ReadyQueue>);

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let TaskWaker(number, queue) = &*self;
        queue.numbers.lock().unwrap().push_back(*number);
        if thread::current().id() != queue.owner.id() {
            queue.owner.unpark();
        }
    }
}

type Task = (Pin<Box<dyn Future<Output = ()>>>, Waker);

struct Loop {
    tasks: Vec<Option<Task>>,
    ready: Arc<ReadyQueue>,
}

impl Loop {
    fn new() -> Loop {
        let (tasks, numbers, owner) = (Vec::new(), Mutex::default(), thread::current());
        let ready = Arc::new(ReadyQueue { numbers, owner });
        Loop { tasks, ready }
    }

    fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        let waker = Waker::from(Arc::new(TaskWaker(self.tasks.len(), self.ready.clone())));
        waker.wake_by_ref();
        self.tasks.push(Some((Box::pin(future), waker)));
    }

    fn run(&mut self, timers: &Timers) {
        while self.tasks.iter().any(Option::is_some) {
            let until_next = timers.wake_due();
            let next = self.ready.numbers.lock().unwrap().pop_front();
            let Some(number) = next else {
                thread::park_timeout(until_next);
                continue;
            };
            if let Some((future, waker)) = &mut self.tasks[number] {
                let mut context = Context::from_waker(waker);
                if future.as_mut().poll(&mut context).is_ready() {
                    self.tasks[number] = None;
                }
            }
        }
    }
}
