//! What one loop consists of. Each part has its own cell, and no borrow outlives a statement:
//! user code (a waker, a drop) may call back into any part at any time.

use super::attached::Attachments;
use super::builder::Rare;
use super::inbox::Inbox;
use crate::context::with_core;
use crate::part_cell::PartCell;
use crate::reactor::Reactor;
use crate::task::Task;
use crate::task::doorbell::Doorbell;
use crate::task::raw::{Scheduler, TaskRef};
use crate::time::{Clock, NEVER, TimerKey, TimerWheel};
use crate::trace::{Event, Tracer, trace_event};
use std::cell::Cell;
use std::future::Future;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

/// The parts of a loop. `Loop` owns it; handles, sleeps and sockets keep it or a part of it alive
/// beyond the loop's end, and find it closed then.
pub(crate) struct Core {
    pub(crate) scheduler: Rc<Scheduler>,
    pub(crate) timers: PartCell<TimerWheel<Timer>>,
    pub(crate) reactor: Rc<Reactor>,
    pub(crate) clock: Clock,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) doorbell: Arc<Doorbell>,
    pub(crate) tracer: Rc<Tracer>,
    /// What [`turn_time`](Core::turn_time) read from the clock; [`NEVER`] before anybody asked.
    pub(super) read_time: Cell<u64>,
    /// Whether the program has ever asked for the time of a turn: then each is read when it wakes.
    pub(super) tells_time: Cell<bool>,
    /// Whether a turn, or an `enter`, is under way: outside, whoever changes something must see
    /// to it that a host's sleep on the descriptor ends.
    pub(crate) entered: Cell<bool>,
    /// A reused buffer for what a turn wakes.
    pub(super) woken: Cell<Vec<Waker>>,
    /// The same for timers that are due.
    pub(super) due: Cell<Vec<Timer>>,
    /// How many polls there will have been in all when the turn under way looks at the clock next.
    pub(super) next_look: Cell<u64>,
    /// Whether nobody waited for another turn when the loop looked last.
    pub(super) alone: Cell<bool>,
    pub(super) settings: Settings,
    /// A `Runner`'s runs share a context.
    pub(crate) keeps_context: Cell<bool>,
    pub(super) attachments: Attachments,
    /// How many polls there had been when a deadlock, or a paused clock that stands still, was reported:
    /// it is not reported again until something runs.
    pub(super) deadlock_told: Cell<u64>,
    /// Unfinished tasks were reported: not again when the loop is dropped after that.
    pub(super) unfinished_told: Cell<bool>,
    pub(super) turns: Cell<u64>,
    pub(super) timers_fired: Cell<u64>,
    pub(super) io_events: Cell<u64>,
}

/// What a builder fixed.
pub(super) struct Settings {
    /// How many polls a turn may make before it looks at the kernel again.
    pub(super) polls_per_look: u32,
    /// A paused clock jumps although something outside may still come.
    pub(super) jump_anyway: bool,
    /// How long, in real time, a loop with a paused clock waits for a waker that went abroad, or for what
    /// keeps its clock from a jump, before it says so.
    pub(super) deadlock_after: Duration,
    /// What the order of ready tasks depends on, to be told with a failure.
    pub(super) seed: Option<u64>,
    /// What only some loops need.
    pub(super) rare: Rare,
}

/// What the wheel keeps of a timer.
pub(crate) struct Timer {
    pub(crate) waker: Waker,
    /// For the trace: the timer's number and deadline.
    #[cfg(feature = "trace")]
    pub(crate) told: (u64, u64),
}

impl Core {
    // ---- time ----

