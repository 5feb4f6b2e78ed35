//! The reference that wants no outcome: what the loop, callbacks and reports keep of a task.

use super::count;
use super::header::{TaskPtr, state};
use super::{life, waker};
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::rc::Rc;
use std::task::Waker;

/// A counted reference to a task of any type. It is not `Send`.
pub(crate) struct TaskRef(TaskPtr);

impl TaskRef {
    /// Counts a new reference.
    ///
    /// # Safety
    /// The block is alive, and the caller is on the owner's thread.
    pub(super) unsafe fn new(task: TaskPtr) -> TaskRef {
        // SAFETY: by contract.
        unsafe { count::hold(task) };
        TaskRef(task)
    }

    /// Takes over a reference that was counted.
    ///
    /// # Safety
    /// There is such a reference, and the caller is on the owner's thread.
    pub(super) unsafe fn from_counted(task: TaskPtr) -> TaskRef {
        TaskRef(task)
    }

    pub(super) fn ptr(&self) -> TaskPtr {
        self.0
    }

    pub(crate) fn id(&self) -> u64 {
        // SAFETY: our reference keeps the block.
        unsafe { self.0.header() }.id
    }

    pub(crate) fn name(&self) -> Option<Rc<str>> {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { self.0.name() }
    }

    pub(crate) fn place(&self) -> &'static Location<'static> {
        // SAFETY: our reference keeps the block.
        unsafe { self.0.header() }.place
    }

    /// Asks the task to end at its next suspension; false if it has ended already.
    pub(crate) fn cancel(&self) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { life::request_cancel(self.0) }
    }

    /// How many times it was asked.
    pub(crate) fn cancelling(&self) -> u32 {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { self.0.state() >> 16 }
    }

    pub(crate) fn is_done(&self) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { self.0.is(state::DONE) }
    }

    /// A waker of the task.
    pub(crate) fn waker(&self) -> Waker {
        // SAFETY: our reference keeps the block while the borrowed waker is cloned.
        let borrowed: ManuallyDrop<Waker> = unsafe { waker::borrowed(self.0) };
        Waker::clone(&borrowed)
    }

    /// Ends the task here and now, as the loop does when it dies.
    pub(super) fn kill(self) {
        // SAFETY: only `Scheduler::shutdown` calls this: the loop is entered, nothing is being
        // polled, and our reference keeps the block.
        unsafe {
            if !self.0.is(state::DONE) {
                life::kill(self.0);
            }
        }
    }
}

impl TaskRef {
    /// Ends the task without dropping its future.
    pub(super) fn leak(self) {
        // SAFETY: only `Scheduler::shutdown` calls this, on a task that is not done: with `DONE`
        // set nobody will look at the stage again.
        unsafe { self.0.set(state::DONE | state::CANCELLED) };
    }
}

impl Drop for TaskRef {
    fn drop(&mut self) {
        // SAFETY: our reference, given back once.
        unsafe { count::drop_ref(self.0) }
    }
}
