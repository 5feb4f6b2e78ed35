//! One task, one block of memory: what stands in it, and what its state word says.
//!
//! ```text
//!  TaskCell<F> ┌──────────────────────────────────────────────┬───────────────────────────┐
//!              │ Header, 112 bytes                            │ Stage<F>                  │
//!              │ hot (64): state refs shared vtable join      │ the future, then          │
//!              │           remote link scope                  │ its output or an error,   │
//!              │ cold (48): prev seat cold next id place      │ then nothing              │
//!              └──────────────────────────────────────────────┴───────────────────────────┘
//! ```
//!
//! Everything that a wake or a poll touches stands in the first cache line. The rest of the
//! module speaks of a task as a [`TaskPtr`], which knows the header; only the functions in
//! [`life`](super::life) know the future's type. Read that one next.

use super::super::join_error::JoinError;
use super::super::scope::Key;
use super::super::sync::{AtomicI64, Witness};
use super::pool;
use super::shared::Shared;
use std::alloc::Layout;
use std::cell::{Cell, UnsafeCell};
use std::future::Future;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::ptr::NonNull;
use std::rc::Rc;
use std::task::Waker;

/// The flags of the state word's lower part. Only the owner thread reads or writes them.
pub(super) mod state {
    /// The task is in the ready queue, which keeps its block alive.
    pub(in super::super) const SCHEDULED: u32 = 1;
    /// The future is gone: returned, cancelled or panicked.
    pub(in super::super) const DONE: u32 = 1 << 1;
    /// A [`Join`](super::super::join::Join) wants the output.
    pub(in super::super) const JOINED: u32 = 1 << 2;
    /// The stage holds an output (or, with [`FAILED`], an error).
    pub(in super::super) const OUTPUT: u32 = 1 << 3;
    /// What the stage holds is a `JoinError`.
    pub(in super::super) const FAILED: u32 = 1 << 4;
    /// The task ended by cancellation.
    pub(in super::super) const CANCELLED: u32 = 1 << 5;
    /// Somebody asked for cancellation; it is delivered at the next suspension.
    pub(in super::super) const CANCEL: u32 = 1 << 6;
    /// The task was not polled yet. Cleared with `SCHEDULED`, by the same instruction.
    pub(in super::super) const FRESH: u32 = 1 << 7;
    /// It was cancelled before its first poll, so it never starts.
    pub(in super::super) const NEVER: u32 = 1 << 8;
    /// The block has a [`Cold`](super::Cold) part.
    pub(in super::super) const COLD: u32 = 1 << 9;
    /// A header without a future: `block_on` polls its own, on its stack.
    pub(in super::super) const ROOT: u32 = 1 << 10;
    /// A plain callback, which is no task to its users.
    pub(in super::super) const CALLBACK: u32 = 1 << 11;
    /// Somebody looked at the error that the stage holds.
    pub(in super::super) const SEEN: u32 = 1 << 12;
    /// The task has a root among the loop's [`Scopes`](crate::task::scope::Scopes); `scope` says
    /// where.
    pub(in super::super) const SCOPED: u32 = 1 << 13;
    /// It returned while a request was still unanswered.
    pub(in super::super) const UNANSWERED: u32 = 1 << 14;
    /// Whoever awaits it takes part in a tree; `seat` says where.
    pub(in super::super) const SEATED: u32 = 1 << 15;
    /// With `CANCEL`, while there is no root: the last request comes from the end of `run`.
    pub(in super::super) const ENDING: u32 = 1 << 16;
    /// With `CANCEL`, while there is no root: it was asked where it waited, so the first message counts.
    pub(in super::super) const SETTLED: u32 = 1 << 17;
    /// Where the count of requests begins.
    pub(in super::super) const REQUESTS_SHIFT: u32 = 18;
}

/// The remote word: a count of references made and dropped by strangers, and three flags.
pub(super) mod remote {
    /// The block is on the remote list, or about to be: nobody may free it.
    pub(in super::super) const QUEUED: i64 = 1;
    /// A stranger woke the task.
    pub(in super::super) const WAKE: i64 = 1 << 1;
    /// The loop is gone, and the count in this word is the whole count.
    pub(in super::super) const MERGED: i64 = 1 << 2;
    /// One reference.
    pub(in super::super) const ONE: i64 = 1 << COUNT_SHIFT;
    /// Where the (signed) count begins.
    pub(in super::super) const COUNT_SHIFT: u32 = 3;
}

