//! The unusual ways to run what is ready: in a random order, or with somebody who hears of each step.
//! Next: `spawn.rs`.

use super::header::TaskPtr;
use super::scheduler::{Ran, Scheduler};
use super::task_ref::TaskRef;
use std::rc::Rc;

/// Hears of each step: a poll of a task, or a callback. No user code runs in it but the drop of what
/// it reports to.
pub(crate) trait Watch {
    /// This task's step begins.
    fn begins(&self, task: &TaskRef);
    /// It is over.
    fn ends(&self, task: &TaskRef);
    /// How many steps took too long so far.
    fn slow_steps(&self) -> u64;
    /// Adds for how long a task has waited, in words.
    fn add_waiting_time(&self, task: &TaskRef, text: &mut String);
}

/// A step that is watched, until this is dropped.
struct Step {
    watch: Rc<dyn Watch>,
    task: TaskRef,
}

impl Drop for Step {
    fn drop(&mut self) {
        self.watch.ends(&self.task);
    }
}

/// What a scheduler does in one of these ways.
///
/// It is reached through the scheduler, where the builder's method that asks for such a way puts it:
/// a program in which nobody does contains neither this code nor the watchdog behind it (3 KB of a
/// small server). The watch itself is not enough of a border: to forget one was enough for the
/// linker to keep all of them.
pub(super) struct Unusual {
    pub(super) run: fn(&Scheduler) -> Ran,
    pub(super) poll_root: unsafe fn(&Scheduler, TaskPtr, &mut dyn FnMut()),
    pub(super) kill: unsafe fn(&Scheduler, TaskRef),
    unwatch: fn(&Scheduler),
    slow_steps: fn(&Scheduler) -> u64,
    add_waiting_time: fn(&Scheduler, &TaskRef, &mut String),
}

static UNUSUAL: Unusual = Unusual {
    run: Scheduler::run_unusual,
    poll_root: Scheduler::poll_root_watched,
    kill: Scheduler::kill_watched,
    unwatch: |scheduler| drop(scheduler.watch.take()),
    slow_steps: |scheduler| {
        let watch = scheduler.watch.borrow();
        watch.as_ref().map_or(0, |watch| watch.slow_steps())
    },
    add_waiting_time: |scheduler, task, text| {
        if let Some(watch) = &*scheduler.watch.borrow() {
            watch.add_waiting_time(task, text);
        }
    },
};

impl Scheduler {
    pub(crate) fn set_shuffle(&self, seed: u64) {
        self.shuffle.set(Some(seed));
        self.unusual.set(Some(&UNUSUAL));
    }

    /// Lets `watch` hear of each step, from the next one on: if one is under way, its batch ends with it.
    pub(crate) fn set_watch(&self, watch: Rc<dyn Watch>) {
        let former = self.watch.replace(Some(watch));
        self.unusual.set(Some(&UNUSUAL));
        if self.current.get().is_some() {
            self.limit(0);
        }
        drop(former);
    }

    /// Whoever hears of each step now.
    pub(crate) fn watch(&self) -> Option<Rc<dyn Watch>> {
        self.watch.borrow().clone()
    }

    /// Nobody hears of steps any more: the loop is gone.
    pub(crate) fn unwatch(&self) {
        if let Some(unusual) = self.unusual.get() {
            (unusual.unwatch)(self);
        }
    }

    /// How many steps took too long, if anybody hears of them.
    pub(crate) fn slow_steps(&self) -> u64 {
        let unusual = self.unusual.get();
        unusual.map_or(0, |unusual| (unusual.slow_steps)(self))
    }

    /// Adds for how long a task has waited, if anybody hears of steps.
    pub(crate) fn add_waiting_time(&self, task: &TaskRef, text: &mut String) {
        if let Some(unusual) = self.unusual.get() {
            (unusual.add_waiting_time)(self, task, text);
        }
    }

    /// Polls a root, and says so to whoever wants to hear it.
    ///
    /// # Safety
    /// As [`step`](Scheduler::step).
    unsafe fn poll_root_watched(&self, root: TaskPtr, poll: &mut dyn FnMut()) {
        // SAFETY: by contract.
        let _step = unsafe { self.step(root) };
        poll();
    }

    /// Ends a task as the loop's end does, and says so to whoever wants to hear it.
    ///
    /// # Safety
    /// As [`step`](Scheduler::step).
    unsafe fn kill_watched(&self, task: TaskRef) {
        // SAFETY: by contract.
        let _step = unsafe { self.step(task.ptr()) };
        task.kill();
    }

    /// Says that a step begins, if anybody wants to hear it.
    ///
    /// # Safety
    /// The block is alive, and the loop is entered.
    unsafe fn step(&self, task: TaskPtr) -> Option<Step> {
        let watch = self.watch.borrow().clone()?;
        // SAFETY: by contract.
        let task = unsafe { TaskRef::new(task) };
        watch.begins(&task);
        Some(Step { watch, task })
    }

    /// What [`run`](Scheduler::run) does in one of these ways.
    fn run_unusual(&self) -> Ran {
        match self.shuffle.get() {
            Some(_) => self.run_shuffled(),
            None => self.run_some(),
        }
    }

    fn run_some(&self) -> Ran {
        let watched = self.watch.borrow().is_some();
        match watched {
            true => self.run_watched(),
            false => self.run_batch(),
        }
    }

    /// As [`run_batch`](Scheduler::run_batch), one by one.
    fn run_watched(&self) -> Ran {
        let all = self.left.get();
        let before = self.budget.get() - all;
        let mut taken = 0;
        while taken < all {
            let Some(next) = self.queue.peek() else {
                return Ran::Empty;
            };
            self.budget.set(before + taken + 1);
            self.left.set(1);
            // SAFETY: what is queued is alive; the loop is entered while it runs.
            let step = unsafe { self.step(next) };
            let ran = self.run_batch();
            drop(step);
            taken = self.budget.get() - self.left.get() - before;
            self.limit(0);
            if ran != Ran::Budget {
                return ran;
            }
        }
        self.used_up()
    }

    /// As [`run_batch`](Scheduler::run_batch), each batch in a random order.
    fn run_shuffled(&self) -> Ran {
        let all = self.left.get();
        let mut taken = 0;
        loop {
            let mut seed = self.shuffle.get().expect("only called with a seed");
            self.queue.shuffle(|below| {
                seed = crate::random::next(seed);
                (seed >> 33) as usize % below
            });
            self.shuffle.set(Some(seed));
            let mut batch = (self.queue.len() as u32).min(all - taken);
            if self.by_batch.get() {
                // Since a stop in the batch before, perhaps, which `all` does not know of.
                let rest = self.batch_end.get().saturating_sub(self.turned());
                batch = batch.min(rest as u32);
            }
            if batch == 0 {
                return if taken == all {
                    self.used_up()
                } else {
                    Ran::Empty
                };
            }
            self.budget.set(taken + batch);
            self.left.set(batch);
            let ran = self.run_some();
            taken = self.budget.get() - self.left.get();
            self.limit(0);
            if ran != Ran::Budget {
                return ran;
            }
        }
    }
}
