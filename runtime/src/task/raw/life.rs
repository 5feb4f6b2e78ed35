//! One task's life, from its first poll to its last reference: the edges of the diagram in
//! [`task`](crate::task), and the only functions that know the future's type.
//!
//! User code runs in here: a poll, the drop of a future, of an output, of a panic's payload, a
//! waker. None of it runs while a reference into the block is borrowed, every piece of it may
//! panic, and any of it may wake, cancel, drop handles of or make tasks, this one included. So
//! each function settles the state word *before* it calls out, and reads it again afterwards.

use super::super::join_error::JoinError;
use super::count::{drop_at_home, hold_at_home};
use super::header::{TaskCell, TaskPtr, VTable, state};
use super::outcome::{drop_outcome, report_lost};
use super::pool;
use super::requests;
use super::scheduler::Scheduler;
use super::seat;
use super::traced;
use super::waker::{self, wake_quietly};
use crate::quietly::{Payload, quietly};
use crate::task::PanicPolicy;
use crate::trace::Outcome;
use std::alloc::Layout;
use std::cell::Cell;
use std::future::Future;
use std::mem::offset_of;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Gives each future type its table.
pub(super) trait Typed {
    const VTABLE: VTable;
}

impl<F: Future> Typed for TaskCell<F> {
    const VTABLE: VTable = {
        let layout = pool::block_layout(Layout::new::<TaskCell<F>>());
        VTable {
            poll: poll::<F>,
            drop_stage: drop_stage::<F>,
            layout,
            stage: offset_of!(TaskCell<F>, stage),
            class: pool::class_of(layout),
            // In debug builds only: the names would be in each program, used or not.
            #[cfg(debug_assertions)]
            type_name: std::any::type_name::<F>,
        }
    };
}

/// Polls the future once (edges 2 to 5).
///
/// # Safety
/// The loop is entered; the task is not done and not being polled; its future is an `F`.
unsafe fn poll<F: Future>(task: TaskPtr) {
    // SAFETY: the loop's own reference keeps the block until `end`, so the pointer is good in
    // here. The future is pinned: it stays in its stage until it is dropped there. No other
    // reference to the stage exists meanwhile, since handles look at it only once `DONE` is set.
    unsafe {
        let before = traced::poll(scheduler_of(task), task);
        // The table says where the stage is, too, but in here that is known.
        let stage = &raw mut (*task.as_ptr().cast::<TaskCell<F>>()).stage;
        let future_there = Cell::new(true);
        let polled = catch_unwind(AssertUnwindSafe(|| {
            let waker = waker::borrowed(task);
            let future = Pin::new_unchecked(&mut *stage.cast::<F>());
            match future.poll(&mut Context::from_waker(&waker)) {
                Poll::Pending => false,
                Poll::Ready(output) => {
                    if task.is(state::SCOPED | state::CANCEL) {
                        requests::returned(scheduler_of(task), task);
                    }
                    future_there.set(false);
                    ptr::drop_in_place(stage.cast::<F>());
                    if task.is(state::JOINED) {
                        stage.cast::<F::Output>().write(output);
                        task.set(state::DONE | state::OUTPUT);
                    } else {
                        task.set(state::DONE);
                        drop(output);
                    }
                    true
                }
            }
        }));
        // Asked for again where it is needed: kept across the poll, it would take a register that
        // every poll saves and restores. It outlives the task, as the loop is entered.
        let scheduler = scheduler_of(task);
        match polled {
            // The test that a pending poll pays for cancellation: see `requests`.
            Ok(false) if task.is(state::CANCEL) => requests::suspended(scheduler, task),
            Ok(false) => traced::polled(scheduler, task, Outcome::Pending),
            Ok(true) => {
                traced::polled(scheduler, task, Outcome::Ready);
                end(scheduler, task);
            }
            Err(payload) => panicked(task, payload, future_there.get()),
        }
        scheduler.tracer.swap_cause(before);
    }
}

/// Drops what the stage holds.
///
/// # Safety
/// The stage holds a future (`DONE` not set) or an outcome (`OUTPUT` was just cleared), which the
/// caller counts as gone from now on. The future's type is `F`.
unsafe fn drop_stage<F: Future>(task: TaskPtr) {
    // SAFETY: by contract; the flags say which of the three it is.
    unsafe {
        if !task.is(state::DONE) {
            ptr::drop_in_place(task.stage::<F>());
        } else if task.is(state::FAILED) {
            ptr::drop_in_place(task.stage::<JoinError>());
        } else {
            ptr::drop_in_place(task.stage::<F::Output>());
        }
    }
}

/// # Safety
/// The block is alive, and so is the scheduler: its loop is entered, or the task is not done.
#[inline(always)]
pub(super) unsafe fn scheduler_of<'a>(task: TaskPtr) -> &'a Scheduler {
    // SAFETY: by contract.
    unsafe { &*task.header().shared.as_ref().scheduler.get() }
}

