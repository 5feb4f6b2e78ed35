//! What debug mode watches: how long each step takes, while it runs and after. Next: `watchdog.rs`.

use super::watchdog::Watchdog;
use crate::task::ReportKind;
use crate::task::raw::{TaskRef, Watch};
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
}

impl Debug {
    pub(crate) fn new(limit: Duration, reporter: Rc<Reporter>, on_stall: OnStall) -> Debug {
        Debug {
            limit,
            reporter,
            watchdog: Watchdog::start(limit, on_stall),
            began: Cell::new(None),
        }
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
            self.reporter
                .report(&slow(ReportKind::SlowStep, task.subject(), took));
        }
    }
}

/// The report of a step that takes, or took, so long.
pub(super) fn slow(kind: ReportKind, task: Subject, took: Duration) -> Report {
    Report::of(kind, "a step holds the loop for too long")
        .about(task)
        .with_time(took)
}
