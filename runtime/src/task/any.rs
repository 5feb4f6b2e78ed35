//! [`AnyTask`]: a task whose output does not matter. Next: `state.rs`.

use super::handle::TaskId;
use super::raw::TaskRef;
use super::state::{TaskState, describe};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::Location;

/// A task, whatever its output: what [`current_task`](crate::current_task) and
/// [`all_tasks`](crate::all_tasks) give.
///
/// It can do all that a [`Task`](crate::Task) can but be awaited. Holding one keeps neither the task
/// running nor its output; two are equal if they are the same task.
///
/// ```
/// use oneloop::task::AnyTask;
/// oneloop::run(async {
///     let task = oneloop::create_task(async {
///         let me: AnyTask = oneloop::current_task().unwrap();
///         me.set_name("renamed");
///         me.id()
///     });
///     let (id, name) = (task.id(), task.name());
///     assert_eq!(task.await.unwrap(), id);
///     assert_eq!(name, format!("Task-{id}"));
/// });
/// ```
#[derive(Clone)]
pub struct AnyTask(TaskRef);

impl AnyTask {
    pub(crate) fn new(task: TaskRef) -> AnyTask {
        AnyTask(task)
    }

    pub(crate) fn task_ref(&self) -> &TaskRef {
        &self.0
    }

    /// Returns the task's number.
    ///
    /// ```
    /// oneloop::run(async {
    ///     assert_eq!(oneloop::current_task().unwrap().id().to_string(), "1");
    /// });
    /// ```
    pub fn id(&self) -> TaskId {
        TaskId::new(self.0.id())
    }

    /// Returns the task's name: the one it was given, or `Task-` and its number. See asyncio's
    /// `Task.get_name`.
    ///
    /// ```
    /// oneloop::run(async {
    ///     assert_eq!(oneloop::current_task().unwrap().name(), "Task-1");
    /// });
    /// ```
    pub fn name(&self) -> String {
        name_of(&self.0)
    }

    /// Gives the task a name, in place of the one that it had. See asyncio's `Task.set_name`.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let me = oneloop::current_task().unwrap();
    ///     me.set_name("main");
    ///     assert_eq!(me.name(), "main");
    /// });
    /// ```
    pub fn set_name(&self, name: &str) {
        self.0.set_name(name);
    }

    /// Returns the place where the task was made.
    ///
    /// ```
    /// oneloop::run(async {
    ///     assert!(oneloop::current_task().unwrap().made_at().line() > 0);
    /// });
    /// ```
    pub fn made_at(&self) -> &'static Location<'static> {
        self.0.place()
    }

    /// Asks the task to end, as [`Task::cancel`](crate::Task::cancel) does. The future of
    /// `block_on` is nobody's to cancel: false, as for a task that has ended.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(std::future::pending::<()>());
    ///     let me = oneloop::current_task().unwrap();
    ///     for other in oneloop::all_tasks() {
    ///         if other != me {
    ///             assert!(other.cancel());
    ///         }
    ///     }
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    pub fn cancel(&self) -> bool {
        self.0.cancel()
    }

    /// As [`cancel`](AnyTask::cancel), with a message for whoever catches the request or awaits the
    /// task.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(std::future::pending::<()>());
    ///     oneloop::all_tasks()[1].cancel_with("enough");
    ///     assert_eq!(task.await.unwrap_err().message(), Some("enough"));
    /// });
    /// ```
    pub fn cancel_with(&self, message: &str) -> bool {
        self.0.cancel_with(message.into())
    }

    /// Returns how often the task was asked to end: asyncio's `Task.cancelling`.
    ///
    /// ```
    /// oneloop::run(async {
    ///     assert_eq!(oneloop::current_task().unwrap().cancelling(), 0);
    /// });
    /// ```
    pub fn cancelling(&self) -> u32 {
        self.0.cancelling()
    }

    /// Takes one request back from those that [`cancelling`](AnyTask::cancelling) counts, and returns
    /// how many are left: asyncio's `Task.uncancel`.
    ///
    /// ```
    /// oneloop::run(async {
    ///     assert_eq!(oneloop::current_task().unwrap().uncancel(), 0);
    /// });
    /// ```
    pub fn uncancel(&self) -> u32 {
        self.0.change_requests(-1)
    }

    /// Says where in its life the task is.
    ///
    /// ```
    /// use oneloop::task::TaskState;
    /// oneloop::run(async {
    ///     assert_eq!(oneloop::current_task().unwrap().state(), TaskState::Running);
    /// });
    /// ```
    pub fn state(&self) -> TaskState {
        TaskState::of(&self.0)
    }

    /// Tells whether the task has ended.
    ///
    /// ```
    /// oneloop::run(async {
    ///     assert!(!oneloop::current_task().unwrap().done());
    /// });
    /// ```
    pub fn done(&self) -> bool {
        self.0.is_done()
    }

    /// Tells whether the task ended by cancellation.
    ///
    /// ```
    /// oneloop::run(async {
    ///     assert!(!oneloop::current_task().unwrap().cancelled());
    /// });
    /// ```
    pub fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

impl PartialEq for AnyTask {
    fn eq(&self, other: &AnyTask) -> bool {
        self.0.is_same(&other.0)
    }
}

impl Eq for AnyTask {}

impl Hash for AnyTask {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id().hash(state);
    }
}

impl fmt::Debug for AnyTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(&self.0, None, f)
    }
}

/// A task's name, or what it is called without one.
pub(crate) fn name_of(task: &TaskRef) -> String {
    match task.name() {
        Some(name) => name.to_string(),
        None => format!("Task-{}", task.id()),
    }
}
