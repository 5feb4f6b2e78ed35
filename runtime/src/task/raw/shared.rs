//! What other threads may touch of a loop: the list of blocks that they changed, and the bell.
//!
//! [`Shared`] outlives the loop for as long as a block, or a push in flight, needs it: it counts
//! its `holds`. A block that dies with the loop needs none of its own, since the loop has one.
//!
//! The remote list is a stack that strangers push on with one compare-and-swap and the owner
//! takes whole: nobody ever pops a single entry, so an entry that comes back meanwhile ("ABA")
//! does no harm. [`count`](super::count) says who pushes and when.

use super::super::doorbell::Doorbell;
use super::super::sync::{AtomicPtr, AtomicUsize, Ordering};
use super::header::{Header, TaskPtr};
use super::scheduler::Scheduler;
use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// The remote list's head once the loop is gone. No block has this address.
const CLOSED: *mut Header = ptr::without_provenance_mut(1);

/// What other threads may touch of a loop.
pub(super) struct Shared {
    /// The scheduler, or null once it is gone. Invariant: read and written only on the owner's
    /// thread.
    pub(super) scheduler: Cell<*const Scheduler>,
    /// Blocks that strangers changed, newest first; null, or [`CLOSED`].
    remote: AtomicPtr<Header>,
    pub(super) doorbell: Arc<Doorbell>,
    /// The loop, each block that outlived it, each push in flight.
    holds: AtomicUsize,
}

impl Shared {
    /// With one hold, the caller's.
    pub(super) fn new(doorbell: Arc<Doorbell>) -> NonNull<Shared> {
        NonNull::from(Box::leak(Box::new(Shared {
            scheduler: Cell::new(ptr::null()),
            remote: AtomicPtr::new(ptr::null_mut()),
            doorbell,
            holds: AtomicUsize::new(1),
        })))
    }

    /// Adds holds. The caller has one, or something that has one, so the order does not matter.
    pub(super) fn hold(&self, count: usize) {
        self.holds.fetch_add(count, Ordering::Relaxed);
    }

    /// Gives a hold back, and frees the whole when it was the last.
    ///
    /// # Safety
    /// The caller has a hold, and does not touch `shared` afterwards.
    pub(super) unsafe fn release(shared: NonNull<Shared>) {
        // SAFETY: a hold keeps it alive up to this subtraction. Whoever brings the count to zero
        // is alone with it; `AcqRel` puts all that others did before their own release first.
        unsafe {
            if shared.as_ref().holds.fetch_sub(1, Ordering::AcqRel) == 1 {
                drop(Box::from_raw(shared.as_ptr()));
            }
        }
    }

    /// Pushes a block, or says that the list is closed.
    ///
    /// # Safety
    /// The caller has just set the block's `QUEUED` bit, which was clear, and has a hold.
    pub(super) unsafe fn push(&self, task: TaskPtr) -> Result<(), Closed> {
        let mut head = self.remote.load(Ordering::Acquire);
        loop {
            if head == CLOSED {
                return Err(Closed);
            }
            // SAFETY: `QUEUED` keeps the block alive, and makes `link` ours until it is pushed.
            unsafe { task.header() }.link.set(head);
            match self.remote.compare_exchange_weak(
                head,
                task.as_ptr(),
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return Ok(()),
                Err(now) => head = now,
            }
        }
    }

    /// Whether strangers left nothing. Whoever takes what they left acquires it then.
    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.remote.load(Ordering::Relaxed).is_null()
    }

    /// Takes all that was pushed, newest first.
    pub(super) fn take(&self) -> RemoteList {
        RemoteList(self.remote.swap(ptr::null_mut(), Ordering::Acquire))
    }

    /// Takes all that was pushed and lets nobody push again.
    pub(super) fn close(&self) -> RemoteList {
        RemoteList(self.remote.swap(CLOSED, Ordering::AcqRel))
    }
}

/// The loop is gone: nobody will look at what would have been pushed.
pub(super) struct Closed;

/// Blocks taken off the remote list. All are marked `QUEUED`, which keeps them alive; whoever
/// clears that mark must have taken the block from this list before, since `link` is free for the
/// next pusher from then on.
pub(super) struct RemoteList(*mut Header);

impl RemoteList {
    /// The same blocks, oldest first.
    pub(super) fn reversed(mut self) -> RemoteList {
        let mut reversed = ptr::null_mut();
        while let Some(task) = self.pop() {
            // SAFETY: the block is `QUEUED` and off the shared list, so `link` is ours.
            unsafe { task.header() }.link.set(reversed);
            reversed = task.as_ptr();
        }
        RemoteList(reversed)
    }

    /// The first block.
    pub(super) fn pop(&mut self) -> Option<TaskPtr> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: the list holds blocks, and `QUEUED` keeps each alive until we hand it out.
        unsafe {
            let task = TaskPtr::from_raw(self.0);
            self.0 = task.header().link.get();
            Some(task)
        }
    }
}
