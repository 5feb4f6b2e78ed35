//! The scheduler: one loop's tasks, and the order in which they run.
//!
//! Read [`Scheduler::run`] first: it is what a turn's "run" step does. A task is *live* from
//! [`spawn`](Scheduler::spawn) until its future is gone, and *listed* until its block is freed.

use super::super::doorbell::Doorbell;
use super::super::scope::{Key, Scopes};
use super::batches::UNKNOWN;
use super::count;
use super::header::{TaskPtr, state};
use super::life;
use super::pool::Pool;
use super::queue::ReadyQueue;
use super::shared::Shared;
use super::task_ref::TaskRef;
use super::traced;
use super::trees::Trees;
use super::unusual::{Unusual, Watch};
use super::waker;
use crate::part_cell::PartCell;
use crate::quietly::{Payload, keep_first};
use crate::task::PanicPolicy;
use crate::task::report::Reporter;
use crate::trace::{Cause, Tracer};
use std::cell::Cell;
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;

/// Why [`Scheduler::run`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Ran {
    /// The root's turn has come: the caller polls the future that it keeps on its stack.
    Root,
    /// Nothing is ready.
    Empty,
    /// As many tasks as asked for were run.
    Budget,
    /// A batch is over: see `batches.rs`.
    Batch,
    /// Somebody asked the loop to stop, or a task's panic did.
    Stopped,
}

/// One loop's tasks.
pub(crate) struct Scheduler {
    pub(super) queue: ReadyQueue,
    /// Invariant: holds one hold, given back on drop if the loop was shut down.
    pub(super) shared: NonNull<Shared>,
    /// The task being polled. Invariant: set before user code runs in a poll, `None` between.
    pub(super) current: Cell<Option<TaskPtr>>,
    /// The block that was made last; the others hang on it. See `Header::next`.
    pub(super) newest: Cell<Option<TaskPtr>>,
    pub(super) pool: Pool,
    /// How many ids were handed out, tasks and callbacks alike.
    pub(super) made: Cell<u64>,
    ended: Cell<u64>,
    pub(super) callbacks: Cell<usize>,
    /// Tasks put in the ready queue by a wake.
    wakes: Cell<u64>,
    /// How often another thread made something ready.
    remote: Cell<u64>,
    /// How often a task was asked to end, and how many ended so.
    pub(super) cancels: Cell<u64>,
    pub(super) cancelled: Cell<u64>,
    /// Entries taken from the ready queue before the current [`run`](Scheduler::run).
    polls_before: Cell<u64>,
    /// How many the current run may take, and how many are left of them.
    pub(super) budget: Cell<u32>,
    pub(super) left: Cell<u32>,
    /// Whether somebody asked the loop to stop.
    pub(super) stopped: Cell<bool>,
    /// Whether a run ends with its batch. Invariant: it does if `stopped`.
    pub(super) by_batch: Cell<bool>,
    /// How many entries will have been taken from the ready queue when the batch is over. Invariant:
    /// `UNKNOWN` unless `by_batch`.
    pub(super) batch_end: Cell<u64>,
    /// Set by `shutdown`. Invariant: no block is made afterwards, since nothing would free it
    /// before `shared` goes.
    pub(super) closed: Cell<bool>,
    /// Shuffles each batch, for tests that look for hidden assumptions about order.
    pub(super) shuffle: Cell<Option<u64>>,
    /// Hears of each step, in debug mode.
    pub(super) watch: PartCell<Option<Rc<dyn Watch>>>,
    /// Whether there is one of these two, and what is done then.
    pub(super) unusual: Cell<Option<&'static Unusual>>,
    pub(super) policy: Cell<PanicPolicy>,
    /// The payload of a task's panic on its way to whoever turns the loop.
    panic: PartCell<Option<Payload>>,
    pub(super) tracer: Rc<Tracer>,
    /// Who takes part in cancellation.
    pub(super) scopes: Rc<Scopes>,
    /// How they do, once somebody does. See [`Trees`].
    pub(super) trees: Cell<Option<&'static Trees>>,
    /// Where failures are told that nobody will look at.
    pub(super) reporter: Rc<Reporter>,
}

