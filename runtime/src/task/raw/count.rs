//! Who keeps a block alive, and who frees it: a biased count.
//!
//! Nearly all references come and go on the loop's own thread, so they are counted there by a
//! plain integer (`refs`). Strangers count in an atomic word beside it (`remote`), as a difference
//! that may be negative: a waker that is cloned at home and dropped abroad leaves +1 here and −1
//! there. Only the sum means something.
//!
//! ```text
//! owner     make      refs += 1                                         [hold]
//!           drop      refs -= 1; 0 and not SCHEDULED: try to free       [drop_at_home]
//!           borrow    refs was 0 already: the count lies in `remote`,
//!                     take it over first, then drop                     [borrow]
//! stranger  make      remote += 1                                       [hold]
//!           drop,     remote -= 1 or 0, set QUEUED (and WAKE);
//!           wake      who set QUEUED pushes the block on the remote
//!                     list and rings                                    [act_from_abroad]
//! owner     drain     remote -> 0, its count joins refs, WAKE is done   [take_in]
//! owner     death     refs joins remote, MERGED is set: from here on
//!                     everybody counts in `remote`, and whoever brings
//!                     it to zero frees the memory                       [hand_over]
//! ```
//!
//! Why exactly one party frees: before MERGED only the owner does, when `refs` is 0, the task is
//! not SCHEDULED, and `remote` is 0 *and not QUEUED*. After it, every step is one
//! read-modify-write of the same word, and only the one whose result says "nothing but MERGED"
//! frees; the answer is read from that operation, never from a later look. The future and its
//! output are gone by then or were dropped by the owner: what a stranger frees is memory.

use super::super::owner;
use super::super::sync::Ordering::{AcqRel, Acquire, Relaxed};
use super::free::{free_abroad, try_free};
use super::header::{TaskPtr, remote, state};
use super::shared::{Closed, Shared};

/// More references than this cannot be meant: somebody clones wakers and forgets them. The
/// process ends before the count can wrap around and free a block that is in use.
pub(super) const MAX_REFS: u32 = if cfg!(test) { 1 << 16 } else { 1 << 31 } - 1;

/// Tells whether the loop of this block is entered on this thread. Anywhere else, also on the
/// owner's thread while the loop is not entered, the atomic way is right.
///
/// # Safety
/// The block is alive.
#[inline(always)]
pub(super) unsafe fn is_home(task: TaskPtr) -> bool {
    // SAFETY: by contract. The address identifies the loop: its `Shared` cannot be freed and its
    // address used again while the loop is entered, since the loop has a hold until it is dead.
    unsafe { task.header().shared.as_ptr() as *const () == owner::entered() }
}

/// Adds a reference.
///
/// # Safety
/// The caller has a reference.
#[inline(always)]
pub(super) unsafe fn hold(task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        if is_home(task) {
            hold_at_home(task);
        } else {
            task.header().witness.look();
            // A new reference is made from an existing one, so nothing needs to be ordered.
            task.header().remote.fetch_add(remote::ONE, Relaxed);
        }
    }
}

/// Adds a reference, on the owner's thread while the loop lives.
///
/// # Safety
/// The block is alive and stays so during the call.
#[inline(always)]
pub(super) unsafe fn hold_at_home(task: TaskPtr) {
    // SAFETY: by contract.
    let refs = unsafe { &task.header().refs };
    // Counted first and tested then: one instruction counts in memory, and a jump by its flags tests.
    refs.set(refs.get() + 1);
    if refs.get() > MAX_REFS {
        std::process::abort();
    }
}

/// Takes one off the plain count. False if that was spent, or is now.
///
/// # Safety
/// As [`drop_at_home`]; if the answer is false, the caller calls [`none_left`] or counts up again.
#[inline(always)]
pub(super) unsafe fn count_down(task: TaskPtr) -> bool {
    // SAFETY: by contract.
    let refs = unsafe { &task.header().refs };
    // As above. A count that was 0 is below it now, as a signed number.
    refs.set(refs.get().wrapping_sub(1));
    refs.get().cast_signed() > 0
}

/// Gives a reference back, from any thread.
///
/// # Safety
/// The caller has a reference, which this call takes.
#[inline(always)]
pub(super) unsafe fn drop_ref(task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        if is_home(task) {
            drop_one_of_many(task);
        } else {
            act_from_abroad(task, -remote::ONE, false);
        }
    }
}

/// As [`drop_at_home`], for where another reference nearly always stays, as when a waker goes. The
/// last one is dropped out of line, so that the usual way needs to save no registers.
///
/// # Safety
/// As [`drop_at_home`].
#[inline(always)]
pub(super) unsafe fn drop_one_of_many(task: TaskPtr) {
    #[cold]
    #[inline(never)]
    unsafe fn drop_last(task: TaskPtr) {
        // SAFETY: by contract.
        unsafe { none_left(task) }
    }
    // SAFETY: by contract.
    unsafe {
        if !count_down(task) {
            drop_last(task);
        }
    }
}

/// Gives a reference back, on the owner's thread while the loop lives.
///
/// # Safety
/// The caller has a reference, which this call takes.
#[inline(always)]
pub(super) unsafe fn drop_at_home(task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        if !count_down(task) {
            none_left(task);
        }
    }
}

/// The plain count has come to 0, or below it.
///
/// # Safety
/// As [`drop_at_home`], of which this is the rest; the header is not touched after the block may be
/// gone.
#[inline(always)]
unsafe fn none_left(task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        if task.header().refs.get() != 0 {
            return borrow(task);
        }
        if !task.is(state::SCHEDULED) {
            try_free(task);
        }
    }
}

