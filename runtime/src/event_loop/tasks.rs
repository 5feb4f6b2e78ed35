//! Which tasks there are: [`current_task`] and [`all_tasks`].

use super::{Core, Handle};
use crate::context::{expect_core, with_core};
use crate::task::AnyTask;

/// Returns the task that is running: asyncio's `current_task`. `None` in a plain callback, and
/// outside a loop (where asyncio raises).
///
/// ```
/// assert!(oneloop::current_task().is_none());
/// oneloop::run(async {
///     let task = oneloop::create_task(async { oneloop::current_task().unwrap().id() });
///     let id = task.id();
///     assert_eq!(task.await.unwrap(), id);
/// });
/// ```
pub fn current_task() -> Option<AnyTask> {
    with_core(|core| core.and_then(|core| core.current_task()))
}

/// Returns the tasks of the running loop that have not ended, in the order in which they were made:
/// asyncio's `all_tasks`. The future of `run` or `block_on` is one of them; callbacks are not.
///
/// # Panics
/// When no loop is running on this thread; [`Handle::all_tasks`] needs none.
///
/// ```
/// oneloop::run(async {
///     let task = oneloop::task::Builder::new().name("waits").create_task(async {});
///     let names: Vec<_> = oneloop::all_tasks().iter().map(|task| task.name()).collect();
///     assert_eq!(names, ["Task-1", "waits"]);
///     task.await.unwrap();
/// });
/// ```
#[track_caller]
pub fn all_tasks() -> Vec<AnyTask> {
    expect_core("all_tasks", |core| core.all_tasks())
}

impl Core {
    fn current_task(&self) -> Option<AnyTask> {
        let task = self.scheduler.current()?;
        (!task.is_callback()).then(|| AnyTask::new(task))
    }

    pub(super) fn all_tasks(&self) -> Vec<AnyTask> {
        self.scheduler
            .tasks()
            .into_iter()
            .map(AnyTask::new)
            .collect()
    }
}

impl Handle {
    /// As [`all_tasks`](crate::all_tasks), of this loop, running or not. None are left of a loop that
    /// was dropped.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// let task = event_loop.handle().create_task(async {});
    /// assert_eq!(event_loop.handle().all_tasks().len(), 1);
    /// event_loop.block_on(task).unwrap();
    /// assert!(event_loop.handle().all_tasks().is_empty());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn all_tasks(&self) -> Vec<AnyTask> {
        self.core().all_tasks()
    }
}