impl Scheduler {
    /// A scheduler in its final place: blocks point to it through their `Shared`.
    pub(crate) fn new(doorbell: Arc<Doorbell>, tracer: Rc<Tracer>) -> Rc<Scheduler> {
        let scheduler = Rc::new(Scheduler {
            queue: ReadyQueue::new(),
            shared: Shared::new(doorbell),
            current: Cell::new(None),
            newest: Cell::new(None),
            pool: Pool::new(),
            made: Cell::new(0),
            ended: Cell::new(0),
            callbacks: Cell::new(0),
            wakes: Cell::new(0),
            remote: Cell::new(0),
            cancels: Cell::new(0),
            cancelled: Cell::new(0),
            polls_before: Cell::new(0),
            budget: Cell::new(0),
            left: Cell::new(0),
            stopped: Cell::new(false),
            by_batch: Cell::new(false),
            batch_end: Cell::new(UNKNOWN),
            closed: Cell::new(false),
            shuffle: Cell::new(None),
            watch: PartCell::new(None),
            unusual: Cell::new(None),
            policy: Cell::new(PanicPolicy::Report),
            panic: PartCell::new(None),
            tracer,
            scopes: Rc::default(),
            trees: Cell::new(None),
            reporter: Rc::default(),
        });
        let (tracer, reporter) = (scheduler.tracer.clone(), scheduler.reporter.clone());
        scheduler.scopes.tell(tracer, reporter);
        scheduler.shared().scheduler.set(Rc::as_ptr(&scheduler));
        scheduler
    }

    pub(super) fn shared(&self) -> &Shared {
        // SAFETY: our hold keeps it alive until `drop`.
        unsafe { self.shared.as_ref() }
    }

    /// What identifies this loop to [`owner::enter`](crate::task::owner::enter).
    pub(crate) fn identity(&self) -> *const () {
        self.shared.as_ptr() as *const ()
    }

    // ---- running them ----

    /// Runs up to `max` entries of the ready queue, first in, first out. What becomes ready
    /// meanwhile stands behind what was ready, so no batch needs to be marked off, unless the loop
    /// is to be stopped: see `batches.rs`.
    #[inline]
    pub(crate) fn run(&self, max: u32) -> Ran {
        self.polls_before.set(self.turned());
        let max = if self.by_batch.get() {
            self.rest_of_batch(max, self.polls_before.get())
        } else {
            max
        };
        self.budget.set(max);
        self.left.set(max);
        if let Some(unusual) = self.unusual.get() {
            return (unusual.run)(self);
        }
        self.run_batch()
    }

    /// The loop inside [`run`](Scheduler::run).
    #[inline(always)]
    pub(super) fn run_batch(&self) -> Ran {
        let _nobody = NobodyRuns(self);
        while self.left.get() != 0 {
            let Some(task) = self.queue.pop() else {
                return Ran::Empty;
            };
            self.left.set(self.left.get() - 1);
            // SAFETY: `SCHEDULED` kept the block alive while it was queued. From here on the
            // loop's own reference does, until the task is done; `run_odd` says the rest.
            unsafe {
                let flags = task.state();
                if flags & (state::DONE | state::NEVER | state::ROOT) != 0 {
                    if self.run_odd(task) {
                        return Ran::Root;
                    }
                    continue;
                }
                // Cleared before the poll: a wake during it queues the task again.
                let taken = state::SCHEDULED | state::FRESH;
                task.header().state.set(flags & !taken);
                self.current.set(Some(task));
                // Whoever enters a scope in a poll leaves it in that poll, also by unwinding.
                debug_assert!(self.scopes.current() == Key::ROOT, "a scope was not left");
                (task.header().vtable.poll)(task);
            }
        }
        self.used_up()
    }

    /// Why a run comes back that has taken as many as it may.
    #[inline(always)]
    pub(super) fn used_up(&self) -> Ran {
        if self.by_batch.get() {
            self.end_of_batch()
        } else {
            Ran::Budget
        }
    }

    /// What is queued but has no future to poll. Says whether it is the root.
    ///
    /// # Safety
    /// The task was just popped.
    #[cold]
    unsafe fn run_odd(&self, task: TaskPtr) -> bool {
        // SAFETY: the queue kept the block until here, and nobody frees it before we do.
        unsafe {
            task.clear(state::SCHEDULED);
            if task.is(state::DONE) {
                count::free_if_unused(task);
            } else if task.is(state::ROOT) {
                return true;
            } else {
                life::kill(task, None);
            }
        }
        false
    }

    /// Takes in what other threads did: counts, drops and wakes.
    #[inline(always)]
    pub(crate) fn drain(&self) {
        if !self.shared().is_empty() {
            self.drain_slow();
        }
    }

    #[cold]
    fn drain_slow(&self) {
        let before = self.tracer.swap_cause(Cause::Thread);
        let mut list = self.shared().take().reversed();
        while let Some(task) = list.pop() {
            // SAFETY: the block comes off the remote list and is handled once.
            unsafe {
                if count::take_in(task) {
                    self.count_remote();
                    waker::wake_at_home(task);
                }
                count::free_if_unused(task);
            }
        }
        self.tracer.swap_cause(before);
    }

