//! One turn of the loop: the eight steps that everything else is built on.

use super::core::{Core, Timer};
use crate::quietly::quietly;
use crate::task::raw::Ran;
use crate::time::NEVER;
use crate::trace::{Cause, ENABLED, Event, trace_event};
use std::io;
use std::panic::resume_unwind;
use std::task::Waker;
use std::time::{Duration, Instant};

/// What one turn of the loop did, and what there is to do next.
///
/// ```
/// use std::time::Duration;
/// let event_loop = oneloop::Loop::new()?;
/// event_loop.handle().call_soon(|| ());
/// let turn = event_loop.turn(Some(Duration::ZERO))?;
/// assert_eq!((turn.ran, turn.ready, turn.next_deadline), (1, 0, None));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a host reads here whether to turn again at once, and until when it may sleep"]
pub struct Turn {
    /// How many tasks and callbacks ran.
    pub ran: usize,
    /// How many are ready for the next turn.
    pub ready: usize,
    /// When the next timer is due.
    pub next_deadline: Option<Instant>,
    /// How many tasks have not ended.
    pub live_tasks: usize,
}

/// Whom a turn runs for.
pub(super) enum For<'a> {
    /// For a host that calls `turn`.
    Host,
    /// For `block_on`: called when the root's turn has come; says whether the root is done.
    Root(&'a mut dyn FnMut() -> bool),
}

/// How a turn ended, for those who turn in a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Go on turning.
    GoOn,
    /// The root is done.
    RootDone,
    /// Somebody asked the loop to stop.
    Stopped,
    /// The clock is paused, and nobody is left who could make anything ready: see `deadlock.rs`.
    Stuck,
}

impl Core {
    /// Takes one turn. The loop is entered.
    pub(super) fn turn(&self, max_wait: Option<Duration>, whom: &mut For<'_>) -> io::Result<Ended> {
        self.turns.set(self.turns.get() + 1);
        // 1 now: read the clock, once.
        let now = self.now();
        self.set_turn_time(now);
        trace_event!(self.tracer, Event::TurnBegin);

        // 2 wait: not at all if anything is ready or the paused clock may jump; else until the
        //   next timer, at most `max_wait`.
        let may_jump = self.clock.is_paused() && (self.settings.jump_anyway || self.is_isolated());
        let until = max_wait.map_or(NEVER, |wait| crate::time::deadline_after(now, wait));
        let mut woken = self.woken.take();
        let may_sleep = self.scheduler.ready() == 0
            && until > now
            && !(may_jump && (until != NEVER || self.next_deadline().is_some()));

        // 3 poll: the reactor marks directions ready and collects wakers.
        if may_sleep && may_jump && self.is_deserted() {
            if self.wait_in_vain(&mut woken)? {
                return Ok(Ended::Stuck);
            }
        } else if may_sleep
            && let Some(tell_deadlock) = self.settings.rare.tell_deadlock
            && until == NEVER
            && self.is_forsaken()
        {
            if self.wait_in_vain(&mut woken)? {
                tell_deadlock(self);
                return Ok(Ended::GoOn);
            }
        } else if may_sleep {
            self.sleep_until(until.min(self.wake_time()), now, &mut woken)?;
        } else if self.reactor.registered() != 0 || matches!(whom, For::Host) {
            self.look(Some(Duration::ZERO), &mut woken)?;
        }

        // 4 inbox: take wakes and closures that other threads sent.
        self.scheduler.drain();
        let before = self.tracer.swap_cause(Cause::Thread);
        for job in self.inbox.take() {
            drop(self.callback(job.run, true, job.place));
        }
        self.tracer.swap_cause(before);

        // 5 jump: if the clock is paused and nothing else can happen, move it to the next timer.
        if may_jump && self.scheduler.ready() == 0 && woken.is_empty() {
            if let Some(deadline) = self.next_deadline() {
                self.clock.advance_to(deadline.min(until));
                self.set_turn_time(self.now());
            } else if until != NEVER {
                self.clock.advance_to(until);
            }
        }

        // 6 timers: collect what is due, in deadline order, first in first out among equals.
        let mut fired = self.fired.take();
        if !self.timers.borrow().is_empty() {
            self.timers
                .borrow_mut()
                .collect_due(self.turn_time.get(), &mut fired);
        }

        // 7 wake all that was collected: I/O first, then timers. Nothing is borrowed here.
        self.wake(woken, fired);

        // 8 run batches, up to `polls_per_look` polls.
        let before = self.scheduler.turned();
        let ended = self.run(whom);
        trace_event!(
            self.tracer,
            Event::TurnEnd {
                ran: (self.scheduler.turned() - before) as usize,
                ready: self.scheduler.ready(),
            }
        );
        if let Some(payload) = self
            .scheduler
            .take_panic()
            .or_else(|| self.tracer.take_panic())
        {
            resume_unwind(payload);
        }
        Ok(ended)
    }

