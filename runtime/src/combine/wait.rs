//! [`wait`]: until some or all of several tasks have ended, or for some time.
//!
//! Who uses it: programs that go on with what is there and keep the rest. Read next: `fan.rs`.

use super::as_task::AsTask;
use std::collections::HashSet;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::fan::Fan;
use super::several::Several;
use crate::context::takes_notes;
use crate::debug::{Noted, What};
use crate::task::Task;
use crate::task::scope::Construct;
use crate::time::{Sleep, sleep_in};

/// Waits for tasks without taking their results: asyncio's `wait(tasks, timeout=…, return_when=…)`.
///
/// What is awaited is chosen by the methods of [`Wait`]; without any, it is the end of all tasks. The
/// answer is all the tasks again, parted into [`Waited::done`], in the order in which they ended,
/// and [`Waited::pending`], in the order of the arguments. A time-out is no error and cancels
/// nothing: the tasks that still run are simply in `pending`.
///
/// It takes tasks, references to tasks or `Rc`s of them, and gives the same back; a task that stands in
/// it twice is given once, as asyncio's sets have it. Cancelling whoever awaits it leaves the tasks
/// alone.
///
/// Cancel safety: dropping it drops what it was given: tasks are detached and run on, references are
/// just references.
///
/// # Panics
///
/// If there is no task, since there is nothing to wait for (asyncio raises `ValueError`), and, when
/// awaited, if no loop is running on this thread and a time-out is set.
///
/// ```
/// use std::time::Duration;
/// use oneloop::{create_task, sleep, wait};
///
/// oneloop::run(async {
///     let worker = |milliseconds| create_task(sleep(Duration::from_millis(milliseconds)));
///     let tasks = [worker(3_600_000), worker(2), worker(1)];
///     let waited = wait(tasks).timeout(Duration::from_millis(100)).await;
///     assert_eq!(waited.done.len(), 2);
///     assert_eq!(waited.pending.len(), 1);
///     waited.pending[0].cancel();
///
///     let task = worker(1);
///     wait([&task]).await;
///     assert!(task.done());
/// });
/// ```
///
/// A bare future is no task, which asyncio finds when it runs:
///
/// ```compile_fail,E0277
/// oneloop::run(async { oneloop::wait([async { 1 }]).await.done.len() });
/// ```
#[track_caller]
pub fn wait<T, B: AsTask<T>>(tasks: impl Several<B>) -> Wait<T, B> {
    let mut tasks: Vec<B> = tasks.each().collect();
    if B::SHARED {
        let mut known = HashSet::new();
        tasks.retain(|task| known.insert(task.as_task().any()));
    }
    assert!(
        !tasks.is_empty(),
        "`wait` was given no task, so nothing could ever end it: look whether there is one first"
    );
    Wait {
        tasks,
        timeout: None,
        until: Until::AllCompleted,
    }
}

/// What [`wait`] waits for, before it is awaited.
///
/// ```
/// use oneloop::{combine::Wait, create_task, wait};
///
/// oneloop::run(async {
///     let tasks: Wait<u32> = wait([create_task(async { 1 }), create_task(async { 2 })]);
///     for task in tasks.all_completed().await.done {
///         println!("{}", task.await.unwrap());
///     }
/// });
/// ```
#[must_use = "nothing is waited for unless it is awaited; the tasks are detached"]
pub struct Wait<T, B = Task<T>> {
    tasks: Vec<B>,
    timeout: Option<Duration>,
    until: Until<T>,
}

/// asyncio's `return_when`.
enum Until<T> {
    AllCompleted,
    FirstCompleted,
    /// The function says of an output whether it counts as an exception; a panic always does.
    FirstException(fn(&T) -> bool),
}

/// The tasks that [`wait`] was given, parted.
///
/// ```
/// use oneloop::{combine::Waited, create_task, wait};
///
/// oneloop::run(async {
///     let tasks = [create_task(std::future::pending()), create_task(async { 1 })];
///     let Waited { done, pending } = wait(tasks).first_completed().await;
///     assert_eq!((done.len(), pending.len()), (1, 1));
/// });
/// ```
pub struct Waited<B> {
    /// The tasks that ended (with an output, by cancellation or by a panic), in that order. Those
    /// that had ended before the wait began come first, in the order of the arguments.
    pub done: Vec<B>,
    /// The others, in the order of the arguments.
    pub pending: Vec<B>,
}

