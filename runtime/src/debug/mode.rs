//! What debug mode watches: how long each step takes, while it runs and after, and how long tasks wait.
//! Next: `watchdog.rs`.

use super::watchdog::Watchdog;
use crate::task::ReportKind;
use crate::task::raw::{Scheduler, TaskRef, Watch};
use crate::task::report::{Report, Reporter, Subject};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::Write;
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
    /// When the last step of each task ended that has not ended itself, by its number.
    stepped: RefCell<HashMap<u64, Instant>>,
    /// The number of the last future of a `block_on`, of whose end nobody hears.
    root: Cell<u64>,
    /// On a paused clock nobody waits for any time.
    paused: bool,
}

impl Debug {
    /// Switches debug mode on: steps that take longer than `limit` are reported.
    pub(crate) fn install(
        scheduler: &Scheduler,
        limit: Duration,
        on_stall: Option<OnStall>,
        paused: bool,
    ) {
        let reporter = scheduler.reporter().clone();
        reporter.set_debug();
        let on_stall = on_stall.unwrap_or_else(|| Box::new(crate::task::report::print));
        scheduler.set_watch(Rc::new(Debug {
            limit,
            reporter,
            watchdog: Watchdog::start(limit, on_stall),
            began: Cell::new(None),
            slow: Cell::new(0),
            stepped: RefCell::default(),
            root: Cell::new(0),
            paused,
        }));
    }

    /// Notes that a step of this task has ended now.
    fn note_step(&self, task: &TaskRef, now: Instant) {
        let mut stepped = self.stepped.borrow_mut();
        if task.is_root() {
            stepped.remove(&self.root.replace(task.id()));
        }
        match task.is_done() {
            true => stepped.remove(&task.id()),
            false => stepped.insert(task.id(), now),
        };
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
        let now = Instant::now();
        self.note_step(task, now);
        let took = self
            .began
            .take()
            .map_or(Duration::ZERO, |began| now.duration_since(began));
        if took >= self.limit {
            self.slow.set(self.slow.get() + 1);
            self.reporter
                .report(&slow(ReportKind::SlowStep, task.subject(), took));
        }
    }

    fn slow_steps(&self) -> u64 {
        self.slow.get()
    }

    fn add_waiting_time(&self, task: &TaskRef, text: &mut String) {
        let is_waiting = !self.paused && super::waits::runs(task).is_none();
        let stepped = self.stepped.borrow().get(&task.id()).copied();
        if let Some(stepped) = stepped.filter(|_| is_waiting) {
            let (ms, tenth) = milliseconds(stepped.elapsed());
            let written = write!(text, ", for {ms}.{tenth} ms by now");
            written.expect("a String takes any text");
        }
    }
}

/// Whole milliseconds, and tenths.
fn milliseconds(time: Duration) -> (u128, u32) {
    (time.as_millis(), time.subsec_micros() / 100 % 10)
}

/// The report of a step that takes, or took, so long.
pub(super) fn slow(kind: ReportKind, task: Subject, took: Duration) -> Report {
    let (ms, tenth) = milliseconds(took);
    let message = match kind {
        ReportKind::Stall => {
            format!("has held the loop for {ms}.{tenth} ms in one step, and still does")
        }
        _ => format!("held the loop for {ms}.{tenth} ms in one step"),
    };
    Report::of(kind, message).about(task).with_time(took)
}
