//! How a loop with a paused clock waits: where others sleep until the next timer, its time jumps there.
//!
//! A jump needs that nobody else could make anything ready meanwhile: no registered source, no
//! `Remote`. While there is one the loop sleeps in real time, and its clock stands.

use super::Core;
use super::turn::{Ended, Wait};
use crate::time::NEVER;
use std::io;

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
            self.sleep_until(wait.until, wait.woken)?;
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
}