impl<T, B> Wait<T, B> {
    /// Waits no longer than `duration`, counted from the first poll.
    ///
    /// ```
    /// use std::time::Duration;
    /// use oneloop::{create_task, wait};
    ///
    /// oneloop::run(async {
    ///     let task = create_task(std::future::pending::<()>());
    ///     let waited = wait([task]).timeout(Duration::from_millis(1)).await;
    ///     assert!(!waited.pending[0].done(), "it was not cancelled");
    /// });
    /// ```
    pub fn timeout(mut self, duration: Duration) -> Wait<T, B> {
        self.timeout = Some(duration);
        self
    }

    /// Waits until every task has ended: `ALL_COMPLETED`, which it does anyway.
    ///
    /// ```
    /// use oneloop::{create_task, wait};
    ///
    /// oneloop::run(async {
    ///     let tasks = (0..3).map(|number| create_task(async move { number }));
    ///     assert_eq!(wait(tasks).all_completed().await.done.len(), 3);
    /// });
    /// ```
    pub fn all_completed(mut self) -> Wait<T, B> {
        self.until = Until::AllCompleted;
        self
    }

    /// Waits until at least one task has ended: `FIRST_COMPLETED`.
    ///
    /// ```
    /// use oneloop::{create_task, wait};
    ///
    /// oneloop::run(async {
    ///     let tasks = [create_task(std::future::pending()), create_task(async { 7 })];
    ///     let mut waited = wait(tasks).first_completed().await;
    ///     assert_eq!(waited.done.remove(0).await.unwrap(), 7);
    /// });
    /// ```
    pub fn first_completed(mut self) -> Wait<T, B> {
        self.until = Until::FirstCompleted;
        self
    }

    /// Waits until a task has panicked, or all have ended: `FIRST_EXCEPTION` for tasks whose output is
    /// no `Result`. Being cancelled is no exception here, as in asyncio.
    ///
    /// An output is an output to it, an `Err` as well. Tasks that return a `Result` fail by their `Err`:
    /// `first_exception_where(Result::is_err)` is their `FIRST_EXCEPTION`
    /// ([`first_exception_where`](Wait::first_exception_where)).
    ///
    /// ```
    /// use oneloop::{create_task, wait};
    ///
    /// oneloop::run(async {
    ///     let tasks = [create_task(async { 1 }), create_task(async { 2 })];
    ///     assert_eq!(wait(tasks).first_exception().await.done.len(), 2);
    /// });
    /// ```
    pub fn first_exception(self) -> Wait<T, B> {
        self.first_exception_where(|_| false)
    }

    /// Waits until a task has panicked or given an output of which `is_exception` is true, or all
    /// have ended. With `Result::is_err` it is `FIRST_EXCEPTION` for tasks that return a `Result`.
    ///
    /// ```
    /// use oneloop::{create_task, wait};
    ///
    /// oneloop::run(async {
    ///     let fails = create_task(async { "seven".parse::<u32>() });
    ///     let never = create_task(std::future::pending());
    ///     let waited = wait([never, fails]).first_exception_where(Result::is_err).await;
    ///     assert_eq!(waited.pending.len(), 1);
    /// });
    /// ```
    pub fn first_exception_where(mut self, is_exception: fn(&T) -> bool) -> Wait<T, B> {
        self.until = Until::FirstException(is_exception);
        self
    }
}

impl<T, B: AsTask<T>> IntoFuture for Wait<T, B> {
    type Output = Waited<B>;
    type IntoFuture = Waiting<T, B>;

    fn into_future(self) -> Waiting<T, B> {
        let watch = |task| Some(Watched { task, ticket: None });
        Waiting {
            fan: Fan::new(self.tasks.len()),
            tasks: self.tasks.into_iter().map(watch).collect(),
            done: Vec::new(),
            sleep: self.timeout.map(|duration| sleep_in("wait", duration)),
            until: self.until,
            enough: false,
            noted: None,
        }
    }
}

