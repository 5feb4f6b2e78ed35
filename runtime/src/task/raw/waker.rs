//! The waker: a pointer to the task's block, good on any thread and after the loop's death.
//!
//! Each of the four operations first asks whether the task's loop is entered on this thread. If
//! so, waking is a bit and a push on the ready queue, and cloning is a plain addition; if not,
//! [`count`](super::count) does the same with atomics and through the remote list.

use super::count::{self, is_home};
use super::header::{Header, TaskPtr, remote, state};
use super::life::scheduler_of;
use crate::quietly::quietly;
use std::mem::ManuallyDrop;
use std::ptr;
use std::task::{RawWaker, RawWakerVTable, Waker};

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop);

/// A waker of this task that holds no reference of its own.
///
/// # Safety
/// The block outlives the waker.
#[inline(always)]
pub(super) unsafe fn borrowed(task: TaskPtr) -> ManuallyDrop<Waker> {
    // SAFETY: the table's functions keep the contract of `RawWaker` for a pointer to a block: see
    // each of them. As the waker is never dropped, it needs no reference.
    ManuallyDrop::new(unsafe { Waker::from_raw(RawWaker::new(task.as_ptr().cast(), &VTABLE)) })
}

/// # Safety
/// `data` comes from a waker of ours, which holds or borrows a reference to its block.
#[inline(always)]
unsafe fn task_of(data: *const ()) -> TaskPtr {
    // SAFETY: `borrowed` and `clone` put the block's own address there.
    unsafe { TaskPtr::from_raw(data as *mut Header) }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the waker that is cloned has a reference, so one may be added.
    unsafe { count::hold(task_of(data)) };
    RawWaker::new(data, &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the waker's reference is given back here, once.
    unsafe {
        let task = task_of(data);
        if is_home(task) {
            wake_and_drop(task);
        } else {
            count::act_from_abroad(task, -remote::ONE, true);
        }
    }
}

/// Wakes the task at home and gives a reference back.
///
/// # Safety
/// The loop is entered on this thread; the caller has a reference, which this call takes.
#[inline(always)]
pub(super) unsafe fn wake_and_drop(task: TaskPtr) {
    // SAFETY: by contract. The reference goes first, so that the push is the last step and nothing
    // needs to be saved across it. It is not the last one.
    unsafe {
        if task.is(state::SCHEDULED | state::DONE) {
            return count::drop_one_of_many(task);
        }
        if !count::count_down(task) {
            return wake_and_drop_last(task);
        }
        wake_at_home(task);
    }
}

/// # Safety
/// As [`wake_and_drop`], but the reference was counted down.
#[cold]
#[inline(never)]
unsafe fn wake_and_drop_last(task: TaskPtr) {
    // SAFETY: by contract; counted up again, the reference keeps the block while it is queued.
    unsafe {
        let refs = &task.header().refs;
        refs.set(refs.get().wrapping_add(1));
        wake_at_home(task);
        count::drop_at_home(task);
    }
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the waker keeps its reference.
    unsafe { wake_task(task_of(data)) }
}

unsafe fn drop(data: *const ()) {
    // SAFETY: the waker's reference is given back here, once.
    unsafe { count::drop_ref(task_of(data)) }
}

/// The task that a waker wakes, if it is one of ours: of any loop, on any thread.
#[inline(always)]
pub(super) fn ours(waker: &Waker) -> Option<TaskPtr> {
    // SAFETY: a waker with our table was made by us.
    ptr::eq(waker.vtable(), &VTABLE).then(|| unsafe { task_of(waker.data()) })
}

/// Wakes the task, from any thread.
///
/// # Safety
/// The caller has a reference.
#[inline(always)]
pub(super) unsafe fn wake_task(task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        if is_home(task) {
            wake_at_home(task);
        } else {
            count::act_from_abroad(task, 0, true);
        }
    }
}

/// Puts the task in the ready queue, unless it is there already or has ended.
///
/// # Safety
/// The loop is entered on this thread and the block is alive.
#[inline(always)]
pub(super) unsafe fn wake_at_home(task: TaskPtr) {
    // SAFETY: by contract. The mark is set before the push, since it is what keeps the block; the
    // scheduler lives while its loop is entered.
    unsafe {
        if !task.is(state::SCHEDULED | state::DONE) {
            task.set(state::SCHEDULED);
            scheduler_of(task).push_woken(task);
        }
    }
}

/// Wakes whoever awaited a task. A panic in a waker of somebody else's is theirs, not the task's:
/// it must not keep the others from being woken.
pub(super) fn wake_quietly(waker: Waker) {
    quietly(|| waker.wake());
}
