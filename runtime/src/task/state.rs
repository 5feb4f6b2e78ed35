//! [`TaskState`], where in its life a task is; and what `Debug` says of one. Next: `builder.rs`.

use super::any::name_of;
use super::raw::TaskRef;
use std::fmt;

/// Where in its life a task is.
///
/// asyncio asks `done()` and `cancelled()`, which are here as well, and has no name for the one that
/// is running: it is `current_task()`.
///
/// ```
/// use oneloop::task::TaskState;
/// oneloop::run(async {
///     let task = oneloop::create_task(async { oneloop::current_task().unwrap().state() });
///     assert_eq!(task.state(), TaskState::Pending);
///     assert_eq!(task.await.unwrap(), TaskState::Running);
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// It waits, for its turn or for whatever it awaits.
    Pending,
    /// Its code runs just now: the one that asks is this task, or was called by it.
    Running,
    /// It has ended, with an output or by a panic.
    Done,
    /// It has ended by cancellation.
    Cancelled,
}

impl TaskState {
    pub(super) fn of(task: &TaskRef) -> TaskState {
        match (task.is_done(), task.is_cancelled()) {
            (true, true) => TaskState::Cancelled,
            (true, false) => TaskState::Done,
            (false, _) if task.is_running() => TaskState::Running,
            (false, _) => TaskState::Pending,
        }
    }
}

/// What `Debug` says of a task: much as `repr` does in asyncio.
pub(super) fn describe(
    task: &TaskRef,
    result: Option<&dyn fmt::Debug>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let state = match TaskState::of(task) {
        TaskState::Pending => "pending",
        TaskState::Running => "running",
        TaskState::Done => "finished",
        TaskState::Cancelled => "cancelled",
    };
    let mut text = f.debug_struct("Task");
    text.field("id", &task.id())
        .field("name", &name_of(task))
        .field("state", &format_args!("{state}"))
        .field("cancelling", &task.cancelling());
    if let Some(name) = task.type_name() {
        // The future of an `async fn` is named like a closure inside that function.
        let function = name.trim_end_matches("::{{closure}}");
        text.field("function", &format_args!("{function}"));
    }
    text.field("made_at", &format_args!("{}", task.place()));
    if let Some(result) = result {
        text.field("result", result);
    }
    text.finish()
}
