//! What becomes of tasks and callbacks, told to the trace: one function a step. Callbacks are tasks
//! inside, but their events are their own.
//!
//! Each function wants a task whose block somebody keeps, as all its callers do.

use super::count;
use super::header::{TaskPtr, state};
use super::scheduler::Scheduler;
use crate::trace::{Cause, ENABLED, Event, Outcome, trace_event};

fn is_callback(task: TaskPtr) -> bool {
    // SAFETY: see the top: the block is alive, and all this happens on the owner's thread.
    unsafe { task.is(state::CALLBACK) }
}

fn id(task: TaskPtr) -> u64 {
    // SAFETY: as above.
    unsafe { task.header() }.id
}

/// A task or a callback was made.
pub(super) fn made(scheduler: &Scheduler, task: TaskPtr) {
    trace_event!(scheduler.tracer, {
        // SAFETY: as above.
        let (place, name) = unsafe { (task.header().place, task.name()) };
        match is_callback(task) {
            true => Event::CallbackAdded {
                callback: id(task),
                place,
            },
            false => Event::Spawn {
                task: id(task),
                parent: match scheduler.tracer.cause() {
                    Cause::Task(parent) => Some(parent),
                    _ => None,
                },
                name,
                place,
            },
        }
    });
}

/// A task or a callback was put into the ready queue by whoever acts now.
#[inline(always)]
pub(super) fn ready(scheduler: &Scheduler, task: TaskPtr) {
    trace_event!(scheduler.tracer, {
        let by = scheduler.tracer.cause();
        match is_callback(task) {
            true => Event::CallbackReady {
                callback: id(task),
                by,
            },
            false => Event::Wake { task: id(task), by },
        }
    });
}

/// A poll begins. Says who acts from here on, and returns who did.
#[inline(always)]
pub(super) fn poll(scheduler: &Scheduler, task: TaskPtr) -> Cause {
    if !ENABLED {
        return Cause::Host;
    }
    trace_event!(
        scheduler.tracer,
        match is_callback(task) {
            true => Event::CallbackRun { callback: id(task) },
            false => Event::Poll { task: id(task) },
        }
    );
    act_as(scheduler, task)
}

/// A poll is over, or the task was ended without one.
#[inline(always)]
pub(super) fn polled(scheduler: &Scheduler, task: TaskPtr, outcome: Outcome) {
    trace_event!(
        scheduler.tracer,
        match is_callback(task) {
            true => Event::CallbackDone {
                callback: id(task),
                outcome,
            },
            false => Event::Polled {
                task: id(task),
                outcome,
            },
        }
    );
}

/// The running task waits for another, whose loop may be any.
#[inline(always)]
pub(super) fn joins(awaited: TaskPtr) {
    // SAFETY: as above; a loop that is entered has its scheduler.
    if ENABLED && unsafe { count::is_home(awaited) } {
        // SAFETY: as above.
        let scheduler = unsafe { &*awaited.header().shared.as_ref().scheduler.get() };
        if let Cause::Task(task) = scheduler.tracer.cause() {
            let awaited = id(awaited);
            trace_event!(scheduler.tracer, Event::Join { task, awaited });
        }
    }
}

/// Somebody asked for a task's end, or for a callback not to be called.
pub(super) fn cancel_requested(scheduler: &Scheduler, task: TaskPtr) {
    trace_event!(
        scheduler.tracer,
        match is_callback(task) {
            true => Event::CallbackCancelled { callback: id(task) },
            false => Event::CancelRequested { task: id(task) },
        }
    );
}

/// A task's future is about to be dropped where it waits. Says who acts, and returns who did.
pub(super) fn cancelled(scheduler: &Scheduler, task: TaskPtr) -> Cause {
    if ENABLED && !is_callback(task) {
        trace_event!(scheduler.tracer, Event::CancelDelivered { task: id(task) });
    }
    act_as(scheduler, task)
}

/// A task's code panicked. Of a callback its end says so.
pub(super) fn panicked(scheduler: &Scheduler, task: TaskPtr) {
    if ENABLED && !is_callback(task) {
        trace_event!(scheduler.tracer, Event::Panic { task: id(task) });
    }
}

#[inline(always)]
fn act_as(scheduler: &Scheduler, task: TaskPtr) -> Cause {
    if !ENABLED {
        return Cause::Host;
    }
    scheduler.tracer.swap_cause(match is_callback(task) {
        true => Cause::Callback(id(task)),
        false => Cause::Task(id(task)),
    })
}

/// Tells of a root's poll: that it begins, and, when this is dropped, how it ended. A panic leaves
/// it by unwinding, since a root's panic is its caller's.
pub(super) struct RootPoll<'a> {
    scheduler: &'a Scheduler,
    task: TaskPtr,
    /// Who acted before.
    cause: Cause,
    pub(super) outcome: Outcome,
}

impl RootPoll<'_> {
    pub(super) fn begin(scheduler: &Scheduler, task: TaskPtr) -> RootPoll<'_> {
        RootPoll {
            scheduler,
            task,
            cause: poll(scheduler, task),
            outcome: Outcome::Panicked,
        }
    }
}

impl Drop for RootPoll<'_> {
    fn drop(&mut self) {
        polled(self.scheduler, self.task, self.outcome);
        self.scheduler.tracer.swap_cause(self.cause);
    }
}
