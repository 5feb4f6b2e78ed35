//! Where a task that awaits another takes part in cancellation: requests go through the await.
//! Next: `scheduler.rs`.
//!
//! The usual await is a pointer in the awaiter's `Header::scope`. Whatever goes beyond that has a
//! [`Seat`] in the tree, made when the await is polled, or by [`plant`](super::trees) for an await
//! that was noted before there was a tree. The seat of a [`Join`](super::join::Join) is kept in the
//! awaited task's header (`SEATED`), that of an await by reference in its future.
//!
//! No await allocates for itself: pointers stand in headers, and a node of the tree comes from a slab
//! that the loop keeps.

use super::super::join_error::JoinError;
use super::super::scope::{Key, Kind, Participant, Target};
use super::super::{owner, report};
use super::count::{self, is_home};
use super::header::{TaskPtr, state};
use super::life::scheduler_of;
use super::task_ref::TaskRef;
use super::trees::TREES;
use super::waker::{self, wake_quietly};
use std::mem::{ManuallyDrop, forget};
use std::ptr;
use std::task::Waker;

/// Where the await of a task takes part, once it does.
#[derive(Default)]
pub(crate) struct Seat {
    participant: Option<Participant>,
    /// The scope at which a request went on outward when the task had ended by it.
    raised_at: Option<Key>,
}

// ---- the usual await: a pointer ----

/// Notes the usual await, and is true then: a running task awaits one of its own loop, alone. It
/// leaves its waker in the `join` slot, and the pointer by which a request made to it finds the way.
///
/// As the awaiter is the task that this very loop polls, its reference is counted here and not by
/// the waker's `clone`, and no user code runs.
///
/// # Safety
/// The caller has a reference to `task`, which is not done, and is on its owner's thread.
#[inline]
pub(super) unsafe fn awaits(task: TaskPtr, waker: &Waker) -> bool {
    // SAFETY: by contract. A task that is not done has its scheduler; and the task that this
    // scheduler polls is alive, of this loop, and so of this thread.
    unsafe {
        let scheduler = scheduler_of(task);
        let Some(awaiter) = waker::ours(waker).filter(|&ours| ours != task) else {
            return false;
        };
        if scheduler.current.get() != Some(awaiter)
            || awaiter.is(state::SCOPED | state::CANCEL)
            || task.is(state::SEATED)
        {
            return false;
        }
        let (slot, awaited) = (&task.header().join, &awaiter.header().scope);
        if awaited.get() == task.as_ptr() {
            return true; // Noted already: the slot has a waker of the awaiter.
        }
        if !awaited.get().is_null() || task.has_joiner() {
            return false;
        }
        count::hold_at_home(awaiter);
        slot.set(Some(ManuallyDrop::into_inner(waker::borrowed(awaiter))));
        scheduler.trees.set(Some(&TREES));
        awaited.set(task.as_ptr());
        true
    }
}

/// Any other await. False if the task has ended meanwhile, so that nobody would be woken.
///
/// # Safety
/// As [`awaits`]. `clone` and `drop` of a waker are user code.
#[cold]
#[inline(never)]
#[track_caller]
pub(super) unsafe fn awaits_unusually(task: TaskPtr, waker: &Waker) -> bool {
    // SAFETY: by contract.
    unsafe {
        let slot = &task.header().join;
        // The old waker stays until the new one is there: what comes between may panic, and whoever
        // is noted as awaiting this task must not outlive its waker here.
        let same = (*slot.as_ptr())
            .as_ref()
            .is_some_and(|known| known.will_wake(waker));
        if !same {
            refuse(task, waker);
            let new = waker.clone();
            if task.is(state::DONE) {
                return false;
            }
            if let Some(other) = slot.replace(Some(new)) {
                awaits_no_more(task, &other);
                drop(other);
                if task.is(state::DONE) {
                    return true; // The new waker was woken.
                }
            }
        }
        // Asked first, as it may plant a tree, and with it a seat for this await.
        let here = here(task);
        let mut seat = lift(task);
        takes_part_in(task, here, waker, &mut seat);
        put_back(task, seat);
    }
    true
}