    /// Whether other threads left nothing. Asked after the doorbell was told of the sleep.
    pub(crate) fn nothing_remote(&self) -> bool {
        self.shared().is_empty()
    }

    /// Called by wakers.
    #[inline(always)]
    pub(super) fn push_woken(&self, task: TaskPtr) {
        self.wakes.set(self.wakes.get() + 1);
        self.queue.push(task);
        traced::ready(self, task);
    }

    /// Asks [`run`](Scheduler::run) to come back after the poll that is running, if one is. A run that
    /// somebody hears of (see `unusual.rs`) goes on.
    pub(crate) fn come_back(&self) {
        self.limit(0);
    }

    /// Changes what is left of the current run, and its budget with it.
    pub(super) fn limit(&self, left: u32) {
        self.budget.set(self.budget.get() - self.left.get() + left);
        self.left.set(left);
    }

    // ---- looking at them ----

    /// How many tasks and callbacks are ready.
    #[inline(always)]
    pub(crate) fn ready(&self) -> usize {
        self.queue.len()
    }

    /// Whether [`shutdown`](Scheduler::shutdown) has run.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// How many tasks have not ended. Callbacks don't count.
    pub(crate) fn live(&self) -> usize {
        (self.made.get() - self.ended.get()) as usize - self.callbacks.get()
    }

    /// How many entries were taken from the ready queue so far.
    pub(crate) fn turned(&self) -> u64 {
        self.polls_before.get() + u64::from(self.budget.get() - self.left.get())
    }

    /// How many times a wake put a task in the ready queue.
    pub(crate) fn wakes(&self) -> u64 {
        self.wakes.get()
    }

    /// How many tasks and callbacks were made.
    pub(crate) fn made(&self) -> u64 {
        self.made.get()
    }

    /// How many callbacks have not run.
    pub(crate) fn callbacks(&self) -> usize {
        self.callbacks.get()
    }

    /// How often another thread made something ready.
    pub(crate) fn remote(&self) -> u64 {
        self.remote.get()
    }

    /// Notes that another thread did.
    pub(crate) fn count_remote(&self) {
        self.remote.set(self.remote.get() + 1);
    }

    /// How often a task was asked to end, and how many have ended so.
    pub(crate) fn cancels(&self) -> (u64, u64) {
        (self.cancels.get(), self.cancelled.get())
    }

    pub(crate) fn set_panic_policy(&self, policy: PanicPolicy) {
        self.policy.set(policy);
    }

    /// The panic that [`PanicPolicy::Propagate`] wants to go on in the caller of the loop.
    pub(crate) fn take_panic(&self) -> Option<Payload> {
        self.panic.borrow_mut().take()
    }

    /// The task that is being polled.
    pub(crate) fn current(&self) -> Option<TaskRef> {
        // SAFETY: a task that is polled is alive; the new reference is counted.
        self.current.get().map(|task| unsafe { TaskRef::new(task) })
    }

    /// The number of the task that is being polled.
    pub(crate) fn current_id(&self) -> Option<u64> {
        // SAFETY: a task that is polled is alive.
        self.current.get().map(|task| unsafe { task.header() }.id)
    }

    /// Says whose code runs now, and returns whose did.
    #[inline(always)]
    pub(super) fn set_current(&self, task: Option<TaskPtr>) -> Option<TaskPtr> {
        self.current.replace(task)
    }

    /// Where failures are told that nobody will look at.
    pub(crate) fn reporter(&self) -> &Rc<Reporter> {
        &self.reporter
    }

    /// Keeps a panic for whoever turns the loop, and brings the loop to its end.
    pub(super) fn propagate(&self, payload: Payload) {
        keep_first(&self.panic, payload);
        self.halt();
    }

    /// Notes that a task ended.
    #[inline(always)]
    pub(super) fn count_end(&self) {
        self.ended.set(self.ended.get() + 1);
    }

    /// Notes that what ended was a callback.
    pub(super) fn count_callback_end(&self) {
        self.callbacks.set(self.callbacks.get() - 1);
    }
}

/// Says, when it is dropped, that no task is being polled: also when an unwinding panic (of the
/// future that `block_on` keeps, say) leaves the loop.
pub(super) struct NobodyRuns<'a>(pub(super) &'a Scheduler);

impl Drop for NobodyRuns<'_> {
    fn drop(&mut self) {
        self.0.current.set(None);
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.shared().scheduler.set(std::ptr::null());
        // Without a shutdown the blocks count on this hold, and on the address that identifies the
        // loop: rather leak what they need. A loop shuts its scheduler down on every way out.
        if self.closed.get() {
            // SAFETY: the hold that `new` took, given back once.
            unsafe { Shared::release(self.shared) }
        }
    }
}
