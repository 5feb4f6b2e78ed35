//! The end of an outcome that nobody took: outputs are dropped, panics reported.

use super::super::join_error::JoinError;
use super::super::{owner, report};
use super::count;
use super::header::{Header, TaskPtr, state};
use super::task_ref::TaskRef;
use crate::quietly::quietly;
use std::ptr;

/// Drops the outcome of a finished task that nobody took, and then the caller's reference.
///
/// The outcome may own a handle whose outcome owns a handle, and so on: 100,000 of them one
/// inside the other would need as many stack frames. Beyond [`DEEP`] the block is put aside, and
/// the outermost of these calls drops what was put aside, one after the other.
///
/// # Safety
/// On the owner's thread. The task is done, `OUTPUT` was set and has just been cleared. The
/// caller's reference is given back.
#[cold]
pub(super) unsafe fn drop_outcome(task: TaskPtr) {
    /// Ends a level, also when a drop panics.
    struct Level;
    impl Drop for Level {
        fn drop(&mut self) {
            if owner::drop_depth() > 1 {
                return owner::set_drop_depth(owner::drop_depth() - 1);
            }
            while let Some(task) = take_aside() {
                // SAFETY: put aside by `drop_outcome`, with its reference.
                quietly(|| unsafe { drop_one(task) });
            }
            owner::set_drop_depth(0);
        }
    }
    // SAFETY: by contract.
    unsafe {
        if owner::drop_depth() >= DEEP {
            let rest = owner::replace_aside(task.as_ptr().cast());
            return task.header().scope.set(rest.cast());
        }
        owner::set_drop_depth(owner::drop_depth() + 1);
        let _level = Level;
        drop_one(task);
    }
}

/// How many outcomes may be dropped one inside the other.
const DEEP: u32 = 32;

/// Takes a block that [`drop_outcome`] put aside.
fn take_aside() -> Option<TaskPtr> {
    let first = owner::replace_aside(ptr::null_mut()).cast::<Header>();
    if first.is_null() {
        return None;
    }
    // SAFETY: what is put aside is a block, with a reference. A finished task uses `scope` as
    // the link of this list.
    unsafe {
        let task = TaskPtr::from_raw(first);
        owner::replace_aside(task.header().scope.get().cast());
        Some(task)
    }
}

/// # Safety
/// As [`drop_outcome`].
unsafe fn drop_one(task: TaskPtr) {
    struct Unref(TaskPtr);
    impl Drop for Unref {
        fn drop(&mut self) {
            // SAFETY: the caller's reference, given back once.
            unsafe { count::drop_ref(self.0) }
        }
    }
    let _unref = Unref(task);
    // SAFETY: by contract the stage holds an outcome, which is moved out or dropped here, once.
    unsafe {
        if task.is(state::FAILED) && !task.is(state::SEEN | state::CANCELLED) {
            return report_lost(task, task.stage::<JoinError>().read());
        }
        if task.is(state::COLD) && !task.is(state::FAILED | state::SEEN) {
            report_error(task, task.stage());
        }
        (task.header().vtable.drop_stage)(task);
    }
}

/// The handle of a task goes before its end: is the outcome wanted all the same, to be reported? Then
/// `JOINED` stays, and the task's end drops the outcome.
///
/// # Safety
/// As [`report_lost`].
#[cold]
#[inline(never)]
pub(super) unsafe fn is_wanted(task: TaskPtr) -> bool {
    // SAFETY: by contract; no user code runs in the look.
    unsafe {
        task.with_cold(|cold| {
            cold.orphan = cold.error_text.is_some();
            cold.orphan
        })
    }
}

/// Tells the world of a panic that nobody will look at.
///
/// # Safety
/// The caller has a reference, and is on the owner's thread.
pub(super) unsafe fn report_lost(task: TaskPtr, error: JoinError) {
    if !error.was_propagated() {
        let text = error.panic_message().unwrap_or("(no panic)");
        // SAFETY: by contract.
        unsafe { tell(task, true, text) };
    }
    quietly(|| drop(error));
}

/// The same of an output that is an error, if `task::Builder::report_errors` asked for it.
///
/// # Safety
/// As [`report_lost`]. `output` points to the task's output, which nobody else moves or drops
/// meanwhile.
#[cold]
unsafe fn report_error(task: TaskPtr, output: *const ()) {
    // SAFETY: by contract.
    unsafe {
        if let Some(text) = error_of(task, output) {
            tell(task, false, &text);
        }
    }
}

/// # Safety
/// As [`report_error`].
unsafe fn error_of(task: TaskPtr, output: *const ()) -> Option<String> {
    // SAFETY: by contract; `error_text` was set for the type of this task's output. It calls a
    // `Display`, which is user code, and cannot reach the output.
    unsafe {
        let error_text = task.with_cold(|cold| cold.error_text)?;
        let mut text = None;
        quietly(|| text = error_text(output));
        text
    }
}

/// # Safety
/// As [`report_lost`].
unsafe fn tell(task: TaskPtr, panicked: bool, error: &str) {
    // SAFETY: by contract; the pointer is null once the scheduler is gone, and the reporter is kept
    // while its handler, which is user code, runs.
    let (subject, reporter) = unsafe {
        let scheduler = task.header().shared.as_ref().scheduler.get();
        (
            TaskRef::new(task).subject(),
            scheduler
                .as_ref()
                .map(|scheduler| scheduler.reporter.clone()),
        )
    };
    let report = report::lost(subject, panicked, error);
    match reporter {
        Some(reporter) => reporter.report(&report),
        None => report::print(&report),
    }
}

/// The failure that a finished task holds and nobody has looked at: whether it is a panic, and its
/// text. From here on it counts as seen.
///
/// # Safety
/// The caller has a reference, and is on the owner's thread.
pub(super) unsafe fn unseen_failure(task: TaskPtr) -> Option<(bool, String)> {
    let there = state::DONE | state::OUTPUT;
    // SAFETY: by contract; the flags say what the stage holds.
    unsafe {
        if task.state() & (there | state::SEEN | state::CANCELLED) != there {
            return None;
        }
        if task.is(state::FAILED) {
            task.set(state::SEEN);
            let error = &*task.stage::<JoinError>();
            return error.panic_message().map(|text| (true, text.to_owned()));
        }
        if !task.is(state::COLD) {
            return None;
        }
        // The `Display` of the error might drop the handle, and the output with it: it is ours
        // meanwhile.
        task.clear(state::OUTPUT);
        let text = error_of(task, task.stage());
        match task.is(state::JOINED) {
            true => task.set(state::OUTPUT | if text.is_some() { state::SEEN } else { 0 }),
            false => {
                task.set(state::SEEN);
                count::hold(task);
                drop_outcome(task);
            }
        }
        text.map(|text| (false, text))
    }
}
