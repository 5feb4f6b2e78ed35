//! How a program's tasks end when its main future has: `run` and `Runner` call it.
//! Next: `advance.rs`.

use super::turn::{Ended, For};
use super::{Core, Loop};
use crate::context::takes_notes;
use crate::debug::{UNKNOWN, add};
use crate::part_cell::PartCell;
use crate::quietly::{Payload, keep_first};
use crate::task::ReportKind;
use crate::task::raw::TaskRef;
use crate::task::report::{self, Report};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

/// How often tasks are looked for that the clean-up of others made.
const PASSES: usize = 16;

/// How many tasks are named.
const NAMED: usize = 20;

/// After how many seconds the tasks that were asked to end are told of, if they have not. The next time
/// is after twice as many, and so on.
const PATIENCE: u64 = 10;

/// What is said if something is unknown that would be known in debug mode.
const HOW_TO_KNOW: &str = "\n(Debug mode, `Loop::builder().debug()`, knows waits for locks, queues, \
    promises and the like, too.)";

impl Loop {
    /// Cancels all tasks together and turns until they have ended, clean-up included; reports what
    /// went wrong in them, and those that did not end.
    ///
    /// What is ready takes its turn before: tasks that main made in its last step begin, and callbacks are
    /// called, as asyncio's loop finishes an iteration before it stops.
    ///
    /// Those that do not end are waited for, and reported after ten seconds, twenty, and so on.
    ///
    /// A task that is cleaning up already is not interrupted, also not through who awaits it; it is
    /// asked when it goes on instead of ending. Tasks that are made meanwhile run while the others end, and are asked then.
    pub(crate) fn finish_tasks(&self) {
        let core = &self.core;
        let panic = PartCell::new(None);
        // Whose failures are told. One that fails in the last batch is not among those that are left, and
        // its handle may lie in a circle of references, which nobody ever drops.
        let mut seen = Vec::new();
        core.begin_ending();
        for _ in 0..PASSES {
            if core.is_given_up() {
                break;
            }
            if core.scheduler.ready() > 0 {
                seen.append(&mut core.scheduler.tasks());
                core.enter(|| core.finish_batch(&panic));
            }
            let left = core.scheduler.tasks();
            if left.is_empty() {
                match core.scheduler.ready() {
                    0 => break,
                    _ => continue,
                }
            }
            let finished = core.enter(|| core.finish(&left, &panic));
            seen.extend(left);
            if !finished {
                break;
            }
        }
        seen.iter().for_each(|task| core.tell_failure(task));
        self.finish_attachments();
        core.tell_unfinished("when the program ended");
        if let Some(payload) = panic.take() {
            resume_unwind(payload);
        }
    }
}

impl Loop {
    /// The end of a `block_on`: what was ready when its future ended has its turn, as in asyncio, whose
    /// loop finishes an iteration before it stops.
    pub(crate) fn finish_last_batch(&self) {
        if self.core.scheduler.ready() == 0 {
            return;
        }
        let panic = PartCell::new(None);
        self.core.enter(|| self.core.finish_batch(&panic));
        if let Some(payload) = panic.take() {
            resume_unwind(payload);
        }
    }
}