/// Panics where an await would never end: of a task by itself (asyncio's "Task cannot await on
/// itself"), and of a task of another loop than the one that is entered, which keeps that one from
/// running (asyncio's "attached to a different loop"). With no loop at all somebody polls by hand, who
/// may turn that loop.
///
/// # Safety
/// The caller has a reference, and is on the owner's thread.
#[inline(always)]
#[track_caller]
pub(super) unsafe fn refuse(task: TaskPtr, waker: &Waker) {
    // SAFETY: by contract.
    unsafe {
        if waker::ours(waker) == Some(task) {
            report::awaits_itself(&TaskRef::new(task));
        }
        if !is_home(task) && !owner::entered().is_null() {
            report::awaited_abroad(&TaskRef::new(task));
        }
    }
}

/// `waker` no longer waits for `task`.
///
/// # Safety
/// As [`awaits`]; `waker` was just taken out of the `join` slot.
#[inline(always)]
pub(super) unsafe fn awaits_no_more(task: TaskPtr, waker: &Waker) {
    // SAFETY: the waker keeps the awaiter's block; that its loop is that of `task` also says that
    // this is its thread.
    unsafe {
        if let Some(awaiter) = waker::ours(waker)
            && awaiter.header().shared == task.header().shared
        {
            forget_await(task, awaiter);
        }
    }
}

/// # Safety
/// As [`awaits_no_more`]; both are tasks of one loop.
#[inline(always)]
unsafe fn forget_await(task: TaskPtr, awaiter: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        let awaited = &awaiter.header().scope;
        if awaited.get() == task.as_ptr() && !awaiter.is(state::SCOPED | state::DONE) {
            awaited.set(ptr::null_mut());
        }
    }
}

/// The task has ended: wakes who awaits it with the waker in the `join` slot.
///
/// # Safety
/// The loop is entered, and the caller has a reference.
#[inline]
pub(super) unsafe fn wake_awaiter(task: TaskPtr) {
    // SAFETY: by contract. The waker's reference is given back once: by its drop, or by us.
    unsafe {
        let Some(waiter) = task.header().join.take() else {
            return;
        };
        match waker::ours(&waiter) {
            // A task of this loop is woken without the detour through the waker's table, and without
            // the guard against panics: no user code runs.
            Some(awaiter) if awaiter.header().shared == task.header().shared => {
                forget(waiter);
                forget_await(task, awaiter);
                waker::wake_and_drop(awaiter);
            }
            _ => wake_quietly(waiter),
        }
    }
}

// ---- a seat in the tree ----

/// Lets the await by reference of `task` take part.
///
/// # Safety
/// As [`awaits`].
#[cold]
pub(super) unsafe fn takes_part(task: TaskPtr, waker: &Waker, seat: &mut Seat) {
    // SAFETY: by contract.
    unsafe { takes_part_in(task, here(task), waker, seat) }
}

/// Where we are polled, in the tree of a task of this loop. If no loop is entered there is no tree to
/// be in: `task` is awaited as any future would be, and who awaited it before does no more.
///
/// # Safety
/// As [`awaits`], or the task has ended.
unsafe fn here(task: TaskPtr) -> Option<Key> {
    // SAFETY: by contract; a loop that is entered has its scheduler.
    unsafe {
        match is_home(task) {
            true => scheduler_of(task).here(),
            false => None,
        }
    }
}

/// # Safety
/// As [`awaits`].
unsafe fn takes_part_in(task: TaskPtr, here: Option<Key>, waker: &Waker, seat: &mut Seat) {
    // SAFETY: by contract; a task that is not done has its scheduler.
    unsafe {
        let Some(here) = here else {
            return *seat = Seat::default();
        };
        let scopes = &scheduler_of(task).scopes;
        let kind = || Kind::Forward(Target::Task(TaskRef::new(task)));
        let participant =
            Participant::ensure(&mut seat.participant, scopes, here, kind, Some(waker));
        participant.hand_on();
    }
}

/// Takes the seat out of the awaited task's block. Dropped, it is given up.
///
/// # Safety
/// As [`awaits`], or the task has ended.
unsafe fn lift(task: TaskPtr) -> Seat {
    let mut seat = Seat::default();
    // SAFETY: by contract we are on the owner's thread, where `scheduler` is null once the loop is
    // gone: nobody hears answers any more.
    unsafe {
        if task.is(state::SEATED) {
            task.clear(state::SEATED);
            if task.is(state::COLD) {
                seat.raised_at = task.with_cold(|cold| cold.raised_at.take());
            }
            let scheduler = task.header().shared.as_ref().scheduler.get().as_ref();
            if let (None, Some(scheduler)) = (seat.raised_at, scheduler) {
                let key = task.header().seat.get();
                seat.participant = Some(Participant::adopt(&scheduler.scopes, key));
            }
        }
    }
    seat
}

