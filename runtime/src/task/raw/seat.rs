//! Where a task that awaits another takes part in cancellation: requests go through the await.
//! Next: `scheduler.rs`.
//!
//! The usual await is a pointer in the awaiter's `Header::scope`. Whatever goes beyond that has a
//! [`Seat`] in the tree, made when the await is polled, or by
//! [`plant`](super::trees) on behalf of an await that was noted before there was a tree
//! (`FOSTERED`).

use super::super::report;
use super::super::scope::{Key, Kind, Participant, Target};
use super::count::is_home;
use super::header::{TaskPtr, state};
use super::life::scheduler_of;
use super::task_ref::TaskRef;
use super::trees::TREES;
use super::waker;
use std::any::Any;
use std::ptr;
use std::task::Waker;

/// Where the await of a task takes part, once it does: a `Seated`. The usual await is noted in the
/// awaiter's header, so this is boxed; and its type is hidden from those who only drop it, for the
/// reason that [`Trees`](super::trees::Trees) gives.
pub(crate) type Seat = Option<Box<dyn Any>>;

/// See [`Seat`].
#[derive(Default)]
struct Seated {
    participant: Option<Participant>,
    /// The scope at which a request went on outward when the task had ended by it.
    raised_at: Option<Key>,
}

/// What a seat holds, made if it is empty.
fn place(seat: &mut Seat) -> &mut Seated {
    let seat = seat.get_or_insert_with(|| Box::new(Seated::default()));
    seat.downcast_mut().expect("a seat holds nothing else")
}

/// Notes that whoever polls with `waker` awaits `task`, so that a request made to it finds the way.
///
/// # Safety
/// The caller has a reference to `task`, which is not done, and is on its owner's thread. `waker`
/// was just put into its `join` slot.
#[inline(always)]
pub(super) unsafe fn awaits(task: TaskPtr, waker: &Waker, seat: &mut Seat) {
    // SAFETY: by contract. That the awaiter's loop is that of `task` also says that this is its
    // thread. A task that is not done has its scheduler.
    unsafe {
        // A seat that was made elsewhere is to be left: that is not for here.
        if let Some(awaiter) = waker::ours(waker)
            && seat.is_none()
            && !task.is(state::FOSTERED)
            && awaiter.header().shared == task.header().shared
        {
            let scheduler = scheduler_of(task);
            if scheduler.current.get() == Some(awaiter)
                && !awaiter.is(state::SCOPED | state::CANCEL)
            {
                let awaited = &awaiter.header().scope;
                if awaited.get().is_null() || awaited.get() == task.as_ptr() {
                    scheduler.trees.set(Some(&TREES));
                    return awaited.set(task.as_ptr());
                }
            }
        }
        takes_part(task, waker, seat);
    }
}

/// The same in the tree.
///
/// # Safety
/// As [`awaits`], but for the slot.
#[cold]
pub(super) unsafe fn takes_part(task: TaskPtr, waker: &Waker, seat: &mut Seat) {
    // SAFETY: by contract. If another loop is entered, or none, there is no tree to be in: its
    // task awaits `task` as it would any future, and who awaited it before does no more.
    unsafe {
        adopt(task, seat);
        if !is_home(task) {
            return *seat = None;
        }
        let scheduler = scheduler_of(task);
        let Some(here) = scheduler.here() else {
            return *seat = None;
        };
        let participant = Participant::ensure(
            &mut place(seat).participant,
            &scheduler.scopes,
            here,
            || Kind::Forward(Target::Task(TaskRef::new(task))),
        );
        participant.set_waker(waker);
        participant.hand_on();
    }
}

/// Takes the seat that was made on behalf of whoever awaits the task.
///
/// # Safety
/// As [`takes_part`], or the task has ended.
unsafe fn adopt(task: TaskPtr, seat: &mut Seat) {
    // SAFETY: by contract we are on the owner's thread, where `scheduler` is null once the loop is
    // gone: nobody hears answers any more.
    unsafe {
        if !task.is(state::FOSTERED) {
            return;
        }
        task.clear(state::FOSTERED);
        let key = task.with_cold(|cold| cold.fostered.take());
        let scheduler = task.header().shared.as_ref().scheduler.get();
        if let (Some(key), Some(scheduler)) = (key, scheduler.as_ref()) {
            let participant = Participant::adopt(&scheduler.scopes, key);
            place(seat).participant = Some(participant);
        }
    }
}

/// The awaited task has ended: answers the request that went through the await. False if it goes
/// on outward, so that the await stays pending.
///
/// # Safety
/// As [`takes_part`], but the task is done.
#[cold]
pub(super) unsafe fn answered(task: TaskPtr, seat: &mut Seat) -> bool {
    // SAFETY: by contract.
    unsafe {
        adopt(task, seat);
        if seat.is_none() {
            return true;
        }
        let seated = place(seat);
        let Some(participant) = seated.participant.take() else {
            // Whoever polls all its branches, as a foreign `join!` does, asks again while the
            // others clean up. After that the error is a value like any other.
            return match seated.raised_at {
                Some(scope) => !goes_on_outward(task, scope),
                None => true,
            };
        };
        let heard =
            participant.owes() && !task.is(state::UNANSWERED) && is_here(task, participant.home());
        if !heard {
            participant.finish();
        } else if task.is(state::CANCELLED) {
            seated.raised_at = Some(participant.home());
            participant.raise(None);
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
    // SAFETY: by contract; a loop that is entered has its scheduler.
    unsafe { is_home(task) && scheduler_of(task).here() == Some(scope) }
}

/// Panics if a task awaits itself, which would never end: asyncio's "Task cannot await on itself".
///
/// # Safety
/// The caller has a reference, and is on the owner's thread.
#[inline(always)]
pub(super) unsafe fn refuse_itself(task: TaskPtr, waker: &Waker) {
    if waker::ours(waker) == Some(task) {
        // SAFETY: by contract.
        report::awaits_itself(&unsafe { TaskRef::new(task) });
    }
}

/// The handle is dropped: so is the seat that was made on its behalf.
///
/// # Safety
/// As [`answered`].
#[cold]
pub(super) unsafe fn abandoned(task: TaskPtr) {
    // SAFETY: by contract we are on the owner's thread, where `scheduler` is null once the loop is
    // gone: nobody hears answers any more.
    unsafe {
        if let Some(scheduler) = task.header().shared.as_ref().scheduler.get().as_ref() {
            (scheduler.trees().abandoned)(task);
        }
    }
}

/// Gives up a seat that was made on somebody's behalf.
///
/// # Safety
/// As [`answered`].
pub(super) unsafe fn let_go(task: TaskPtr) {
    let mut seat = None;
    // SAFETY: by contract.
    unsafe { adopt(task, &mut seat) }
}

/// `waker` no longer waits for `task`.
///
/// # Safety
/// As [`awaits`]; `waker` was just taken out of the `join` slot.
#[inline(always)]
pub(super) unsafe fn awaits_no_more(task: TaskPtr, waker: &Waker) {
    // SAFETY: the waker keeps the awaiter's block; for its thread see `awaits`.
    unsafe {
        if let Some(awaiter) = waker::ours(waker)
            && awaiter.header().shared == task.header().shared
            && awaiter.header().scope.get() == task.as_ptr()
            && !awaiter.is(state::SCOPED | state::DONE)
        {
            awaiter.header().scope.set(ptr::null_mut());
        }
    }
}
