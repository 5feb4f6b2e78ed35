//! What becomes of a loop whose clock is paused when nobody is left who could wake its tasks.
//!
//! On a real clock such a loop sleeps, as asyncio's does: the world may still send a signal. A
//! paused clock is for tests and simulations, where it is a mistake, and a test that hangs tells
//! nothing. So the loop says who waits.
//!
//! Discussion: how can a loop know that nobody will come? It sees timers, registered sources, and
//! (by the counts of the inbox) every `Remote` and `RemoteTask`, wherever they are. It cannot see
//! whether a bare waker was moved to another thread: a waker that is cloned here and sent away
//! counts like one in a local channel, and to tell them apart would cost something at every clone.
//! So it waits for a while, in real time, for a wake from such a thread; the text names the cure for
//! a thread that needs longer. The usual deadlock in a test is told after that while.

use super::Core;
use super::turn::{Ended, Wait};
use crate::debug::UNKNOWN;
use crate::task::{Report, ReportKind};
use crate::time::NEVER;
use crate::trace::{Event, trace_event};
use std::fmt::Write;
use std::io;
use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

/// How many tasks are named.
const NAMED: usize = 20;

/// What may be wrong, and what to do where nothing is.
const CURES: &str = "Look for the value that is never sent, the promise that is never set, the task that is \
    awaited in a circle, the sleep or task that belongs to another loop. If a thread is to wake one of \
    them, let it hold a `Remote` until then, or give it longer by `Builder::deadlock_after`.";

impl Core {
    /// Whether nothing but a bare waker on another thread can make something ready, on a paused
    /// clock without a timer.
    pub(super) fn is_deserted(&self) -> bool {
        self.next_deadline().is_none() && self.is_isolated() && Arc::weak_count(&self.inbox) == 0
    }

    /// The same on a real clock, in debug mode: tasks wait, and it was not told yet.
    #[cold]
    fn is_forsaken(&self) -> bool {
        self.scheduler.live() > 0
            && self.deadlock_told.get() != self.scheduler.turned()
            && self.next_deadline().is_none()
            && self.is_isolated()
            && Arc::weak_count(&self.inbox) == 0
    }

    /// Steps 2 and 3 of a turn in debug mode: as in `turn.rs`, but for a loop that would sleep for ever.
    pub(super) fn wait_watchful(&self, wait: &mut Wait<'_>) -> io::Result<Option<Ended>> {
        if !wait.idle {
            self.glance(wait.must_look, wait.woken)?;
        } else if wait.until == NEVER && self.is_forsaken() {
            if self.wait_in_vain(wait.woken)? {
                self.tell_deadlock();
                return Ok(Some(Ended::GoOn));
            }
        } else {
            let next_timer = self.next_wake().unwrap_or(NEVER);
            self.sleep_until(wait.until.min(next_timer), wait.woken)?;
        }
        Ok(None)
    }

    /// Reports it, once until something runs.
    #[cold]
    fn tell_deadlock(&self) {
        self.deadlock_told.set(self.scheduler.turned());
        let mut text = "all tasks wait and nothing can wake them:".to_owned();
        self.list(&self.scheduler.tasks(), &mut text);
        text = text + "\n" + CURES + " (The loop goes on waiting.)";
        let report = Report::of(ReportKind::Deadlock, text);
        self.scheduler.reporter().report(&report);
    }

    /// Sleeps for as long as the builder said, in real time. Says whether nothing came: then the turn
    /// is over, having run nothing.
    #[cold]
    pub(super) fn wait_in_vain(&self, woken: &mut Vec<Waker>) -> io::Result<bool> {
        // An observer may have set a timer.
        let in_vain = self.sleep_in_vain(woken)? && self.next_deadline().is_none();
        if in_vain {
            trace_event!(self.tracer, Event::TurnEnd { ran: 0, ready: 0 });
        }
        Ok(in_vain)
    }

    /// Sleeps for as long as the builder said, in real time. Says whether nothing came until then.
    #[cold]
    pub(super) fn sleep_in_vain(&self, woken: &mut Vec<Waker>) -> io::Result<bool> {
        let patience = self.settings.deadlock_after;
        let begin = Instant::now();
        let until = crate::time::deadline_after(self.turn_time(), patience);
        self.sleep_until(until, woken)?;
        // A signal, or a ring for what was left before, ends a sleep early: then the next turn tries again.
        Ok(begin.elapsed() >= patience && woken.is_empty() && !self.has_work())
    }

    /// The text of the panic. `root` is where `block_on`, or `explore`, was called.
    pub(super) fn deadlock_text(&self, root: Option<&'static Location<'static>>) -> String {
        let text = self.settings.rare.deadlock;
        text.map_or_else(String::new, |text| text(self, root))
    }

    /// The text of the panic. `root` is where `block_on`, or `explore`, was called.
    pub(super) fn deadlock(&self, root: Option<&'static Location<'static>>) -> String {
        let tasks = self.scheduler.tasks();
        let mut text = format!(
            "deadlock: the clock is paused, and there is no ready task, no timer, no registered \
             socket and no `Remote`, so nobody can wake the tasks that are left ({}):\n",
            tasks.len()
        );
        let mut line = |what: std::fmt::Arguments<'_>| {
            writeln!(text, "  {what}").expect("a String takes any text");
        };
        for task in tasks.iter().take(NAMED) {
            let (subject, waits) = (task.subject(), self.waits_for(task));
            let waits = waits.as_deref().unwrap_or(UNKNOWN);
            match root == Some(subject.place) && subject.name.is_none() {
                true => line(format_args!(
                    "{}, the main future, at {}, {waits}",
                    subject.called(),
                    subject.place
                )),
                false => line(format_args!("{subject}, {waits}")),
            }
        }
        if tasks.len() > NAMED {
            line(format_args!("and {} more", tasks.len() - NAMED));
        }
        if let Some(seed) = self.settings.seed {
            line(format_args!("(the order of ready tasks has seed {seed})"));
        }
        text += CURES;
        text
    }
}