    /// The time now, in ns since the epoch, read from the clock.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.clock.now_ns()
    }

    /// As [`now`](Core::now), for those who ask seldom, once a turn at most: one copy serves them all.
    #[inline(never)]
    pub(super) fn look_at_clock(&self) -> u64 {
        self.clock.now_ns()
    }

    /// Puts a timer into the wheel.
    pub(crate) fn add_timer(&self, deadline: u64, waker: Waker) -> TimerKey {
        self.insert_timer(deadline, waker, |core| core.arm(deadline))
    }

    /// As [`add_timer`](Core::add_timer), for somebody who waits for it. If that is in another loop, this
    /// panics: it would wait for ever.
    // Asked only where the loop is not entered, which a waiter in a task of its own never finds.
    #[inline]
    pub(crate) fn add_sleep(&self, deadline: u64, waker: Waker) -> TimerKey {
        self.insert_timer(deadline, waker, |core| core.arm_here(deadline))
    }

    #[inline(always)]
    fn insert_timer(&self, deadline: u64, waker: Waker, outside: impl FnOnce(&Core)) -> TimerKey {
        if !self.entered.get() {
            outside(self);
        }
        if self.alone.get() {
            self.look_soon();
        }
        let key = {
            let mut wheel = self.timers.borrow_mut();
            wheel.insert(
                deadline,
                Timer {
                    waker,
                    #[cfg(feature = "trace")]
                    told: (0, deadline),
                },
            )
        };
        trace_event!(self.tracer, {
            let timer = self.number_timer(key);
            Event::TimerAdded {
                timer,
                deadline: self.clock.since_began(deadline),
            }
        });
        key
    }

    /// Gives a timer the number that the trace calls it by.
    #[cfg(feature = "trace")]
    fn number_timer(&self, key: TimerKey) -> u64 {
        let number = key.number();
        if let Some(timer) = self.timers.borrow_mut().get_mut(key) {
            timer.told.0 = number;
        }
        number
    }
    #[cfg(not(feature = "trace"))]
    fn number_timer(&self, _: TimerKey) -> u64 {
        0
    }

    /// Takes a timer out of the wheel; harmless if it has fired.
    // Out of line, so that to drop a sleep that has no timer is a look in place and no call.
    #[inline(never)]
    pub(crate) fn remove_timer(&self, key: TimerKey) {
        let timer = self.timers.borrow_mut().remove(key);
        #[cfg(feature = "trace")]
        if let Some(timer) = &timer {
            let (number, deadline) = timer.told;
            trace_event!(
                self.tracer,
                Event::TimerCancelled {
                    timer: number,
                    deadline: self.clock.since_began(deadline),
                }
            );
        }
        drop(timer); // A foreign waker's drop is user code: the wheel is not borrowed any more.
    }

    /// Lets the descriptor become readable when `deadline` comes, for a host that sleeps on it.
    // Out of line, so that a sleep's first poll has no system call in its middle.
    #[inline(never)]
    pub(super) fn arm(&self, deadline: u64) {
        if deadline != NEVER && !self.clock.is_paused() {
            self.reactor.arm_timer(deadline, self.look_at_clock());
        }
    }

    /// As [`arm`](Core::arm), for who waits where this loop is not entered. Should another one be, nobody
    /// turns this one meanwhile.
    #[cold]
    #[inline(never)]
    fn arm_here(&self, deadline: u64) {
        if with_core(|core| core.is_some()) {
            panic!("a sleep of another loop is awaited: make it in this one");
        }
        self.arm(deadline);
    }

    // ---- tasks ----

    /// Makes a task. The loop must be entered, or the caller calls [`nudge`](Core::nudge).
    #[inline(always)]
    pub(crate) fn spawn<F: Future + 'static>(
        &self,
        future: F,
        name: Option<Rc<str>>,
        place: &'static Location<'static>,
    ) -> Task<F::Output> {
        Task::new(self.scheduler.spawn(future, name, place))
    }

    /// Makes a callback that is ready now, or when the returned task is woken.
    pub(crate) fn callback(
        &self,
        callback: impl FnOnce() + 'static,
        ready: bool,
        place: &'static Location<'static>,
    ) -> TaskRef {
        let mut callback = Some(callback);
        let future = std::future::poll_fn(move |_| {
            if let Some(callback) = callback.take() {
                callback();
            }
            Poll::Ready(())
        });
        self.scheduler.callback(future, ready, place)
    }

    /// Ends a host's sleep if the loop is not entered: something became ready.
    pub(crate) fn nudge(&self) {
        if !self.entered.get() {
            self.note_made();
            self.doorbell.ring_for_host();
        }
    }

    /// Says that a task or a callback was made, perhaps outside of the loop, where its context has to be
    /// told at once.
    pub(super) fn note_made(&self) {
        if let Some(follow) = crate::context::follow()
            && !self.entered.get()
        {
            (follow.made)(self);
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.scheduler.is_closed()
    }

    // ---- coming and going ----

    /// Runs `body` with this loop entered, and leaves the descriptor as a host needs it: readable
    /// if there is work, with the timer set if there will be.
    pub(super) fn enter<R>(self: &Rc<Core>, body: impl FnOnce() -> R) -> R {
        struct Leave<'a>(&'a Core);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.leave();
            }
        }
        self.entered.set(true);
        self.doorbell.awake();
        let _leave = Leave(self);
        crate::context::enter(self, body)
    }

    /// From here on, pushes ring. What came before is looked at once more.
    fn leave(&self) {
        self.entered.set(false);
        self.doorbell.sleeping();
        if self.has_work() {
            self.doorbell.ring_for_host();
        } else if let Some(deadline) = self.next_wake() {
            self.arm(deadline);
        }
    }

    /// Whether a turn would find something to run without waiting.
    pub(super) fn has_work(&self) -> bool {
        self.scheduler.ready() != 0 || self.has_mail()
    }

    /// Whether other threads have left something.
    pub(super) fn has_mail(&self) -> bool {
        !self.scheduler.nothing_remote() || !self.inbox.is_empty()
    }

    /// When the wheel wants to be looked at.
    // Asked before each wait, where there is mostly none to look at: that is seen in place.
    #[inline]
    pub(super) fn next_wake(&self) -> Option<u64> {
        let wheel = self.timers.borrow();
        match wheel.is_empty() {
            true => None,
            false => wheel.next_wake(),
        }
    }

    /// When the next timer is due, exactly; `None` if those that are left wait for ever.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        self.timers.borrow().next_deadline()
    }

    /// Whether nothing but a timer can make something ready: no descriptor is registered and no
    /// `Remote` lives.
    pub(super) fn is_isolated(&self) -> bool {
        self.reactor.registered() == 0 && Arc::strong_count(&self.inbox) == 1
    }
}