/// The future is gone: whoever waits is woken, and the loop lets go of the task (edge 6).
///
/// # Safety
/// The loop is entered and `DONE` was just set. The loop's reference is given back here.
#[inline(always)]
unsafe fn end(scheduler: &Scheduler, task: TaskPtr) {
    // SAFETY: the loop's reference keeps the block up to the last line.
    unsafe {
        scheduler.count_end();
        if task.is(state::COLD | state::CALLBACK | state::SCOPED) {
            end_odd(scheduler, task);
        }
        if task.has_joiner() {
            seat::wake_awaiter(task);
        }
        drop_at_home(task);
    }
}

/// What few tasks need at their end: callbacks are counted, the tree of participants goes, its done
/// callbacks and then those who
/// await by reference are woken, oldest first, and an outcome that is only there to be reported is.
///
/// # Safety
/// As [`end`].
#[cold]
unsafe fn end_odd(scheduler: &Scheduler, task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        if task.is(state::CALLBACK) {
            scheduler.count_callback_end();
        }
        if task.is(state::SCOPED) {
            (scheduler.trees().ended)(scheduler, task);
        }
        if task.is(state::COLD) {
            let listeners = task.with_cold(|cold| std::mem::take(&mut cold.listeners));
            listeners.into_iter().for_each(wake_quietly);
            // The oldest first: it has the slot.
            seat::wake_awaiter(task);
            let waiters = task.with_cold(|cold| std::mem::take(&mut cold.waiters));
            waiters
                .into_iter()
                .for_each(|(_, waiter)| wake_quietly(waiter));
            if task.with_cold(|cold| std::mem::take(&mut cold.orphan)) {
                let outcome = task.is(state::OUTPUT);
                task.clear(state::JOINED | state::OUTPUT);
                if outcome {
                    hold_at_home(task);
                    drop_outcome(task);
                }
            }
        }
    }
}

/// Drops the future of a live task and ends it as cancelled (edges 4 and 7).
///
/// # Safety
/// The loop is entered; the task is not done, not being polled, and no root.
#[cold]
pub(super) unsafe fn kill(task: TaskPtr, mut message: Option<Arc<str>>) {
    // SAFETY: the loop's reference keeps the block until `end`.
    unsafe {
        let scheduler = scheduler_of(task);
        let before = scheduler.set_current(Some(task));
        if task.is(state::SCOPED) {
            message = (scheduler.trees().unwind)(scheduler, task).or(message);
        }
        task.clear(state::CANCEL | state::NEVER);
        let cause = traced::cancelled(scheduler, task);
        let dropped = catch_unwind(AssertUnwindSafe(|| (task.header().vtable.drop_stage)(task)));
        match dropped {
            Ok(()) => {
                match requests::cancelled_with(message) {
                    Some(error) if task.is(state::JOINED) => {
                        task.stage::<JoinError>().write(error);
                        let outcome = state::OUTPUT | state::FAILED;
                        task.set(state::DONE | state::CANCELLED | outcome);
                    }
                    _ => task.set(state::DONE | state::CANCELLED),
                }
                if !task.is(state::CALLBACK) {
                    scheduler.cancelled.set(scheduler.cancelled.get() + 1);
                }
                traced::polled(scheduler, task, Outcome::Cancelled);
                end(scheduler, task);
            }
            Err(payload) => panicked(task, payload, false),
        }
        scheduler.tracer.swap_cause(cause);
        scheduler.set_current(before);
    }
}

/// A poll, or a drop, of the future panicked (edge 5).
///
/// # Safety
/// The loop is entered; the task is not being polled any more, and has not ended. The future is
/// in its stage if `future_there`, else the stage is empty (or, with `DONE`, of no use).
#[cold]
#[inline(never)]
unsafe fn panicked(task: TaskPtr, payload: Payload, future_there: bool) {
    // SAFETY: by contract; the loop's reference keeps the block until `end`.
    unsafe {
        let scheduler = scheduler_of(task);
        if future_there {
            // A second panic while the first is being handled: the first is the one to tell.
            quietly(|| (task.header().vtable.drop_stage)(task));
        }
        let mut error = JoinError::panicked(payload);
        match scheduler.policy.get() {
            PanicPolicy::Report => {}
            PanicPolicy::StopLoop => scheduler.halt(),
            PanicPolicy::Propagate => {
                if let Some(payload) = error.take_payload() {
                    error.mark_propagated();
                    scheduler.propagate(payload);
                }
            }
        }
        traced::panicked(scheduler, task);
        traced::polled(scheduler, task, Outcome::Panicked);
        if task.is(state::JOINED) {
            task.stage::<JoinError>().write(error);
            task.set(state::DONE | state::OUTPUT | state::FAILED);
        } else {
            task.set(state::DONE | state::FAILED);
            report_lost(task, error);
        }
        end(scheduler, task);
    }
}

/// Ends a root: its future lived, and died, on the stack of `block_on`.
///
/// # Safety
/// The loop is entered, and the root has not ended yet.
pub(super) unsafe fn end_root(task: TaskPtr) {
    // SAFETY: a root's stage holds `Ready<()>`, which needs no drop.
    unsafe {
        task.set(state::DONE);
        end(scheduler_of(task), task);
    }
}
