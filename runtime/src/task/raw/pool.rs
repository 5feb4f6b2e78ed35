//! Where the blocks come from: a free list for each size, so that a task costs no `malloc` once
//! the loop is warm.
//!
//! The lists belong to one loop and are touched by its owner only, so they need no lock. Blocks
//! that outlive the loop go back to the system instead. The problem: `malloc` and `free` alone
//! cost more than the whole of spawning and joining a task does here (410 instructions without
//! the lists, about 180 with them). The price is memory that stays with the loop: at most [`KEEP`]
//! blocks of a size, and never more than there were at once.

use std::alloc::Layout;
use std::cell::Cell;
use std::ptr::{self, NonNull};

/// Blocks differ in size by this many bytes at least. It is also their alignment: asking for more
/// (a cache line, say) takes the allocator's slow path.
const GRAIN: usize = 16;
/// The number of lists; what is larger comes from the system, each time.
const CLASSES: usize = 64;
/// How many blocks of a size are kept for later.
const KEEP: u32 = 4096;

/// The number of a free list; 0 is "none: ask the system".
pub(super) type Class = usize;

/// Rounds a task's layout up to the grain.
pub(super) const fn block_layout(cell: Layout) -> Layout {
    let align = if cell.align() > GRAIN {
        cell.align()
    } else {
        GRAIN
    };
    match Layout::from_size_align(cell.size().div_ceil(GRAIN) * GRAIN, align) {
        Ok(layout) => layout,
        Err(_) => panic!("a future larger than the address space"),
    }
}

/// The free list for blocks of this layout.
///
/// A checker that watches memory (Miri, or AddressSanitizer with `--cfg oneloop_no_pool`) must
/// see every block come and go, so there is no list for it.
pub(super) const fn class_of(block: Layout) -> Class {
    let class = block.size() / GRAIN;
    if cfg!(any(miri, loom, oneloop_no_pool)) || class >= CLASSES || block.align() > GRAIN {
        0
    } else {
        class
    }
}

/// The free lists of one loop.
pub(super) struct Pool {
    /// Each list's first block; a free block begins with the address of the next.
    lists: [Cell<*mut u8>; CLASSES],
    /// How many more blocks each list takes. Invariant: none for class 0.
    room: [Cell<u32>; CLASSES],
}

impl Pool {
    pub(super) fn new() -> Pool {
        Pool {
            lists: [const { Cell::new(ptr::null_mut()) }; CLASSES],
            room: std::array::from_fn(|class| Cell::new(if class == 0 { 0 } else { KEEP })),
        }
    }

    /// A block of uninitialized memory of this class, if there is one; else [`allocate`] makes one.
    #[inline(always)]
    pub(super) fn take(&self, class: Class) -> Option<NonNull<u8>> {
        let (list, room) = (&self.lists[class % CLASSES], &self.room[class % CLASSES]);
        let block = NonNull::new(list.get())?;
        // SAFETY: what is on a list is a free block that begins with the next one's address
        // (`give` wrote it), and list 0 is always empty.
        list.set(unsafe { block.cast::<*mut u8>().read() });
        room.set(room.get() + 1);
        Some(block)
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// The block was made by [`allocate`] with this layout, whose class this is, and nobody refers
    /// to it any more.
    #[inline(always)]
    pub(super) unsafe fn give(&self, block: *mut u8, class: Class, layout: Layout) {
        let (list, room) = (&self.lists[class % CLASSES], &self.room[class % CLASSES]);
        if room.get() == 0 {
            // SAFETY: by contract.
            return unsafe { release(block, layout) };
        }
        room.set(room.get() - 1);
        let rest = list.replace(block);
        // SAFETY: the block is ours alone, at least `GRAIN` bytes long and so aligned.
        unsafe { block.cast::<*mut u8>().write(rest) };
    }

    /// Gives all kept blocks back to the system.
    pub(super) fn empty(&self) {
        for (class, list) in self.lists.iter().enumerate() {
            while !list.get().is_null() {
                let block = list.get();
                // SAFETY: as in `take`.
                list.set(unsafe { block.cast::<*mut u8>().read() });
                let layout = Layout::from_size_align(class * GRAIN, GRAIN)
                    .expect("a class is at most CLASSES grains");
                // SAFETY: list `class` holds blocks of exactly this layout.
                unsafe { release(block, layout) };
                self.room[class].set(self.room[class].get() + 1);
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.empty();
    }
}

/// Gets a block from the system.
pub(super) fn allocate(layout: Layout) -> *mut u8 {
    // SAFETY: a block holds a header at least, so its size is not 0.
    let block = unsafe { std::alloc::alloc(layout) };
    if block.is_null() {
        std::alloc::handle_alloc_error(layout)
    }
    block
}

/// Gives a block back to the system. Out of line: where a block goes to its list, nothing is called
/// and no register saved.
///
/// # Safety
/// The block was made by [`allocate`] with this layout, and nobody refers to it any more.
#[cold]
#[inline(never)]
pub(super) unsafe fn release(block: *mut u8, layout: Layout) {
    // SAFETY: by contract.
    unsafe { std::alloc::dealloc(block, layout) }
}
