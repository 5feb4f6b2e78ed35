//! Step 7 of a turn: how much of what is ready runs before the loop looks around again.
//!
//! A turn makes a few hundred polls at the most. They are few for tasks that shuffle messages about, and a
//! long time for one that works for 10 ms and yields, to let a timer fire in between. So a turn ends
//! after 5 ms too, where somebody minds: a host, or who waits for what only another turn brings.
//!
//! Discussion: a look at the clock costs as much as a few polls. So it is looked at after the first poll of a
//! turn, the second, the fourth, up to every sixteenth; and while nobody waits, there is more and more time
//! between the questions whether somebody does (all this takes one or two instructions a poll). The first
//! who begins to wait brings the next question forward, or else he would have to wait for all those polls.

use super::core::Core;
use super::turn::{Ended, For};
use crate::task::raw::Ran;

/// A turn that has taken so many nanoseconds ends early.
const LONG: u64 = 5_000_000;

/// No look at the clock: where it stands still, and where batches are shuffled, which must not be cut.
pub(super) const NO_LOOK: u64 = u64::MAX;

impl Core {
    /// Runs what is ready, and the root in its turn.
    pub(super) fn run(&self, whom: &mut For<'_>) -> Ended {
        let start = self.scheduler.turned();
        let end = start + u64::from(self.settings.polls_per_look);
        self.next_look.set(match self.has_looks() {
            true => start + 1,
            false => NO_LOOK,
        });
        loop {
            let turned = self.scheduler.turned();
            // Who has run all there was need not know how long that took.
            if turned >= self.next_look.get() && self.scheduler.ready() != 0 {
                self.alone.set(!self.is_awaited(whom));
                if !self.alone.get() && self.has_taken_long() {
                    return Ended::GoOn;
                }
                let polls = turned - start;
                let pause = match self.alone.get() {
                    true => {
                        self.turn_time(); // It counts from here on, should somebody wait by then.
                        (3 * polls).min(128)
                    }
                    false => polls.min(16),
                };
                self.next_look.set(turned + pause);
            }
            let most = end.min(self.next_look.get()).saturating_sub(turned);
            match self.scheduler.run(most as u32) {
                Ran::Budget if self.scheduler.turned() < end && self.scheduler.ready() != 0 => {}
                Ran::Batch => {}
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

    fn has_looks(&self) -> bool {
        !self.clock.is_paused() && self.settings.seed.is_none()
    }

    /// Whether the turn has run for so long, since it first read the clock, that those who wait get the next.
    fn has_taken_long(&self) -> bool {
        let began = self.turn_time();
        self.look_at_clock() - began >= LONG
    }

    /// Whether somebody waits for what only another turn brings: a timer, a socket, what another thread
    /// sent or may send; or for the end of this one.
    fn is_awaited(&self, whom: &For<'_>) -> bool {
        let by_task = !self.timers.borrow().is_empty() || !self.is_isolated() || self.has_mail();
        by_task || matches!(whom, For::Host)
    }

    /// Says that somebody begins to wait for another turn: if nobody did when the one under way looked last,
    /// it looks again after the poll that is running.
    #[cold]
    pub(crate) fn look_soon(&self) {
        if self.alone.replace(false) {
            self.next_look.set(0);
            self.scheduler.come_back();
        }
    }
}