/// The reverse of [`lift`].
///
/// # Safety
/// As [`lift`].
unsafe fn put_back(task: TaskPtr, seat: Seat) {
    // SAFETY: by contract.
    unsafe {
        debug_assert!(!task.is(state::SEATED), "an await has one seat");
        if let Some(participant) = seat.participant {
            task.header().seat.set(participant.into_key());
            task.set(state::SEATED);
        } else if seat.raised_at.is_some() {
            task.with_cold(|cold| cold.raised_at = seat.raised_at);
            task.set(state::SEATED);
        }
    }
}

/// As [`answered`], for the await whose seat is in the block.
///
/// # Safety
/// As [`answered`].
#[cold]
#[inline(never)]
pub(super) unsafe fn answered_in_place(task: TaskPtr) -> bool {
    // SAFETY: by contract.
    unsafe {
        let mut seat = lift(task);
        let ready = answered(task, &mut seat);
        put_back(task, seat);
        ready
    }
}

/// The awaited task has ended: answers the request that went through the await. False if it goes
/// on outward, so that the await stays pending.
///
/// # Safety
/// As [`awaits`], but the task is done.
#[cold]
pub(super) unsafe fn answered(task: TaskPtr, seat: &mut Seat) -> bool {
    // SAFETY: by contract.
    unsafe {
        let Some(participant) = seat.participant.take() else {
            // Whoever polls all its branches, as a foreign `join!` does, asks again while the
            // others clean up. After that the error is a value like any other.
            return match seat.raised_at {
                Some(scope) => !goes_on_outward(task, scope),
                None => true,
            };
        };
        let heard =
            participant.owes() && !task.is(state::UNANSWERED) && is_here(task, participant.home());
        if !heard {
            participant.finish();
        } else if task.is(state::CANCELLED) {
            seat.raised_at = Some(participant.home());
            // A message makes an error, which stays in its stage: nobody takes it meanwhile, since what
            // is done with it here copies a text.
            let failed = task.is(state::OUTPUT) && task.is(state::FAILED);
            let error = failed.then(|| &*task.stage::<JoinError>());
            let message = error.and_then(JoinError::shared_message);
            participant.raise_with(message);
            return false;
        } else {
            participant.done();
        }
    }
    true
}

/// Whether a request that was raised at `scope` has not ended it yet, and we are polled in it.
///
/// # Safety
/// As [`answered`].
unsafe fn goes_on_outward(task: TaskPtr, scope: Key) -> bool {
    // SAFETY: by contract; a loop that is entered has its scheduler.
    unsafe { is_here(task, scope) && scheduler_of(task).scopes.is_raised(scope) }
}

/// Whether we are polled in this scope, and not in another, in another loop, or in none: then
/// nobody would end us there.
///
/// # Safety
/// As [`answered`].
unsafe fn is_here(task: TaskPtr, scope: Key) -> bool {
    // SAFETY: by contract.
    unsafe { here(task) == Some(scope) }
}

/// Nobody awaits the task by the seat in its block any more: its handle is dropped, or is awaited by
/// reference.
///
/// # Safety
/// As [`answered`].
#[cold]
pub(super) unsafe fn abandoned(task: TaskPtr) {
    // SAFETY: by contract we are on the owner's thread, where `scheduler` is null once the loop is
    // gone: nobody hears answers any more.
    unsafe {
        match task.header().shared.as_ref().scheduler.get().as_ref() {
            Some(scheduler) => (scheduler.trees().abandoned)(task),
            None => task.clear(state::SEATED),
        }
    }
}

/// To be called while a handle is borrowed, so that nobody awaits it by value: if somebody did, that
/// await was given up, and requests go through it no more.
///
/// # Safety
/// The caller has a reference to `task`, and is on its owner's thread.
pub(super) unsafe fn given_up(task: TaskPtr) {
    // SAFETY: by contract; no user code runs while the waker is looked at.
    unsafe {
        if task.is(state::SEATED) {
            abandoned(task);
        }
        if let Some(waker) = (*task.header().join.as_ptr()).as_ref() {
            awaits_no_more(task, waker);
        }
    }
}

/// What [`abandoned`] does, reached so that programs without any await don't contain it.
///
/// # Safety
/// As [`answered`].
pub(super) unsafe fn give_up(task: TaskPtr) {
    // SAFETY: by contract.
    drop(unsafe { lift(task) });
}
