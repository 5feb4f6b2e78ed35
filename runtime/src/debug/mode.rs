//! What debug mode watches: how long each step takes, while it runs and after. Next: `watchdog.rs`.

use super::watchdog::Watchdog;
use crate::task::ReportKind;
use crate::task::raw::{Scheduler, TaskRef, Watch};
use crate::task::report::{Report, Reporter, Subject};
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How long a step may take before it is reported, if nobody says: asyncio's
/// `slow_callback_duration`.
pub(crate) const SLOW: Duration = Duration::from_millis(100);

/// Whoever hears of stalls, on the watchdog's thread.
pub(crate) type OnStall = Box<dyn Fn(&Report) + Send>;

/// A loop's debug mode.
pub(crate) struct Debug {
    limit: Duration,
    reporter: Rc<Reporter>,
    watchdog: Watchdog,
    /// When the step that runs began.
    began: Cell<Option<Instant>>,
    /// How many took too long.
    slow: Cell<u64>,
}

impl Debug {
    /// Switches debug mode on: steps that take longer than `limit` are reported.
    pub(crate) fn install(scheduler: &Scheduler, limit: Duration, on_stall: Option<OnStall>) {
        let reporter = scheduler.reporter().clone();
        reporter.set_debug();
        let on_stall = on_stall.unwrap_or_else(|| Box::new(crate::task::report::print));
        scheduler.set_watch(Rc::new(Debug {
            limit,
            reporter,
            watchdog: Watchdog::start(limit, on_stall),
            began: Cell::new(None),
            slow: Cell::new(0),
        }));
    }
}

impl Watch for Debug {
    fn begins(&self, task: &TaskRef) {
        let now = Instant::now();
        self.began.set(Some(now));
        self.watchdog.begins(task.subject(), now);
    }

    fn ends(&self, task: &TaskRef) {
        self.watchdog.ends();
        let took = self
            .began
            .take()
            .map_or(Duration::ZERO, |began| began.elapsed());
        if took >= self.limit {
            self.slow.set(self.slow.get() + 1);
            self.reporter
                .report(&slow(ReportKind::SlowStep, task.subject(), took));
        }
    }

    fn slow_steps(&self) -> u64 {
        self.slow.get()
    }
}

/// The report of a step that takes, or took, so long.
pub(super) fn slow(kind: ReportKind, task: Subject, took: Duration) -> Report {
    let (ms, tenth) = (took.as_millis(), took.subsec_micros() / 100 % 10);
    let message = match kind {
        ReportKind::Stall => {
            format!("has held the loop for {ms}.{tenth} ms in one step, and still does")
        }
        _ => format!("held the loop for {ms}.{tenth} ms in one step"),
    };
    Report::of(kind, message).about(task).with_time(took)
}
