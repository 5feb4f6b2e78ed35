//! The reference that wants no outcome: what the loop, callbacks and reports keep of a task.

use super::super::scope::Request;
use super::count;
use super::header::{TaskPtr, state};
use super::trees::Look;
use super::{life, outcome, requests, trees, waker};
use crate::task::report::Subject;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
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

    /// The name of its future's type. None in a release build, which does not have the names, and if it
    /// has no future of its own, as that of `block_on`.
    pub(crate) fn type_name(&self) -> Option<&'static str> {
        #[cfg(debug_assertions)]
        // SAFETY: our reference keeps the block.
        unsafe {
            let has_future = !self.0.is(state::ROOT);
            has_future.then(|| (self.0.header().vtable.type_name)())
        }
        #[cfg(not(debug_assertions))]
        None
    }

    /// Whether it is being polled.
    pub(crate) fn is_running(&self) -> bool {
        // SAFETY: our reference keeps the block and, with it, what it shares with other threads. We
        // are on the owner's thread, where the scheduler that this names is alive, or none is named.
        unsafe {
            let scheduler = self.0.header().shared.as_ref().scheduler.get().as_ref();
            scheduler.is_some_and(|scheduler| scheduler.current.get() == Some(self.0))
        }
    }

    /// What reports say of it.
    pub(crate) fn subject(&self) -> Subject {
        Subject {
            id: self.id(),
            name: self.name().map(|name| name.to_string()),
            place: self.place(),
            callback: self.is_callback(),
        }
    }

    /// The failure that it holds and nobody has looked at: whether it is a panic, and its text.
    pub(crate) fn unseen_failure(&self) -> Option<(bool, String)> {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { outcome::unseen_failure(self.0) }
    }

    /// Whether it is in the ready queue.
    pub(crate) fn is_ready(&self) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { self.0.is(state::SCHEDULED) }
    }

    /// Shows `look`, which changes nothing, what takes part in its cancellation, and how deep inside
    /// each is: scopes, and tasks it awaits.
    pub(crate) fn participants(&self, look: Look<'_>) {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { requests::participants(self.0, look) }
    }

    /// Whether it was asked to end, and has not ended its clean-up.
    pub(crate) fn is_unwinding(&self) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { requests::is_unwinding(self.0) }
    }

    /// Gives the task a name.
    pub(crate) fn set_name(&self, name: &str) {
        let name = Some(Box::from(name));
        // SAFETY: our reference keeps the block, and we are on the owner's thread. No user code runs
        // in the look: the old name is a text.
        unsafe { self.0.with_cold(|cold| cold.name = name) };
    }

    /// Whether it was not polled yet; of a future that `block_on` keeps it is always said.
    pub(crate) fn is_new(&self) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { self.0.is(state::FRESH) }
    }

    /// Whether it is the future of a `block_on`.
    pub(crate) fn is_root(&self) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { self.0.is(state::ROOT) }
    }

    pub(crate) fn is_callback(&self) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { self.0.is(state::CALLBACK) }
    }

    /// Whether both are the same task.
    pub(crate) fn is_same(&self, other: &TaskRef) -> bool {
        self.0 == other.0
    }

    pub(crate) fn place(&self) -> &'static Location<'static> {
        // SAFETY: our reference keeps the block.
        unsafe { self.0.header() }.place
    }

    /// Asks the task to end at its next suspension; false if it has ended already.
    pub(crate) fn cancel(&self) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { requests::request_cancel(self.0) }
    }

    /// The same, with a message.
    pub(crate) fn cancel_with(&self, message: Arc<str>) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { trees::ask(self.0, Err(Some(message))) }
    }

    /// Hands a request on that is on its way; false if it cannot arrive.
    pub(crate) fn cancel_for(&self, request: &Request) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { trees::ask(self.0, Ok(request)) }
    }

    /// Something lies at the task's root: it is polled, and then the root is looked at.
    pub(crate) fn look_at_requests(&self) {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe {
            if !self.0.is(state::DONE) {
                self.0.set(state::CANCEL);
                waker::wake_task(self.0);
            }
        }
    }

    /// Counts requests up or down; returns how many there are then.
    pub(crate) fn change_requests(&self, by: i32) -> u32 {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { requests::change_requests(self.0, by) }
    }

    /// How many times it was asked.
    pub(crate) fn cancelling(&self) -> u32 {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { self.0.state() >> state::REQUESTS_SHIFT }
    }

    pub(crate) fn is_done(&self) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { self.0.is(state::DONE) }
    }

    /// Whether it returned although a request had not been answered.
    pub(crate) fn is_unanswered(&self) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { self.0.is(state::UNANSWERED) }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { self.0.is(state::CANCELLED) }
    }

    /// A waker of the task.
    pub(crate) fn waker(&self) -> Waker {
        // SAFETY: our reference keeps the block while the borrowed waker is cloned.
        let borrowed: ManuallyDrop<Waker> = unsafe { waker::borrowed(self.0) };
        Waker::clone(&borrowed)
    }

    /// Has `waker` woken when the task ends, ahead of those who await it. The task is not done.
    pub(crate) fn tell_end(&self, waker: Waker) {
        // What was taken away meanwhile is forgotten whenever the list would grow.
        let is_over = |waker: &mut Waker| {
            // SAFETY: the waker keeps the block of a callback, which was added on this thread.
            waker::ours(waker).is_some_and(|callback| unsafe { callback.is(state::DONE) })
        };
        // SAFETY: our reference keeps the block, and we are on the owner's thread. No user code runs
        // in the look.
        let over: Vec<Waker> = unsafe {
            self.0.with_cold(|cold| {
                let all = &mut cold.listeners;
                let over = match all.len() == all.capacity() {
                    true => all.extract_if(.., is_over).collect(),
                    false => Vec::new(),
                };
                all.push(waker);
                over
            })
        };
        drop(over);
    }

    /// Ends the task here and now, as the loop does when it dies.
    pub(super) fn kill(self) {
        // SAFETY: only `Scheduler::shutdown` calls this: the loop is entered, nothing is being
        // polled, and our reference keeps the block.
        unsafe {
            if !self.0.is(state::DONE) {
                life::kill(self.0, None);
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

impl Clone for TaskRef {
    fn clone(&self) -> TaskRef {
        // SAFETY: our reference keeps the block, and we are on the owner's thread.
        unsafe { TaskRef::new(self.0) }
    }
}

impl Drop for TaskRef {
    fn drop(&mut self) {
        // SAFETY: our reference, given back once.
        unsafe { count::drop_ref(self.0) }
    }
}