/// What stands before every future.
#[repr(C)]
pub(super) struct Header {
    /// Flags below, cancellation requests (saturating, 14 bits) above.
    pub(super) state: Cell<u32>,
    /// References counted by the owner, without atomics. May be less than the references the
    /// owner holds: one that a stranger made and sent home is counted in `remote`.
    pub(super) refs: Cell<u32>,
    /// What other threads may touch of the loop. Invariant: alive as long as this block.
    pub(super) shared: NonNull<Shared>,
    /// What depends on the future's type.
    pub(super) vtable: &'static VTable,
    /// Who awaits the output: by value, or as the first by reference (more wait in [`Cold`]).
    pub(super) join: Cell<Option<Waker>>,
    /// See [`remote`].
    pub(super) remote: AtomicI64,
    /// The next block on the remote list. Invariant: written only by whoever set `QUEUED`, read
    /// only by the drain, before it clears `QUEUED`.
    pub(super) link: Cell<*mut Header>,
    /// While the task lives: with `SCOPED` the place of its root, as an address without
    /// provenance; else the one task that it awaits, if any. Invariant: that task is not done, and
    /// its `join` slot holds a waker of this one, which keep both blocks. While a finished task's
    /// output waits to be dropped: the next block that waits for the same.
    pub(super) scope: Cell<*mut Header>,
    // ---- 64 bytes up to here ----
    // From `remote` to `cold` a new block is all zeros, which is written in three stores.
    /// The neighbor that was made later, in the list of all blocks of the loop.
    pub(super) prev: Cell<Option<TaskPtr>>,
    /// With `SEATED`: where the [`Join`](super::join::Join) that awaits this task takes part. It is
    /// here, and not in the handle, so that the handle is one pointer.
    pub(super) seat: Cell<Key>,
    /// What few tasks have, in a box of its own. Told by the state bit `COLD`.
    pub(super) cold: Cell<Option<Box<Cold>>>,
    /// The neighbor that was made earlier.
    pub(super) next: Cell<Option<TaskPtr>>,
    /// Counted up in each loop, from 1.
    pub(super) id: u64,
    /// Where the task was made.
    pub(super) place: &'static Location<'static>,
    /// Nothing, but under loom.
    pub(super) witness: Witness,
}

#[cfg(all(target_pointer_width = "64", not(loom)))]
const _: () = {
    assert!(size_of::<Header>() == 112);
    assert!(std::mem::offset_of!(Header, prev) == 64);
};

/// What few tasks have: made only when it is used. Whoever frees the block drops it, on any
/// thread.
#[derive(Default)]
pub(super) struct Cold {
    /// The name given by `task::Builder::name`. A copy: the count of the user's `Rc` belongs to
    /// one thread.
    pub(super) name: Option<Box<str>>,
    /// Callbacks to be called at the task's end, oldest first.
    pub(super) listeners: Vec<Waker>,
    /// Those who await the task by reference, but for the first: oldest first, each with its ticket.
    pub(super) waiters: Vec<(u64, Waker)>,
    /// The next ticket.
    pub(super) next_ticket: u64,
    /// With `SEATED`, in place of `seat`: the scope at which a request went on outward when the task
    /// had ended by it.
    pub(super) raised_at: Option<Key>,
    /// What an output has to say that is an error: set by `task::Builder::report_errors`. Given a
    /// pointer to a stage that holds an output.
    pub(super) error_text: Option<ErrorText>,
    /// The handle is gone, and `JOINED` stays set for the report alone.
    pub(super) orphan: bool,
}

impl Cold {
    /// Where the waker with this ticket is. Tickets are counted up, so the list is in their order.
    pub(super) fn place_of(&self, ticket: u64) -> Option<usize> {
        let place = self
            .waiters
            .binary_search_by_key(&ticket, |&(known, _)| known);
        place.ok()
    }
}

/// See [`Cold::error_text`].
pub(super) type ErrorText = unsafe fn(*const ()) -> Option<String>;

const _: () = {
    const fn may_be_dropped_anywhere<T: Send>() {}
    may_be_dropped_anywhere::<Cold>();
};

/// What depends on the future's type.
pub(super) struct VTable {
    /// Polls the future once and ends the task if that was its last poll.
    pub(super) poll: unsafe fn(TaskPtr),
    /// Drops what the stage holds: the future, or (when `DONE`) the output or the error.
    pub(super) drop_stage: unsafe fn(TaskPtr),
    /// The block's size and alignment, rounded up to the pool's grain.
    pub(super) layout: Layout,
    /// From the block's start to the stage.
    pub(super) stage: usize,
    /// Which free list the block comes from.
    pub(super) class: pool::Class,
    /// The name of the future's type, which tells the function that it was made by. A function,
    /// since the name is no constant.
    #[cfg(debug_assertions)]
    pub(super) type_name: fn() -> &'static str,
}

/// A task's block, with its type.
#[repr(C)]
pub(super) struct TaskCell<F: Future> {
    pub(super) header: Header,
    pub(super) stage: UnsafeCell<Stage<F>>,
}

/// The place that holds the future first and its outcome later. The state word says which.
#[repr(C)]
pub(super) union Stage<F: Future> {
    pub(super) future: ManuallyDrop<F>,
    pub(super) output: ManuallyDrop<F::Output>,
    pub(super) error: ManuallyDrop<JoinError>,
}

