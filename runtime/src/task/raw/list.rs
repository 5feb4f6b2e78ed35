//! The list of a loop's blocks: each is in it from its making until its memory is given back.

use super::header::{TaskPtr, state};
use super::scheduler::Scheduler;
use super::task_ref::TaskRef;

impl Scheduler {
    /// Takes a block out of the list of all.
    ///
    /// # Safety
    /// The block is in this loop's list, once.
    #[inline(always)]
    pub(super) unsafe fn unlink(&self, task: TaskPtr) {
        // SAFETY: the block and its neighbors are listed, so they are alive.
        unsafe {
            let (newer, older) = (task.header().prev.get(), task.header().next.get());
            match newer {
                Some(newer) => newer.header().next.set(older),
                None => self.newest.set(older),
            }
            if let Some(older) = older {
                older.header().prev.set(newer);
            }
        }
    }

    /// All live tasks, in the order in which they were made.
    pub(crate) fn tasks(&self) -> Vec<TaskRef> {
        self.live_blocks(state::CALLBACK)
    }

    /// How many live tasks have a request that they have not answered.
    // Counted without references: one that is given back outside of a turn wakes the loop.
    pub(crate) fn asked(&self) -> usize {
        let mut count = 0;
        let mut next = self.newest.get();
        while let Some(task) = next {
            // SAFETY: a listed block is alive, and no user code runs in this loop.
            unsafe {
                let is_live_task = !task.is(state::DONE | state::CALLBACK);
                count += usize::from(is_live_task && task.is(state::CANCEL));
                next = task.header().next.get();
            }
        }
        count
    }

    /// All live blocks but those with one of the flags `except`, oldest first.
    pub(super) fn live_blocks(&self, except: u32) -> Vec<TaskRef> {
        let mut found = Vec::new();
        let mut next = self.newest.get();
        while let Some(task) = next {
            // SAFETY: a listed block is alive, and no user code runs in this loop.
            unsafe {
                if !task.is(state::DONE | except) {
                    found.push(TaskRef::new(task));
                }
                next = task.header().next.get();
            }
        }
        found.reverse();
        found
    }

    /// How many blocks are not freed yet.
    #[cfg(test)]
    pub(super) fn blocks(&self) -> usize {
        let mut count = 0;
        let mut next = self.newest.get();
        while let Some(task) = next {
            count += 1;
            // SAFETY: a listed block is alive.
            next = unsafe { task.header() }.next.get();
        }
        count
    }
}