impl Core {
    /// Runs what is ready, and nothing that becomes ready by it.
    fn finish_batch(&self, panic: &PartCell<Option<Payload>>) {
        self.scheduler.stop();
        let turn = || self.turn(Some(Duration::ZERO), &mut For::Host);
        // If the kernel refuses to be asked, the turns in which tasks end find that, too.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(turn)) {
            keep_first(panic, payload);
        }
        self.scheduler.take_stop();
    }

    /// Asks these tasks to end, and turns until they have; false if they never will.
    fn finish(&self, tasks: &[TaskRef], panic: &PartCell<Option<Payload>>) -> bool {
        let mut unasked: Vec<&TaskRef> = tasks.iter().collect();
        let mut unfinished = tasks.iter().skip_while(|task| task.is_done()).peekable();
        let mut look_again = 0;
        let (begin, mut patience) = (self.look_at_clock(), PATIENCE);
        while unfinished.peek().is_some() {
            // As many polls come between two looks as tasks are looked at, unless the loop would wait.
            // A look in each turn takes minutes where many clean up one after the other.
            if self.scheduler.turned() >= look_again || self.scheduler.ready() == 0 {
                self.scheduler.scopes().while_ending(|| {
                    unasked.retain(|task| {
                        let asked = task.is_done() || (!task.is_unwinding() && task.cancel());
                        !asked
                    });
                });
                look_again = self.scheduler.turned() + unasked.len() as u64;
            }
            self.scheduler.take_stop();
            let limit = self.tell_of_waiting(begin, &mut patience);
            match catch_unwind(AssertUnwindSafe(|| self.turn(limit, &mut For::Host))) {
                Ok(Ok(Ended::Stuck) | Err(_)) => return false,
                Ok(Ok(_)) => {}
                Err(payload) => keep_first(panic, payload),
            }
            // None that has ended is looked at again.
            while unfinished.next_if(|task| task.is_done()).is_some() {}
            if self.is_given_up() {
                return false;
            }
        }
        true
    }

    /// From now on nobody is left who could be asked by Ctrl-C, unless nobody is waited for already.
    fn begin_ending(&self) {
        #[cfg(all(unix, feature = "signal"))]
        if !self.is_given_up() {
            self.reactor.interrupts.expect_the_last();
        }
    }

    /// Whether Ctrl-C came so often that nobody is waited for.
    fn is_given_up(&self) -> bool {
        #[cfg(all(unix, feature = "signal"))]
        return self.reactor.interrupts.are_enough();
        #[cfg(not(all(unix, feature = "signal")))]
        false
    }

    /// Reports those that still run, if that was long enough after `begin`: a program that does not end
    /// shall not be silent about it. Gives how long the loop may sleep until the next report.
    fn tell_of_waiting(&self, begin: u64, patience: &mut u64) -> Option<Duration> {
        // Simulated time would go by for ever where nobody can wake them any more.
        if self.settings.rare.is_deserted.is_some_and(|is| is(self)) {
            return None;
        }
        let waited = self.look_at_clock().saturating_sub(begin) / 1_000_000_000;
        if waited >= *patience {
            *patience = 2 * waited;
            self.report_unfinished(format_args!("{waited} s after being asked to end"));
        }
        Some(Duration::from_secs(*patience - waited))
    }

    /// Reports a failure that somebody may still look at, but hardly will: the program has ended.
    fn tell_failure(&self, task: &TaskRef) {
        if let Some((panicked, text)) = task.unseen_failure() {
            let report = report::lost(task.subject(), panicked, &text);
            self.scheduler.reporter().report(&report);
        }
    }

    /// Reports the tasks that have not ended, if there are any, in one report: asyncio's "Task was
    /// destroyed but it is pending!", with names.
    pub(crate) fn tell_unfinished(&self, when: &str) {
        // Where a panic ends the loop, that is what there is to tell.
        let panicking = cfg!(panic = "unwind") && std::thread::panicking();
        if !panicking && !self.unfinished_told.get() {
            let told = self.report_unfinished(format_args!("{when}"));
            self.unfinished_told.set(told);
        }
    }

    /// Says whether there were any.
    fn report_unfinished(&self, when: fmt::Arguments<'_>) -> bool {
        let tasks = self.scheduler.tasks();
        let (number, are) = match tasks.len() {
            0 => return false,
            1 => (1, "task was"),
            number => (number, "tasks were"),
        };
        let mut text = format!("{number} {are} still unfinished {when}:");
        self.list(&tasks, &mut text);
        let report = Report::of(ReportKind::Unfinished, text);
        self.scheduler.reporter().report(&report);
        true
    }

    /// Adds one line for each of these tasks: its name, its place, and what it waits for.
    pub(super) fn list(&self, tasks: &[TaskRef], text: &mut String) {
        let mut unknown = false;
        for task in tasks.iter().take(NAMED) {
            let waits = self.waits_for(task);
            unknown |= waits.is_none();
            let (subject, waits) = (task.subject(), waits.as_deref().unwrap_or(UNKNOWN));
            add(text, format_args!("\n  {subject}, {waits}"));
            self.scheduler.add_waiting_time(task, text);
        }
        if tasks.len() > NAMED {
            add(text, format_args!("\n  and {} more", tasks.len() - NAMED));
        }
        if unknown && !takes_notes() {
            *text += HOW_TO_KNOW;
        }
    }
}