    /// Step 8: runs what is ready, and the root in its turn.
    fn run(&self, whom: &mut For<'_>) -> Ended {
        let start = self.scheduler.turned();
        loop {
            let polls = (self.scheduler.turned() - start) as u32;
            match self
                .scheduler
                .run(self.settings.polls_per_look.saturating_sub(polls))
            {
                Ran::Empty | Ran::Budget => return Ended::GoOn,
                Ran::Stopped => return Ended::Stopped,
                Ran::Root => {
                    // For a host there is no root: one that was is done, and not queued again.
                    if let For::Root(poll_root) = whom
                        && poll_root()
                    {
                        return Ended::RootDone;
                    }
                }
            }
        }
    }

    /// Step 7. A panic in a foreign waker must not keep the others from being woken.
    fn wake(&self, mut woken: Vec<Waker>, mut fired: Vec<Timer>) {
        let wake = |waker: Waker| quietly(|| waker.wake());
        let before = self.tracer.swap_cause(Cause::Socket);
        woken.drain(..).for_each(wake);
        self.tracer.swap_cause(Cause::Timer);
        self.timers_fired
            .set(self.timers_fired.get() + fired.len() as u64);
        for timer in fired.drain(..) {
            #[cfg(feature = "trace")]
            trace_event!(
                self.tracer,
                Event::TimerFired {
                    timer: timer.told.0,
                    deadline: Duration::from_nanos(timer.told.1),
                }
            );
            wake(timer.waker);
        }
        self.tracer.swap_cause(before);
        self.woken.set(woken);
        self.fired.set(fired);
    }

    /// When a sleep must end: at the next timer, unless the clock is paused and only jumps.
    fn wake_time(&self) -> u64 {
        match self.clock.is_paused() {
            true => NEVER,
            false => self.next_wake().unwrap_or(NEVER),
        }
    }

    /// Step 3, when there is nothing to do: sleeps in the kernel.
    ///
    /// The doorbell is told first; then the loop looks once more at what others may have left.
    pub(super) fn sleep_until(
        &self,
        until: u64,
        now: u64,
        woken: &mut Vec<Waker>,
    ) -> io::Result<()> {
        self.doorbell.sleeping();
        let wait = if self.has_work() || until <= now {
            Some(Duration::ZERO)
        } else if until == NEVER || (!self.clock.is_paused() && self.reactor.arm_timer(until, now))
        {
            None // A ring or, if there is an `until`, the timer that was just set ends the sleep.
        } else {
            Some(Duration::from_nanos(until - now))
        };
        trace_event!(
            self.tracer,
            Event::Park {
                until: (until != NEVER).then(|| Duration::from_nanos(until)),
            }
        );
        let looked = self.look(wait, woken);
        self.doorbell.awake();
        self.set_turn_time(self.now());
        trace_event!(self.tracer, Event::Unpark);
        looked
    }

    /// Asks the kernel what is ready.
    fn look(&self, wait: Option<Duration>, woken: &mut Vec<Waker>) -> io::Result<()> {
        let events = self.reactor.poll(wait, woken)?;
        self.io_events.set(self.io_events.get() + events as u64);
        Ok(())
    }

    fn set_turn_time(&self, now: u64) {
        self.turn_time.set(now);
        if ENABLED {
            self.tracer.set_now(now);
        }
    }
}
