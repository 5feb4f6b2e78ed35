//! [`shield`]: await a task without handing requests on. Next: `leaf.rs`.

use crate::debug::{Noted, What};
use crate::task::scope::Construct;
use crate::task::{JoinError, Task};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// Awaits a task; cancelling whoever awaits it leaves the task alone. asyncio's `shield`.
///
/// It takes a task in each form in which one can be awaited:
///
/// | | gives | for |
/// | --- | --- | --- |
/// | `shield(&mut task)` | the outcome, by value | any output, such as an `io::Result`; a task that is awaited again after a time-out |
/// | `shield(&task)` | a copy of the outcome | outputs that are `Clone`; several who await one task. An `Rc` of a task does as well |
/// | `shield(task)` | the outcome, by value | a task that nobody needs to hear of again: given up, it is detached |
///
/// asyncio's `shield` makes a task of a coroutine; here that is `shield(create_task(future))`.
///
/// # Errors
/// As awaiting the task: [`JoinError`] if it was cancelled (by somebody else) or panicked.
///
/// # Panics
/// When the outcome was taken before, by awaiting `&mut task`.
///
/// Cancel safety: giving up loses nothing; the task runs on.
///
/// ```
/// use oneloop::{create_task, shield, sleep, timeout};
/// use std::time::Duration;
///
/// oneloop::run(async {
///     let mut upload = create_task(async {
///         sleep(Duration::from_millis(30)).await;
///         std::io::Result::Ok("stored")
///     });
///     let patience = Duration::from_millis(1);
///     assert!(timeout(patience, shield(&mut upload)).await.is_err());
///     assert!(!upload.cancelled(), "only whoever waited gave up");
///     assert_eq!(upload.await.unwrap().unwrap(), "stored");
/// });
/// ```
///
/// By `&`, an output that is no `Clone` is refused when the program is compiled:
///
/// ```compile_fail,E0277
/// async fn wait(task: &oneloop::Task<std::io::Result<()>>) {
///     oneloop::shield(task).await.ok();
/// }
/// ```
pub fn shield<S: ShieldTask>(task: S) -> Shield<S> {
    Shield {
        task,
        ticket: None,
        noted: None,
    }
}

#[diagnostic::on_unimplemented(
    message = "`shield` can't await `{Self}`",
    label = "neither a `Task` nor a `&mut Task`, nor a `&Task` whose output is `Clone`",
    note = "if the task's output is not `Clone`, lend the task: `shield(&mut task).await` gives its outcome by value",
    note = "a future that is no task would end with its awaiter: `shield(create_task(future))`"
)]
/// What [`shield`] takes: a task, a mutable reference to one, or, if its output is `Clone`, a reference
/// to one or an `Rc` of one.
///
/// ```
/// use oneloop::cancel::{ShieldTask, shield};
/// use oneloop::{JoinError, create_task};
///
/// async fn patiently<S: ShieldTask>(task: S) -> Result<S::Output, JoinError> {
///     shield(task).await
/// }
/// oneloop::run(async {
///     let mut task = create_task(async { 1 });
///     assert_eq!(patiently(&task).await.unwrap(), 1);
///     assert_eq!(patiently(&mut task).await.unwrap(), 1);
/// });
/// ```
pub trait ShieldTask {
    /// The task's output.
    type Output;

    #[doc(hidden)]
    fn poll_outcome(
        &mut self,
        context: &mut Context<'_>,
        ticket: &mut Option<u64>,
    ) -> Poll<Result<Self::Output, JoinError>>;

    #[doc(hidden)]
    fn task(&self) -> &Task<Self::Output>;
}

/// Writes the trait for one form of a task.
macro_rules! shield_task {
    ($Form:ty, $poll:ident $(, $Bound:ident)?) => {
        // What is refused is told of `ShieldTask` as a whole, with its cures.
        #[diagnostic::do_not_recommend]
        impl<T $(: $Bound)?> ShieldTask for $Form {
            type Output = T;

            #[track_caller]
            fn poll_outcome(
                &mut self,
                context: &mut Context<'_>,
                ticket: &mut Option<u64>,
            ) -> Poll<Result<T, JoinError>> {
                self.$poll(context, ticket)
            }

            fn task(&self) -> &Task<T> {
                self
            }
        }
    };
}

shield_task!(Task<T>, poll_taken);
shield_task!(&mut Task<T>, poll_taken);
shield_task!(&Task<T>, poll_copied, Clone);
shield_task!(Rc<Task<T>>, poll_copied, Clone);
shield_task!(&Rc<Task<T>>, poll_copied, Clone);

/// The future of [`shield`].
///
/// ```
/// use oneloop::{Task, cancel::Shield};
/// oneloop::run(async {
///     let task = oneloop::create_task(async { 1 });
///     let shield: Shield<&Task<i32>> = oneloop::shield(&task);
///     assert_eq!(shield.await.unwrap(), 1);
/// });
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct Shield<S: ShieldTask> {
    task: S,
    /// Our place among those who wait.
    ticket: Option<u64>,
    /// That it waits, and for whom.
    noted: Option<Noted>,
}

// A task is a handle: nothing is pinned in place.
impl<S: ShieldTask> Unpin for Shield<S> {}

impl<S: ShieldTask> Future for Shield<S> {
    type Output = Result<S::Output, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let polled = this.task.poll_outcome(context, &mut this.ticket);
        match polled {
            Poll::Ready(_) => this.noted = None,
            Poll::Pending => {
                let task = this.task.task().task_ref().id();
                Noted::keep(&mut this.noted, || What::Task(Construct::Shield, task));
            }
        }
        polled
    }
}

impl<S: ShieldTask> Drop for Shield<S> {
    fn drop(&mut self) {
        self.task.task().forget_waiter(self.ticket);
    }
}

impl<S: ShieldTask> fmt::Debug for Shield<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shield")
            .field(&self.task.task().any())
            .finish()
    }
}
