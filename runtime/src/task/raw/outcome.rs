//! The end of an outcome that nobody took: outputs are dropped, panics reported.

use super::super::join_error::JoinError;
use super::super::{owner, report};
use super::count;
use super::header::{Header, TaskPtr, state};
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
            report_lost(task, task.stage::<JoinError>().read());
        } else {
            (task.header().vtable.drop_stage)(task);
        }
    }
}

/// Tells the world of a panic that nobody will look at.
///
/// # Safety
/// The caller has a reference, and is on the owner's thread.
pub(super) unsafe fn report_lost(task: TaskPtr, error: JoinError) {
    // SAFETY: by contract.
    unsafe {
        let header = task.header();
        if !error.was_propagated() {
            let callback = task.is(state::CALLBACK);
            report::lost_panic(header.id, task.name(), header.place, callback, &error);
        }
    }
    quietly(|| drop(error));
}
