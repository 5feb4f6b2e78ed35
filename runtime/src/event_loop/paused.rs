//! How a loop with a paused clock waits: where others sleep until the next timer, its time jumps there.
//!
//! A jump needs that nobody else could make anything ready meanwhile: no registered source, no
//! `Remote`. While there is one the loop sleeps in real time, and its clock stands. A test that counts on
//! a timer then hangs, and cannot tell why; so after a while the loop does.

use super::Core;
use super::turn::{Ended, Wait};
use crate::debug::add;
use crate::task::{Report, ReportKind};
use crate::time::{NEVER, deadline_after};
use std::io;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

/// What lets the time go on. That it may be right as it is comes last.
const CURES: &str = "Let the clock jump all the same by `Builder::jump_anyway`, move it by hand with \
    `Loop::advance`, put an in-memory stream in the socket's place, drop the `Remote` (a job on another \
    thread holds one until it is done), or take a real clock. (The loop goes on waiting: what is slow may \
    still come.)";

impl Core {
    /// Steps 2 and 3 of a turn, in place of those in `turn.rs`.
    pub(super) fn wait_paused(&self, wait: &mut Wait<'_>) -> io::Result<Option<Ended>> {
        let may_jump = self.settings.jump_anyway || self.is_isolated();

        if !wait.idle || self.is_due() || (may_jump && self.goal(wait.until).is_some()) {
            self.glance(wait.must_look, wait.woken)?;
        } else if may_jump && self.is_deserted() {
            if self.wait_in_vain(wait.woken)? {
                return Ok(Some(Ended::Stuck));
            }
        } else {
            self.stand_still(wait.until, wait.woken)?;
        }

        // What threads sent is there now, so it goes before a jump.
        self.take_inbox();
        if may_jump
            && self.scheduler.ready() == 0
            && wait.woken.is_empty()
            && let Some(goal) = self.goal(wait.until)
        {
            self.clock.advance_to(goal);
            self.time_goes_on();
        }
        Ok(None)
    }

    /// Whether a timer needs no jump: it was set to now, or to a time that is over.
    fn is_due(&self) -> bool {
        let now = self.turn_time();
        self.next_deadline().is_some_and(|deadline| deadline <= now)
    }

    /// Where a jump leads: to the next timer, or as far as the caller allows.
    fn goal(&self, until: u64) -> Option<u64> {
        match self.next_deadline() {
            Some(deadline) => Some(deadline.min(until)),
            None => (until != NEVER).then_some(until),
        }
    }

    /// Sleeps in real time. While a timer waits in vain that may be for ever: it is told after a while, once
    /// until something runs, and the loop waits on.
    fn stand_still(&self, until: u64, woken: &mut Vec<Waker>) -> io::Result<()> {
        let now = self.turn_time();
        let patience_ends = deadline_after(now, self.settings.deadlock_after);
        // A thread that drops the last `Remote` rings, but only who has said that he sleeps: so that is said
        // first, and then it is looked whether one lives.
        self.doorbell.sleeping();
        let held = self.is_held();
        if !held && self.next_deadline().is_some() {
            self.doorbell.awake();
            return Ok(()); // None does any more: the next turn jumps.
        }
        let told = self.deadlock_told.get() == self.scheduler.turned();
        if told || until <= patience_ends || !held {
            return self.sleep_until(until, woken);
        }

        if !self.sleep_in_vain(woken)? || !self.is_held() {
            return Ok(());
        }
        self.tell_clock_stands();
        // Without a limit the next turn waits on. A caller with one is owed the rest of it, unless whoever
        // was told has seen to it that something happens.
        self.doorbell.sleeping();
        let has_seen_to_it = self.has_work() || self.is_due();
        match until != NEVER && self.is_held() && !has_seen_to_it {
            true => self.sleep_until(now + (until - patience_ends), woken),
            false => {
                self.doorbell.awake();
                Ok(())
            }
        }
    }

    /// Whether a timer waits, and the clock may not jump to it. (If it may anyway, no timer is left where
    /// this is asked.)
    fn is_held(&self) -> bool {
        !self.is_isolated() && self.next_deadline().is_some()
    }

    /// Reports it, once until something runs.
    #[cold]
    fn tell_clock_stands(&self) {
        let holders = self.holders();
        if holders.is_empty() {
            return; // A thread has dropped the last `Remote` just now.
        }
        self.deadlock_told.set(self.scheduler.turned());
        let due = self.next_deadline().unwrap_or(NEVER);
        let due = Duration::from_nanos(due.saturating_sub(self.now()));
        let patience = self.settings.deadlock_after;
        let mut text = format!(
            "the clock is paused and stands still, since {holders}: it does not jump to the next timer, which is \
             due in {due:?} of simulated time, and nothing has come for {patience:?}. "
        );
        let tasks = self.scheduler.tasks();
        if !tasks.is_empty() {
            text += "The tasks:";
            self.list(&tasks, &mut text);
            text += "\n";
        }
        text += CURES;
        let report = Report::of(ReportKind::ClockStands, text);
        self.scheduler.reporter().report(&report);
    }

    /// What keeps the clock from jumping, with its verb.
    fn holders(&self) -> String {
        let remotes = Arc::strong_count(&self.inbox) - 1;
        let mut text = String::new();
        for (number, one, many) in [
            (
                self.reactor.registered(),
                "socket is registered",
                "sockets are registered",
            ),
            (remotes, "`Remote` lives", "`Remote`s live"),
        ] {
            let and = if text.is_empty() { "" } else { " and " };
            match number {
                0 => {}
                1 => add(&mut text, format_args!("{and}1 {one}")),
                _ => add(&mut text, format_args!("{and}{number} {many}")),
            }
        }
        text
    }
}
