//! [`Siblings`]: the wakers of several children in one block of memory. Who uses it: `fan.rs` of
//! [`combine`](crate::combine), whose children each need one.
//!
//! In safe code a waker with data is an `Arc`, and a `gather` of a thousand makes a thousand of them,
//! which cost more than all its polls. Here they share one: a waker points to its child's entry in an
//! `Arc<[Entry]>`, and the entry knows where it stands in there, so that the whole is found again.
//! Next: `pinned.rs`.

use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

/// What the wakers of several children wake, with the child's number. From any thread.
pub(crate) trait WakeChild: Send + Sync + 'static {
    fn wake_child(&self, number: usize);
}

/// The wakers of several children. Clones of them may outlive it.
pub(crate) struct Siblings {
    /// Comes from `Arc::into_raw`; the count is given back when this is dropped. Never seen through a
    /// reference to the whole, so that what is derived from it stays good.
    entries: *const [Entry],
}

/// One child's.
struct Entry {
    shared: Arc<dyn WakeChild>,
    number: usize,
    /// Where this stands in the slice, and how long that is.
    place: usize,
    of: usize,
}

impl Siblings {
    /// The wakers of so many children, of which the first has this number.
    pub(crate) fn new(shared: &Arc<impl WakeChild>, first: usize, count: usize) -> Siblings {
        let shared: Arc<dyn WakeChild> = shared.clone();
        let entry = |place| Entry {
            shared: shared.clone(),
            number: first + place,
            place,
            of: count,
        };
        let entries: Arc<[Entry]> = (0..count).map(entry).collect();
        Siblings {
            entries: Arc::into_raw(entries),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Shows `look` the waker of the child at this place.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    pub(crate) fn with_waker<R>(&self, place: usize, look: impl FnOnce(&Waker) -> R) -> R {
        assert!(place < self.len(), "there are not so many siblings");
        // SAFETY: the place is in the slice, which our count keeps.
        let entry = unsafe { self.entries.cast::<Entry>().add(place) };
        let waker = RawWaker::new(entry.cast(), &TABLE);
        // SAFETY: the table's functions take what `TABLE` says, and this is one. It counts for nobody,
        // as it is never dropped; it lives as long as `self` is borrowed, whose count keeps the block.
        let waker = ManuallyDrop::new(unsafe { Waker::from_raw(waker) });
        look(&waker)
    }
}

impl Drop for Siblings {
    fn drop(&mut self) {
        // SAFETY: from `into_raw`, and its count was ours.
        drop(unsafe { Arc::from_raw(self.entries) });
    }
}

/// Each function takes a pointer to an entry, made from that of the whole slice, and so good for all of
/// it. The entries are `Send` and `Sync`, so it may be called on any thread. A `static`, since a waker is
/// known by the address of its table.
static TABLE: RawWakerVTable =
    RawWakerVTable::new(Entry::clone, Entry::wake, Entry::wake_by_ref, Entry::drop);

impl Entry {
    /// The slice that an entry stands in, as `Arc::into_raw` gave it.
    ///
    /// # Safety
    /// As [`TABLE`] says, and somebody counts for the block.
    unsafe fn whole(entry: *const ()) -> *const [Entry] {
        let entry = entry.cast::<Entry>();
        // SAFETY: by contract: the entry is alive, never written to, and stands at that place.
        let (first, of) = unsafe { (entry.sub((*entry).place), (*entry).of) };
        ptr::slice_from_raw_parts(first, of)
    }

    /// # Safety
    /// As [`whole`](Entry::whole).
    unsafe fn clone(entry: *const ()) -> RawWaker {
        // SAFETY: by contract; the new count is the new waker's.
        unsafe { Arc::increment_strong_count(Entry::whole(entry)) };
        RawWaker::new(entry, &TABLE)
    }

    /// # Safety
    /// As [`whole`](Entry::whole); the count is the waker's, and given back.
    unsafe fn wake(entry: *const ()) {
        // SAFETY: by contract. What is woken may panic: the count is given back all the same.
        unsafe {
            let _count = Arc::from_raw(Entry::whole(entry));
            Entry::wake_by_ref(entry);
        }
    }

    /// # Safety
    /// As [`whole`](Entry::whole).
    unsafe fn wake_by_ref(entry: *const ()) {
        // SAFETY: by contract. The reference is to this entry alone, and to share it is all that is done.
        let entry = unsafe { &*entry.cast::<Entry>() };
        entry.shared.wake_child(entry.number);
    }

    /// # Safety
    /// As [`wake`](Entry::wake).
    unsafe fn drop(entry: *const ()) {
        // SAFETY: by contract.
        drop(unsafe { Arc::from_raw(Entry::whole(entry)) });
    }
}
