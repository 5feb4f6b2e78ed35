//! Every atomic, and every thread-local cell, of the task machinery goes through here.
//!
//! Under `--cfg loom` they are loom's, which tries every order in which threads may interleave;
//! otherwise they are std's. Nothing else in the crate knows of the switch.

#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, AtomicUsize, fence};

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, AtomicUsize, fence};

pub(crate) use std::sync::atomic::Ordering;

/// Declares thread-local `Cell`s, with constant values so that std needs no lazy start.
#[cfg(not(loom))]
macro_rules! thread_local_cell {
    ($($(#[$doc:meta])* static $name:ident: $type:ty = $value:expr;)*) => {
        std::thread_local! {
            $($(#[$doc])* static $name: std::cell::Cell<$type> = const { std::cell::Cell::new($value) };)*
        }
    };
}
/// The same over loom, whose model threads all run on one thread of the system.
#[cfg(loom)]
macro_rules! thread_local_cell {
    ($($(#[$doc:meta])* static $name:ident: $type:ty = $value:expr;)*) => {
        loom::thread_local! {
            $($(#[$doc])* static $name: std::cell::Cell<$type> = std::cell::Cell::new($value);)*
        }
    };
}
pub(crate) use thread_local_cell;

/// Stands in a task's block for "all of its memory".
///
/// loom sees atomics and its own cells, not plain memory: a count that is released with too weak
/// an ordering goes unnoticed unless something that loom watches is touched right before the
/// block is freed. Without loom this is nothing at all.
#[derive(Default)]
pub(crate) struct Witness {
    #[cfg(loom)]
    cell: loom::cell::UnsafeCell<()>,
}

impl Witness {
    /// Notes that somebody who holds a reference looks at the block.
    #[inline(always)]
    pub(crate) fn look(&self) {
        #[cfg(loom)]
        self.cell.with(|_| ());
    }

    /// Notes that the block's memory is about to be given back: nobody may still look.
    #[inline(always)]
    pub(crate) fn free(&self) {
        #[cfg(loom)]
        self.cell.with_mut(|_| ());
    }
}
