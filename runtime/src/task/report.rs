//! What is said of failures that nobody will look at, on standard error, and of tasks that are awaited
//! once too often, in a panic.

use super::JoinError;
use super::raw::TaskRef;
use crate::quietly::quietly;
use std::panic::Location;

/// Reports a panic of a task that no handle can tell of any more (asyncio's "Task exception was
/// never retrieved"), at the moment when that becomes certain.
pub(crate) fn lost_panic(
    id: u64,
    name: Option<std::rc::Rc<str>>,
    place: &Location<'_>,
    callback: bool,
    error: &JoinError,
) {
    let line = sentence(id, name.as_deref(), place, callback, error);
    // Printing panics where standard error cannot be written to, which must not end the loop.
    quietly(|| eprintln!("oneloop: {line}"));
}

fn sentence(
    id: u64,
    name: Option<&str>,
    place: &Location<'_>,
    callback: bool,
    error: &JoinError,
) -> String {
    let panic = error.panic_message().unwrap_or("(no panic)");
    match (callback, name) {
        (true, _) => format!("a callback, made at {place}, panicked: {panic}"),
        (false, Some(name)) => {
            format!(
                "task {id} \"{name}\", made at {place}, panicked and nobody awaited it: {panic}"
            )
        }
        (false, None) => {
            format!("task {id}, made at {place}, panicked and nobody awaited it: {panic}")
        }
    }
}

/// Panics: the task's output was taken before.
#[cold]
#[inline(never)]
#[track_caller]
pub(super) fn awaited_again(task: &TaskRef) -> ! {
    panic!(
        "task {}{}, made at {}, was awaited again after its output was taken; await it by \
         reference each time, as in `(&task).await`, to have the output more than once",
        task.id(),
        task.name()
            .map_or(String::new(), |name| format!(" \"{name}\"")),
        task.place(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_has_no_awaiter_to_be_missed() {
        let place = Location::caller();
        let error = JoinError::panicked(Box::new("oh"));
        assert_eq!(
            sentence(3, None, place, true, &error),
            format!("a callback, made at {place}, panicked: oh")
        );
        assert_eq!(
            sentence(3, Some("n1"), place, false, &error),
            format!("task 3 \"n1\", made at {place}, panicked and nobody awaited it: oh")
        );
        assert_eq!(
            sentence(3, None, place, false, &error),
            format!("task 3, made at {place}, panicked and nobody awaited it: oh")
        );
    }
}
