//! One turn of the loop: the seven steps that everything else is built on.
//! The last of them is in `budget.rs`.

use super::core::{Core, Timer};
use crate::quietly::quietly;
use crate::time::NEVER;
use crate::trace::{Cause, Event, trace_event};
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

/// What a turn waits for: a loop with another way to wait (see [`OtherWait`]) is handed this.
pub(super) struct Wait<'a> {
    /// Until when it may wait: as long as the caller allows.
    pub(super) until: u64,
    /// Nothing is ready and the caller has time, so it may wait.
    pub(super) idle: bool,
    /// The kernel is asked, even if nothing was registered with it.
    pub(super) must_look: bool,
    /// Whom the kernel's answer wakes.
    pub(super) woken: &'a mut Vec<Waker>,
}

/// Steps 2 and 3 of a loop that waits otherwise than others do: of a paused clock (`paused.rs`) or in
/// debug mode (`deadlock.rs`). May end the turn.
pub(super) type OtherWait = fn(&Core, &mut Wait<'_>) -> io::Result<Option<Ended>>;

impl Core {
    /// Takes one turn. The loop is entered.
    pub(super) fn turn(&self, max_wait: Option<Duration>, whom: &mut For<'_>) -> io::Result<Ended> {
        self.turns.set(self.turns.get() + 1);
        // 1 now: the clock is read once, by the first who asks what time it is.
        self.time_goes_on();
        trace_event!(self.tracer, Event::TurnBegin);

        // 2 wait: not at all if anything is ready; else until the next timer, at most `max_wait`.
        let idle = self.scheduler.ready() == 0 && max_wait != Some(Duration::ZERO);
        let until = match max_wait {
            None => NEVER,
            Some(wait) => crate::time::deadline_after(self.turn_time(), wait),
        };
        let must_look = matches!(whom, For::Host);

        // 3 poll: the reactor marks directions ready and collects wakers.
        let mut woken = self.woken.take();
        match self.settings.rare.wait {
            None if idle => {
                let next_timer = self.next_wake().unwrap_or(NEVER);
                self.sleep_until(until.min(next_timer), &mut woken)?;
            }
            None => self.glance(must_look, &mut woken)?,
            // A paused clock jumps where others sleep, and debug mode looks for deadlocks.
            Some(other_wait) => {
                let mut wait = Wait {
                    until,
                    idle,
                    must_look,
                    woken: &mut woken,
                };
                if let Some(ended) = other_wait(self, &mut wait)? {
                    return Ok(ended);
                }
            }
        }

        // 4 inbox: take wakes and closures that other threads sent.
        self.take_inbox();

        // 5 timers: collect what is due, in deadline order, first in first out among equals.
        let due = self.due_timers();

        // 6 wake all that was collected: I/O first, then timers. Nothing is borrowed here.
        self.wake(woken, due);

        // 7 run batches, up to `polls_per_look` polls, or for 5 ms.
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

    /// Step 1: what the clock said last is over. An observer wants to know the time of each event, others
    /// ask if they need it: a message that comes and is answered while no timer stands needs none. (A
    /// reading is a hundredth of a small message there and back.)
    pub(super) fn time_goes_on(&self) {
        self.read_time.set(NEVER);
        if self.tracer.enabled() {
            self.turn_time();
        }
    }

    /// The time of this turn, in ns since the epoch: of its first look at the clock, or the first after its sleep.
    pub(crate) fn turn_time(&self) -> u64 {
        let read = self.read_time.get();
        if read != NEVER {
            return read;
        }
        let now = self.look_at_clock();
        self.read_time.set(now);
        self.tracer.set_now(self.clock.since_began(now));
        now
    }

    /// Step 5. `None` where there are no timers at all.
    fn due_timers(&self) -> Option<Vec<Timer>> {
        let mut wheel = self.timers.borrow_mut();
        if wheel.is_empty() {
            match self.read_time.get() {
                NEVER => {}
                now => wheel.anchor(now),
            }
            return None;
        }
        let mut due = self.due.take();
        wheel.collect_due(self.turn_time(), &mut due);
        Some(due)
    }

    /// Step 6. A panic in a foreign waker must not keep the others from being woken.
    fn wake(&self, mut woken: Vec<Waker>, due: Option<Vec<Timer>>) {
        let before = self.tracer.swap_cause(Cause::Socket);
        // From the back, since that is what a vector gives cheaply; so the first is brought there.
        woken.reverse();
        while let Some(waker) = woken.pop() {
            quietly(|| waker.wake());
        }
        self.woken.set(woken);
        if let Some(mut due) = due {
            self.fire(&mut due);
            self.due.set(due);
        }
        self.tracer.swap_cause(before);
    }

    /// Wakes those whose time has come.
    fn fire(&self, due: &mut Vec<Timer>) {
        self.tracer.swap_cause(Cause::Timer);
        self.timers_fired
            .set(self.timers_fired.get() + due.len() as u64);
        for timer in due.drain(..) {
            #[cfg(feature = "trace")]
            trace_event!(
                self.tracer,
                Event::TimerFired {
                    timer: timer.told.0,
                    deadline: self.clock.since_began(timer.told.1),
                }
            );
            quietly(|| timer.waker.wake());
        }
    }

    /// Step 3, when nothing is ready: sleeps in the kernel.
    ///
    /// The doorbell is told first; then the loop looks once more at what others may have left.
    pub(super) fn sleep_until(&self, until: u64, woken: &mut Vec<Waker>) -> io::Result<()> {
        self.doorbell.sleeping();
        trace_event!(
            self.tracer,
            Event::Park {
                until: (until != NEVER).then(|| self.clock.since_began(until)),
            }
        );
        let wait = match self.has_mail() || self.is_kept_awake(until) {
            true => Some(Duration::ZERO),
            false => self.time_to(until),
        };
        let looked = self.look(wait, woken);
        self.doorbell.awake();
        self.time_goes_on();
        if self.tells_time.get() {
            self.turn_time(); // Now: whoever asks may have worked for long before.
        }
        trace_event!(self.tracer, Event::Unpark);
        looked
    }

    /// Whether an observer, who was told that the loop is about to sleep, has given it something to do.
    fn is_kept_awake(&self, until: u64) -> bool {
        // Where time stands still, no timer is worth waking for: it jumps, or waits for others.
        let is_early = |timer| timer < until && !self.clock.is_paused();
        self.tracer.enabled()
            && (self.scheduler.ready() != 0 || self.next_wake().is_some_and(is_early))
    }

    /// How long the kernel is told to wait: `None` where a ring or, if there is an `until`, the timer that
    /// is set here ends the sleep.
    fn time_to(&self, until: u64) -> Option<Duration> {
        if until == NEVER {
            return None;
        }
        let now = self.turn_time();
        if until > now && !self.clock.is_paused() && self.reactor.arm_timer(until, now) {
            return None;
        }
        Some(Duration::from_nanos(until.saturating_sub(now)))
    }

    /// Step 3, when there is something to do: asks the kernel without waiting, if that can tell
    /// anything.
    pub(super) fn glance(&self, must_look: bool, woken: &mut Vec<Waker>) -> io::Result<()> {
        self.turn_time(); // From here on it counts how long the turn takes: see `budget.rs`.
        if must_look || self.reactor.registered() != 0 {
            self.look(Some(Duration::ZERO), woken)?;
        }
        Ok(())
    }

    /// Asks the kernel what is ready.
    fn look(&self, wait: Option<Duration>, woken: &mut Vec<Waker>) -> io::Result<()> {
        let events = self.reactor.poll(wait, woken)?;
        self.io_events.set(self.io_events.get() + events as u64);
        Ok(())
    }

    /// Step 4: makes what other threads sent ready here.
    pub(super) fn take_inbox(&self) {
        self.scheduler.drain();
        if !self.inbox.is_empty() {
            self.take_jobs();
        }
    }

    /// Makes the functions ready that other threads sent.
    fn take_jobs(&self) {
        let before = self.tracer.swap_cause(Cause::Thread);
        for job in self.inbox.take() {
            self.scheduler.count_remote();
            drop(self.callback(job.run, true, job.place));
            if let Some(follow) = crate::context::follow() {
                (follow.received)(self);
            }
        }
        self.tracer.swap_cause(before);
    }
}

#[cfg(test)]
mod tests {
    use crate::Loop;
    use crate::context::with_core;
    use crate::reactor::{Direction, Registration};
    use crate::{create_task, sleep};
    use mio::net::UdpSocket;
    use std::time::Duration;

    const MESSAGES: u64 = 10;

    /// How many turns it took to send oneself messages, and how often the clock was read meanwhile.
    async fn turns_and_readings() -> (u64, u64) {
        let seen = || {
            with_core(|core| {
                let core = core.expect("the loop runs");
                (core.turns.get(), core.clock.readings())
            })
        };
        let socket = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        socket.connect(socket.local_addr().unwrap()).unwrap();
        let socket = Registration::new(socket).unwrap();
        let mut before = (0, 0);
        // With the first two the kernel tells the state of a new socket as well.
        for message in 0..MESSAGES + 2 {
            if message == 2 {
                before = seen();
            }
            socket.with(|socket| socket.send(b"news")).unwrap();
            socket.ready(Direction::Read).await.unwrap();
            socket.with(|socket| socket.recv(&mut [0; 8])).unwrap();
            socket.clear_ready(Direction::Read);
        }
        let after = seen();
        (after.0 - before.0, after.1 - before.1)
    }

    #[test]
    fn a_turn_that_waits_for_a_socket_and_polls_one_task_reads_no_clock() {
        let event_loop = Loop::new().unwrap();
        let counts =
            event_loop.block_on(async { create_task(turns_and_readings()).await.unwrap() });
        assert_eq!(counts, (MESSAGES, 0), "in a task");
        let counts = event_loop.block_on(turns_and_readings());
        assert_eq!(counts, (MESSAGES, 0), "in the main future");
    }

    #[test]
    fn while_a_timer_stands_a_turn_reads_the_clock_before_it_waits_as_well() {
        let counts = Loop::new().unwrap().block_on(async {
            let _timer = create_task(sleep(Duration::from_secs(3600)));
            turns_and_readings().await
        });
        assert_eq!(counts, (MESSAGES, 2 * MESSAGES));
    }
}
