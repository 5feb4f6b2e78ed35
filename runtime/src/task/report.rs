//! What is said on standard error of a failure that nobody will look at.

use super::JoinError;
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
    let what = match (callback, name) {
        (true, _) => "a callback".to_owned(),
        (false, Some(name)) => format!("task {id} \"{name}\""),
        (false, None) => format!("task {id}"),
    };
    // Printing panics where standard error cannot be written to, which must not end the loop.
    quietly(|| {
        eprintln!("oneloop: {what}, made at {place}, failed and nobody awaited it: {error}")
    });
}