/// The future of [`wait`].
///
/// ```
/// use std::future::IntoFuture;
/// use oneloop::{combine::Waiting, create_task, wait};
///
/// oneloop::run(async {
///     let waiting: Waiting<u32> = wait([create_task(async { 1 })]).into_future();
///     assert_eq!(waiting.await.done.len(), 1);
/// });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Waiting<T, B: AsTask<T> = Task<T>> {
    fan: Fan,
    /// The tasks in the order of the arguments; `None`: it is in `done`.
    tasks: Vec<Option<Watched<B>>>,
    done: Vec<B>,
    sleep: Option<Sleep>,
    until: Until<T>,
    /// Whether a task has ended in the way that ends the wait.
    enough: bool,
    /// That it waits, and for whom.
    noted: Option<Noted>,
}

struct Watched<B> {
    task: B,
    /// Our place among those who wait for the task.
    ticket: Option<u64>,
}

// Nothing is pinned in place: tasks and the sleep may move.
impl<T, B: AsTask<T>> Unpin for Waiting<T, B> {}

impl<T, B: AsTask<T>> Future for Waiting<T, B> {
    type Output = Waited<B>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Waited<B>> {
        let this = self.get_mut();
        let all = this.fan.poll(context, |index, context| {
            let place = &mut this.tasks[index];
            let watched = place
                .as_mut()
                .expect("only tasks that have not ended are polled");
            let task = watched.task.as_task();
            ready!(task.poll_done(context, &mut watched.ticket));
            if let Some(Watched { task, .. }) = place.take() {
                this.enough |= this.until.is_met_by(task.as_task());
                this.done.push(task);
            }
            Poll::Ready(())
        });
        if all.is_pending() && !this.enough {
            let ended = match &mut this.sleep {
                Some(sleep) => Pin::new(sleep).poll(context),
                None => Poll::Pending,
            };
            if ended.is_pending() {
                // Only if asked: the list is an allocation.
                if takes_notes() {
                    let ids = |watched: &Watched<B>| watched.task.as_task().task_ref().id();
                    let tasks = || this.tasks.iter().flatten().map(ids).collect();
                    Noted::keep(&mut this.noted, || What::Tasks(Construct::Wait, tasks()));
                }
                return Poll::Pending;
            }
        }
        this.noted = None;
        Poll::Ready(Waited {
            done: mem::take(&mut this.done),
            pending: this.leave(),
        })
    }
}

impl<T, B: AsTask<T>> Waiting<T, B> {
    /// Stops watching the tasks that have not ended, and returns them.
    fn leave(&mut self) -> Vec<B> {
        let unwatch = |mut watched: Watched<B>| {
            watched.task.as_task().forget_waiter(watched.ticket.take());
            watched.task
        };
        let watched = mem::take(&mut self.tasks);
        watched.into_iter().flatten().map(unwatch).collect()
    }
}

impl<T, B: AsTask<T>> Drop for Waiting<T, B> {
    fn drop(&mut self) {
        drop(self.leave());
    }
}

impl<T> Until<T> {
    /// Whether the end of this task is the one that was waited for.
    fn is_met_by(&self, task: &Task<T>) -> bool {
        match self {
            Until::AllCompleted => false,
            Until::FirstCompleted => true,
            Until::FirstException(is_exception) => match task.peek() {
                Some(Ok(output)) => is_exception(output),
                Some(Err(error)) => error.is_panic(),
                None => false,
            },
        }
    }
}

impl<T, B: fmt::Debug> fmt::Debug for Wait<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("tasks", &self.tasks)
            .field("timeout", &self.timeout)
            .finish()
    }
}

impl<B: fmt::Debug> fmt::Debug for Waited<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waited")
            .field("done", &self.done)
            .field("pending", &self.pending)
            .finish()
    }
}

impl<T, B: AsTask<T>> fmt::Debug for Waiting<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pending = self.tasks.iter().flatten().count();
        f.debug_struct("Waiting")
            .field("done", &self.done.len())
            .field("pending", &pending)
            .finish()
    }
}
