//! The death of a loop, as its tasks live it.

use super::super::owner;
use super::count;
use super::header::state;
use super::scheduler::Scheduler;

impl Scheduler {
    /// Drops every future on this thread, then hands the blocks that are still referenced over to
    /// atomic counting. The loop must be entered; it does not count as entered afterwards.
    ///
    /// A drop may make new tasks: they are dropped too, in another pass. What is still made after
    /// [`PASSES`] passes comes from a drop that makes itself again without end; it is leaked.
    pub(crate) fn shutdown(&self) {
        for _ in 0..PASSES {
            let live = self.live_blocks(state::ROOT);
            if live.is_empty() {
                break;
            }
            for task in live {
                match self.unusual.get() {
                    None => task.kill(),
                    // SAFETY: the reference keeps the block, and the loop is entered.
                    Some(unusual) => unsafe { (unusual.kill)(self, task) },
                }
            }
        }
        for leaked in self.live_blocks(state::ROOT) {
            leaked.leak();
        }
        while let Some(task) = self.queue.pop() {
            // SAFETY: the task was just popped. A root has no future here any more.
            unsafe {
                task.clear(state::SCHEDULED);
                if task.is(state::DONE) {
                    count::free_if_unused(task);
                }
            }
        }
        self.drain();
        self.closed.set(true);
        owner::leave_for_good();
        let mut queued = self.shared().close();
        let mut survivors = Vec::new();
        let mut next = self.newest.take();
        while let Some(task) = next {
            survivors.push(task);
            // SAFETY: a listed block is alive.
            next = unsafe { task.header() }.next.get();
        }
        self.shared().hold(survivors.len());
        // SAFETY: this is the owner's last act on each block, after which it may be gone; the
        // list is closed and every survivor was given a hold. What was queued is among them.
        unsafe {
            survivors
                .into_iter()
                .for_each(|task| count::hand_over(task));
            while let Some(task) = queued.pop() {
                count::let_go(task);
            }
        }
        self.pool.empty();
    }
}

/// How often [`Scheduler::shutdown`] looks for tasks that a drop made.
const PASSES: usize = 1000;