/// A pointer to a task's block.
///
/// It is only ever derived from the allocation itself, never from a reference, so that it may
/// reach the header, the stage behind it, and `dealloc`. It counts for nothing: whoever keeps one
/// also keeps a counted reference, or knows who does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct TaskPtr(NonNull<Header>);

impl TaskPtr {
    /// # Safety
    /// `header` is the start of a block that the scheduler allocated.
    pub(super) unsafe fn from_raw(header: *mut Header) -> TaskPtr {
        // SAFETY: an allocated block's address is not null.
        TaskPtr(unsafe { NonNull::new_unchecked(header) })
    }

    pub(super) fn as_ptr(self) -> *mut Header {
        self.0.as_ptr()
    }

    /// The header, for one expression: the reference must be gone before the block can be.
    ///
    /// # Safety
    /// The block is alive, and stays so while the reference is used. All that changes in a header
    /// is a `Cell` or an atomic; a `Cell` is touched by the owner only (`link`: see there).
    #[inline(always)]
    pub(super) unsafe fn header<'a>(self) -> &'a Header {
        // SAFETY: by contract; a header is never borrowed mutably once it is written.
        unsafe { self.0.as_ref() }
    }

    /// # Safety
    /// As [`header`](TaskPtr::header), on the owner's thread.
    #[inline(always)]
    pub(super) unsafe fn state(self) -> u32 {
        // SAFETY: by contract.
        unsafe { self.header() }.state.get()
    }

    /// Tells whether any of `flags` is set.
    ///
    /// # Safety
    /// As [`header`](TaskPtr::header), on the owner's thread.
    #[inline(always)]
    pub(super) unsafe fn is(self, flags: u32) -> bool {
        // SAFETY: by contract.
        unsafe { self.state() & flags != 0 }
    }

    /// # Safety
    /// As [`header`](TaskPtr::header), on the owner's thread.
    #[inline(always)]
    pub(super) unsafe fn set(self, flags: u32) {
        // SAFETY: by contract.
        let state = unsafe { &self.header().state };
        state.set(state.get() | flags);
    }

    /// # Safety
    /// As [`header`](TaskPtr::header), on the owner's thread.
    #[inline(always)]
    pub(super) unsafe fn clear(self, flags: u32) {
        // SAFETY: by contract.
        let state = unsafe { &self.header().state };
        state.set(state.get() & !flags);
    }

    /// Whether there is a waker in the `join` slot.
    ///
    /// # Safety
    /// As [`header`](TaskPtr::header), on the owner's thread.
    #[inline(always)]
    pub(super) unsafe fn has_joiner(self) -> bool {
        // SAFETY: by contract; the reference into the cell is gone before anybody can write to it.
        unsafe { (*self.header().join.as_ptr()).is_some() }
    }

    /// Whether that waker wakes the same as `waker`.
    ///
    /// # Safety
    /// As [`has_joiner`](TaskPtr::has_joiner).
    pub(super) unsafe fn wakes_joiner(self, waker: &Waker) -> bool {
        // SAFETY: as there; comparing wakers runs no user code.
        unsafe { (*self.header().join.as_ptr()).as_ref() }
            .is_some_and(|other| other.will_wake(waker))
    }

    /// Whether somebody awaits the task by reference, beside whoever has the `join` slot.
    ///
    /// # Safety
    /// As [`header`](TaskPtr::header), on the owner's thread.
    pub(super) unsafe fn has_waiters(self) -> bool {
        // SAFETY: by contract.
        unsafe { self.is(state::COLD) && self.with_cold(|cold| !cold.waiters.is_empty()) }
    }

    /// The stage, seen as a `T`.
    ///
    /// # Safety
    /// The block is alive.
    #[inline(always)]
    pub(super) unsafe fn stage<T>(self) -> *mut T {
        // SAFETY: `vtable.stage` is the offset of the stage in this very block.
        unsafe { self.as_ptr().byte_add(self.header().vtable.stage).cast() }
    }

    /// Runs `look` on the cold part, which is made if there is none.
    ///
    /// `look` must run no user code: the part is taken out of its cell meanwhile.
    ///
    /// # Safety
    /// As [`header`](TaskPtr::header), on the owner's thread.
    pub(super) unsafe fn with_cold<R>(self, look: impl FnOnce(&mut Cold) -> R) -> R {
        // SAFETY: by contract.
        let cell = unsafe { &self.header().cold };
        let mut cold = cell.take().unwrap_or_default();
        let answer = look(&mut cold);
        cell.set(Some(cold));
        // SAFETY: by contract.
        unsafe { self.set(state::COLD) };
        answer
    }

    /// The task's name, if it was given one.
    ///
    /// # Safety
    /// As [`header`](TaskPtr::header), on the owner's thread.
    pub(super) unsafe fn name(self) -> Option<Rc<str>> {
        // SAFETY: by contract; copying a text runs no user code.
        unsafe {
            if !self.is(state::COLD) {
                return None;
            }
            self.with_cold(|cold| cold.name.as_deref().map(Rc::from))
        }
    }
}
