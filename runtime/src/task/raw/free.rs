//! Where blocks end: given to the loop's pool at home, and to the system by whoever is last after the
//! loop. [`count`](super::count) says when. Next: `shared.rs`, what other threads touch.

use super::super::sync::Ordering::{AcqRel, Acquire};
use super::count::bounded;
use super::header::{TaskPtr, remote, state};
use super::life::scheduler_of;
use super::pool;
use super::shared::Shared;

/// Frees the block if no stranger refers to it; else takes their count over.
///
/// # Safety
/// On the owner's thread while the loop lives; `refs` is 0 and the task not `SCHEDULED`.
#[inline(always)]
pub(super) unsafe fn try_free(task: TaskPtr) {
    // SAFETY: by contract. No count, no flag, nowhere: nobody is left who could make another.
    unsafe {
        if task.header().remote.load(Acquire) == 0 {
            free_at_home(task);
        } else {
            merge(task);
        }
    }
}

/// # Safety
/// As [`try_free`].
#[cold]
unsafe fn merge(task: TaskPtr) {
    // SAFETY: by contract: nobody but us frees the block before we return.
    unsafe {
        let word = &task.header().remote;
        let mut seen = word.load(Acquire);
        loop {
            if seen & remote::QUEUED != 0 {
                return; // It is on the remote list: `take_in` will look at it.
            }
            match word.compare_exchange(seen, 0, AcqRel, Acquire) {
                Ok(_) => break,
                Err(now) => seen = now,
            }
        }
        task.header().refs.set(bounded(seen >> remote::COUNT_SHIFT));
        if task.header().refs.get() == 0 {
            free_at_home(task);
        }
    }
}

/// Takes the block out of the loop's list and gives its memory to the pool.
///
/// # Safety
/// On the owner's thread while the loop lives; nobody refers to the block, and its stage is empty.
#[inline(always)]
pub(super) unsafe fn free_at_home(task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        forget_cold(task);
        free_plain(task);
    }
}

/// The same of a block without a cold part.
///
/// # Safety
/// As [`free_at_home`].
#[inline(always)]
pub(super) unsafe fn free_plain(task: TaskPtr) {
    // SAFETY: by contract; the neighbors in the list are alive, since a block leaves it when freed.
    unsafe {
        debug_assert!(task.is(state::DONE) && !task.is(state::OUTPUT));
        let header = task.header();
        let scheduler = scheduler_of(task);
        scheduler.unlink(task);
        header.witness.free();
        let vtable = header.vtable;
        scheduler
            .pool
            .give(task.as_ptr().cast(), vtable.class, vtable.layout);
    }
}

/// Drops the cold part. It holds a name and an empty list by now, so no user code runs.
///
/// # Safety
/// Nobody but the caller refers to the block.
#[inline(always)]
unsafe fn forget_cold(task: TaskPtr) {
    #[cold]
    #[inline(never)]
    unsafe fn forget(task: TaskPtr) {
        // SAFETY: by contract.
        drop(unsafe { task.header().cold.take() });
    }
    // SAFETY: by contract.
    unsafe {
        if task.is(state::COLD) {
            forget(task);
        }
    }
}

/// Frees the block of a dead loop.
///
/// # Safety
/// The caller's read-modify-write brought `remote` to zero after `MERGED`.
pub(super) unsafe fn free_abroad(task: TaskPtr) {
    // SAFETY: by contract nobody else refers to the block, and `AcqRel` on that operation puts
    // all that others did with it first. The block had a hold on `shared`.
    unsafe {
        let (vtable, shared) = (task.header().vtable, task.header().shared);
        forget_cold(task);
        task.header().witness.free();
        pool::release(task.as_ptr().cast(), vtable.layout);
        Shared::release(shared);
    }
}
