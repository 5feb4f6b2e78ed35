//! [`AsTask`]: a task, or something that holds one. Next: `wait.rs`.

use crate::task::Task;
use std::rc::Rc;

#[diagnostic::on_unimplemented(
    message = "`wait` waits for tasks, and `{Self}` is none",
    label = "not a `Task`, nor a `&Task` or `Rc<Task>`",
    note = "make a task of a future: `wait([create_task(future)])`; futures that are no tasks are \
            awaited together by `gather` or `race`"
)]
/// What [`wait`](super::wait) takes: a task, a reference to one, or an `Rc` of one.
///
/// ```
/// use oneloop::{combine::AsTask, create_task};
///
/// fn name<T>(task: impl AsTask<T>) -> String {
///     task.as_task().name()
/// }
///
/// oneloop::run(async {
///     let task = create_task(async {});
///     assert_eq!(name(&task), name(task));
/// });
/// ```
pub trait AsTask<T> {
    /// Whether two of them can be of one task.
    #[doc(hidden)]
    const SHARED: bool = true;

    /// The task.
    fn as_task(&self) -> &Task<T>;
}

impl<T> AsTask<T> for Task<T> {
    const SHARED: bool = false;

    fn as_task(&self) -> &Task<T> {
        self
    }
}

impl<T> AsTask<T> for &Task<T> {
    fn as_task(&self) -> &Task<T> {
        self
    }
}

impl<T> AsTask<T> for Rc<Task<T>> {
    fn as_task(&self) -> &Task<T> {
        self
    }
}