/// The plain count was spent, but this reference exists: it was made abroad, and is counted there.
///
/// # Safety
/// As [`drop_at_home`]; what `refs` says is of no use.
#[cold]
unsafe fn borrow(task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        let word = &task.header().remote;
        // The flags stay as they are; only the count moves. It cannot sink meanwhile below what
        // is needed here: ours is in it, and is positive for as long as we have not dropped it.
        let count = word.load(Acquire) >> remote::COUNT_SHIFT;
        debug_assert!(count > 0, "a reference that nobody counted");
        word.fetch_sub(count * remote::ONE, AcqRel);
        task.header().refs.set(bounded(count));
        drop_at_home(task);
    }
}

/// A count as `refs` keeps it.
pub(super) fn bounded(count: i64) -> u32 {
    match u32::try_from(count) {
        Ok(count) if count <= MAX_REFS => count,
        _ => std::process::abort(),
    }
}

/// Nothing is left of the count, and nobody has the block queued.
fn is_last(word: i64) -> bool {
    word & !remote::WAKE == remote::MERGED
}

/// A wake, a drop, or both, by somebody who is not at home.
///
/// # Safety
/// The caller has a reference, which this call takes if `change` is −[`remote::ONE`]; else
/// `change` is 0.
#[cold]
pub(super) unsafe fn act_from_abroad(task: TaskPtr, change: i64, wake: bool) {
    // SAFETY: until the exchange succeeds our reference keeps the block. Then, in this order: the
    // last one of a dead loop is alone with it; one who found it `QUEUED` touches nothing more;
    // one who set `QUEUED` keeps it alive by that until it is pushed, and touches only `shared`
    // afterwards, on which it took a hold *before*: once pushed, the block may be gone, and the
    // loop with it.
    unsafe {
        task.header().witness.look();
        let shared = task.header().shared;
        let word = &task.header().remote;
        let mut seen = word.load(Relaxed);
        loop {
            let merged = seen & remote::MERGED != 0;
            let flags = match (merged, wake) {
                (true, _) => 0, // Nobody is left who could be woken.
                (false, true) => remote::QUEUED | remote::WAKE,
                (false, false) => remote::QUEUED,
            };
            let next = (seen + change) | flags;
            match word.compare_exchange_weak(seen, next, AcqRel, Relaxed) {
                Err(now) => seen = now,
                Ok(_) if merged => {
                    if is_last(next) {
                        free_abroad(task);
                    }
                    return;
                }
                // Whoever set it pushes it and rings, after this exchange.
                Ok(_) if seen & remote::QUEUED != 0 => return,
                Ok(_) => break,
            }
        }
        shared.as_ref().hold(1);
        match shared.as_ref().push(task) {
            Ok(()) => shared.as_ref().doorbell.ring(),
            Err(Closed) => clear_queued(task),
        }
        Shared::release(shared);
    }
}

/// The loop is gone and will not look at this block: its mark must not keep it alive.
///
/// # Safety
/// The caller set `QUEUED`, or took the block off the list that the loop closed.
unsafe fn clear_queued(task: TaskPtr) {
    // SAFETY: `QUEUED` keeps the block up to here. If the loop has not come to `hand_over` for
    // it yet, `MERGED` is not set and the loop will see what is left.
    unsafe {
        let left = task.header().remote.fetch_and(!remote::QUEUED, AcqRel) & !remote::QUEUED;
        if is_last(left) {
            free_abroad(task);
        }
    }
}

/// The owner takes over what strangers did with a block. Says whether they woke it.
///
/// # Safety
/// On the owner's thread while the loop lives; the block was just taken off the remote list. The
/// caller wakes the task if the answer is true, and then calls [`free_if_unused`].
pub(super) unsafe fn take_in(task: TaskPtr) -> bool {
    // SAFETY: `QUEUED` keeps the block up to the swap. Then the plain count, or nothing: nobody
    // but us frees it before we return.
    unsafe {
        let word = task.header().remote.swap(0, AcqRel);
        let refs = i64::from(task.header().refs.get()) + (word >> remote::COUNT_SHIFT);
        task.header().refs.set(bounded(refs));
        word & remote::WAKE != 0
    }
}

/// Frees the block if neither a reference nor the ready queue keeps it.
///
/// # Safety
/// On the owner's thread while the loop lives; the block is alive.
pub(super) unsafe fn free_if_unused(task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        if task.header().refs.get() == 0 && !task.is(state::SCHEDULED) {
            try_free(task);
        }
    }
}

/// The loop dies: the owner's count joins the strangers', and the block lives by that alone.
///
/// # Safety
/// On the owner's thread, as its last act on this block; the loop's list is closed, no loop is
/// entered, and the block has been given a hold on `shared`.
pub(super) unsafe fn hand_over(task: TaskPtr) {
    // SAFETY: nobody else frees before `MERGED` is set, and who frees after is told by the value.
    unsafe {
        let add = i64::from(task.header().refs.get()) * remote::ONE + remote::MERGED;
        if is_last(task.header().remote.fetch_add(add, AcqRel) + add) {
            free_abroad(task);
        }
    }
}

/// A block that strangers had queued when the loop died.
///
/// # Safety
/// The block comes from the list that the loop closed, and [`hand_over`] was called for it.
pub(super) unsafe fn let_go(task: TaskPtr) {
    // SAFETY: by contract.
    unsafe { clear_queued(task) }
}
