//! Who is running here: the thread's own number, and the loop that is entered on it.
//!
//! Pure data, at the bottom of the layers. Two questions are answered without an atomic
//! operation: "is this the thread that owns the loop?" ([`thread_id`], asked before something
//! blocks) and "is this very loop entered here, now?" ([`entered`], asked at every wake). Read
//! [`raw`](super::raw) next, which asks the second.

use super::sync::thread_local_cell;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The next number to hand out. Process-wide, and only ever counted up: an address in thread-local
/// storage would do as an identity too, but it is used again once the thread has ended.
static NEXT_THREAD: AtomicU64 = AtomicU64::new(1);

thread_local_cell! {
    /// 0 until somebody asks. No loop is ever owned by "0", so a thread that never had a loop
    /// cannot pass for the owner of one.
    static THREAD: u64 = 0;
    /// The address that identifies the entered loop, or null.
    static ENTERED: *const () = std::ptr::null();
    /// How many outcomes of tasks are being dropped here, one inside the other.
    static DROP_DEPTH: u32 = 0;
    /// The first of the blocks whose outcome waits to be dropped until the others are.
    static ASIDE: *mut () = std::ptr::null_mut();
}

/// Returns this thread's number, which no other thread of the process has, had or will have.
pub(crate) fn thread_id() -> u64 {
    THREAD.with(|id: &Cell<u64>| {
        if id.get() == 0 {
            id.set(NEXT_THREAD.fetch_add(1, Relaxed));
        }
        id.get()
    })
}

/// Returns the identity of the loop that is entered on this thread, or null.
#[inline(always)]
pub(crate) fn entered() -> *const () {
    ENTERED.with(|loop_id: &Cell<*const ()>| loop_id.get())
}

/// Runs `body` with `loop_id` as the entered loop, and puts back what was entered before, also
/// when `body` panics.
pub(crate) fn enter<R>(loop_id: *const (), body: impl FnOnce() -> R) -> R {
    struct Restore(*const ());
    impl Drop for Restore {
        fn drop(&mut self) {
            ENTERED.with(|loop_id: &Cell<*const ()>| loop_id.set(self.0));
        }
    }
    let _restore = Restore(ENTERED.with(|slot: &Cell<*const ()>| slot.replace(loop_id)));
    body()
}

/// Says that no loop is entered any more: from here to the end of the surrounding [`enter`],
/// everybody counts as a stranger. A loop calls it as the last step before it dies.
pub(crate) fn leave_for_good() {
    ENTERED.with(|loop_id: &Cell<*const ()>| loop_id.set(std::ptr::null()));
}

/// How many outcomes of tasks are being dropped on this thread, one inside the other.
pub(crate) fn drop_depth() -> u32 {
    DROP_DEPTH.with(|depth: &Cell<u32>| depth.get())
}

pub(crate) fn set_drop_depth(depth: u32) {
    DROP_DEPTH.with(|cell: &Cell<u32>| cell.set(depth));
}

/// Puts a block in front of those whose outcome waits to be dropped, and returns the one that was.
pub(crate) fn replace_aside(first: *mut ()) -> *mut () {
    ASIDE.with(|aside: &Cell<*mut ()>| aside.replace(first))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_thread_has_a_number_of_its_own() {
        let mut seen = vec![thread_id()];
        assert_eq!(seen[0], thread_id(), "a thread keeps its number");
        for _ in 0..8 {
            seen.push(std::thread::spawn(thread_id).join().unwrap());
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 9);
        assert!(!seen.contains(&0));
    }

    #[test]
    fn a_panic_inside_enter_restores_what_was_entered() {
        let marker = 7u8;
        let outer = (&raw const marker).cast::<()>();
        enter(outer, || {
            let inner = std::ptr::null();
            let panicked = std::panic::catch_unwind(|| enter(inner, || panic!("on purpose")));
            assert!(panicked.is_err());
            assert_eq!(entered(), outer);
        });
        assert!(entered().is_null());
    }
}
