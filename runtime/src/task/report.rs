//! [`Report`]: a failure that nobody else will hear of, and where it is told; and what is said of a
//! task that is awaited once too often. Next: `doorbell.rs`.

use super::raw::TaskRef;
use crate::part_cell::PartCell;
use crate::quietly::{forget_payload, quietly};
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

/// What a [`Report`] is about.
///
/// ```
/// use oneloop::{Report, ReportKind};
/// assert_eq!(Report::new("a sensor is silent").kind(), ReportKind::Other);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReportKind {
    /// A task panicked, and its last handle was dropped before anybody looked.
    TaskPanic,
    /// A task returned an error, and nobody took it: see
    /// [`report_errors`](crate::task::Builder::report_errors).
    TaskError,
    /// A callback panicked.
    CallbackPanic,
    /// A [`Promise`](crate::sync::Promise) was set to an error, and nobody looked.
    PromiseError,
    /// The `close` of a [`with_resource`](crate::cancel::with_resource) failed after its body had
    /// failed or was cancelled, which is what the caller sees.
    CloseError,
    /// Tasks were still unfinished when `run` gave up on them, or the loop was dropped; or ten seconds
    /// after `run` had asked them to end at its own end (and twenty, forty and so on): it waits for them.
    Unfinished,
    /// A timer waits on a [paused clock](crate::Builder::paused_clock) that stands still, since a socket
    /// is registered or a [`Remote`](crate::Remote) lives, and neither brought anything for a while.
    ClockStands,
    /// Debug mode: a step held the loop for longer than it should.
    SlowStep,
    /// Debug mode: a step has held the loop for longer than it should, and still does.
    Stall,
    /// Debug mode: all tasks wait, and nothing can wake them.
    Deadlock,
    /// Debug mode: a caught cancellation was dropped, so it goes on. Of one task's the first is reported,
    /// and how many came after it when the task ends.
    CancelDropped,
    /// Debug mode: foreign code dropped a body with a catch point in it. Of one task's the first, as
    /// above.
    BodyDropped,
    /// Whatever the program itself reports.
    Other,
}

/// A failure that nobody else will hear of: what asyncio calls the `context` of an exception handler.
///
/// The loop hands it to its exception handler ([`Handle::set_exception_handler`]), or writes it to
/// standard error. `Display` gives the whole sentence.
///
/// [`Handle::set_exception_handler`]: crate::Handle::set_exception_handler
///
/// ```
/// use oneloop::Report;
/// let report = Report::new("the sensor is silent").with_error("time-out");
/// assert_eq!(report.to_string(), "the sensor is silent: time-out");
/// assert_eq!(report.error(), Some("time-out"));
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    kind: ReportKind,
    message: String,
    error: Option<String>,
    task: Option<Subject>,
    took: Option<Duration>,
}

/// Whom a report is about. Plain data: it may go to the watchdog's thread.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) id: u64,
    pub(crate) name: Option<String>,
    pub(crate) place: &'static Location<'static>,
    pub(crate) callback: bool,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subject { id, place, .. } = self;
        match (&self.name, self.callback) {
            (_, true) => write!(f, "a callback, made at {place}"),
            (Some(name), false) => write!(f, "Task-{id} \"{name}\", made at {place}"),
            (None, false) => write!(f, "Task-{id}, made at {place}"),
        }
    }
}

impl Subject {
    /// What the task is called where its place does not matter.
    pub(crate) fn called(&self) -> String {
        match &self.name {
            Some(name) => format!("Task-{} \"{name}\"", self.id),
            None => format!("Task-{}", self.id),
        }
    }
}

impl Report {
    /// Makes a report of the program's own, for
    /// [`call_exception_handler`](crate::Handle::call_exception_handler).
    ///
    /// ```
    /// let report = oneloop::Report::new("the cache is cold");
    /// assert_eq!(report.message(), "the cache is cold");
    /// ```
    pub fn new(message: impl Into<String>) -> Report {
        Report::of(ReportKind::Other, message)
    }

    pub(crate) fn of(kind: ReportKind, message: impl Into<String>) -> Report {
        Report {
            kind,
            message: message.into(),
            error: None,
            task: None,
            took: None,
        }
    }

    /// Adds the error's text: `context["exception"]` in asyncio.
    ///
    /// ```
    /// let report = oneloop::Report::new("no configuration").with_error("file not found");
    /// assert_eq!(report.error(), Some("file not found"));
    /// ```
    pub fn with_error(mut self, error: impl fmt::Display) -> Report {
        self.error = Some(error.to_string());
        self
    }

    pub(crate) fn about(mut self, task: Subject) -> Report {
        self.task = Some(task);
        self
    }

    pub(crate) fn with_time(mut self, took: Duration) -> Report {
        self.took = Some(took);
        self
    }

    /// Says what it is about.
    ///
    /// ```
    /// let report = oneloop::Report::new("mine");
    /// assert_eq!(report.kind(), oneloop::ReportKind::Other);
    /// ```
    pub fn kind(&self) -> ReportKind {
        self.kind
    }

    /// Returns what happened, without whom or why: `context["message"]` in asyncio, and in its words
    /// where it has some ("Task exception was never retrieved").
    ///
    /// ```
    /// assert_eq!(oneloop::Report::new("mine").message(), "mine");
    /// ```
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the text of the error or the panic, if there is one.
    ///
    /// ```
    /// assert_eq!(oneloop::Report::new("mine").error(), None);
    /// ```
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Returns the name of the task that it is about (`Task-` and its number if it has none).
    ///
    /// ```
    /// assert_eq!(oneloop::Report::new("mine").task_name(), None);
    /// ```
    pub fn task_name(&self) -> Option<String> {
        let task = self.task.as_ref().filter(|task| !task.callback)?;
        let unnamed = || format!("Task-{}", task.id);
        Some(task.name.clone().unwrap_or_else(unnamed))
    }

    /// Returns the place where the task, or the callback, that it is about was made.
    ///
    /// ```
    /// assert_eq!(oneloop::Report::new("mine").made_at(), None);
    /// ```
    pub fn made_at(&self) -> Option<&'static Location<'static>> {
        self.task.as_ref().map(|task| task.place)
    }

    /// Returns how long a step took, or has taken so far: of a [`ReportKind::SlowStep`] or
    /// [`ReportKind::Stall`].
    ///
    /// ```
    /// assert_eq!(oneloop::Report::new("mine").took(), None);
    /// ```
    pub fn took(&self) -> Option<Duration> {
        self.took
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error.as_deref().unwrap_or("(no text)");
        if let Some(task) = &self.task {
            write!(f, "{task}, ")?;
        }
        match self.kind {
            ReportKind::TaskPanic => write!(f, "panicked and nobody awaited it: {error}"),
            ReportKind::TaskError => write!(f, "failed and nobody awaited it: {error}"),
            ReportKind::CallbackPanic => write!(f, "panicked: {error}"),
            ReportKind::PromiseError => {
                write!(
                    f,
                    "a promise was set to an error that nobody looked at: {error}"
                )
            }
            _ => match &self.error {
                Some(error) => write!(f, "{}: {error}", self.message),
                None => f.write_str(&self.message),
            },
        }
    }
}

/// An exception handler.
pub(crate) type Handler = Rc<dyn Fn(&Report)>;

/// Where a loop's reports go.
#[derive(Default)]
pub(crate) struct Reporter {
    handler: PartCell<Option<Handler>>,
    /// The handler is running: what it causes itself goes to standard error.
    busy: Cell<bool>,
    /// The loop is in debug mode.
    debug: Cell<bool>,
}

impl Reporter {
    /// Tells the handler, or standard error if there is none. The handler is user code: nothing of
    /// the loop may be borrowed.
    pub(crate) fn report(&self, report: &Report) {
        let handler = self.handler.borrow().clone();
        match handler {
            Some(handler) if !self.busy.replace(true) => {
                let told = catch_unwind(AssertUnwindSafe(|| handler(report)));
                self.busy.set(false);
                if let Err(payload) = told {
                    forget_payload(payload);
                    print(report);
                }
                quietly(|| drop(handler));
            }
            _ => print(report),
        }
    }

    /// Takes another handler, or (`None`) none: then standard error is told.
    pub(crate) fn set_handler(&self, handler: Option<Handler>) {
        let former = self.handler.replace(handler);
        quietly(|| drop(former));
    }

    /// Whether the loop is in debug mode.
    pub(crate) fn is_debug(&self) -> bool {
        self.debug.get()
    }

    pub(crate) fn set_debug(&self) {
        self.debug.set(true);
    }
}

/// Writes a report to standard error.
pub(crate) fn print(report: &Report) {
    // Printing panics where standard error cannot be written to, which must not end the loop.
    quietly(|| eprintln!("oneloop: {report}"));
}

/// A task's outcome, or a callback's, that no handle can tell of any more: asyncio's "Task exception
/// was never retrieved".
pub(crate) fn lost(task: Subject, panicked: bool, error: &str) -> Report {
    let (kind, message) = match (task.callback, panicked) {
        (true, _) => (ReportKind::CallbackPanic, "Exception in callback"),
        (false, true) => (ReportKind::TaskPanic, NEVER_RETRIEVED),
        (false, false) => (ReportKind::TaskError, NEVER_RETRIEVED),
    };
    Report::of(kind, message).with_error(error).about(task)
}

const NEVER_RETRIEVED: &str = "Task exception was never retrieved";

/// Panics: the task waits for its own end.
#[cold]
#[inline(never)]
#[track_caller]
pub(super) fn awaits_itself(task: &TaskRef) -> ! {
    panic!("{}, awaits itself, which would never end", task.subject())
}

/// Panics: the task would have to be run by another loop than the one that waits here.
#[cold]
#[inline(never)]
#[track_caller]
pub(super) fn awaited_abroad(task: &TaskRef) -> ! {
    panic!(
        "{}, is awaited in another loop than its own, which does not run meanwhile: await it there \
         (`its_loop.block_on(task)`), or make it by `Remote::spawn`, whose `RemoteTask` can be awaited \
         in any loop while a thread runs the task's own",
        task.subject()
    )
}

/// Panics: the task's output was taken before.
#[cold]
#[inline(never)]
#[track_caller]
pub(super) fn awaited_again(task: &TaskRef) -> ! {
    panic!(
        "{}, was awaited again after its output was taken; await it by reference each time, as in \
         `(&task).await`, to have the output more than once",
        task.subject()
    )
}

/// Panics: the outcome that `Task::result` was to show is somebody else's by now.
#[cold]
#[inline(never)]
#[track_caller]
pub(super) fn looked_at_late(task: &TaskRef) -> ! {
    panic!(
        "{}, has given its output to who awaited it, and `result` has none to show: look before it is \
         awaited, or await it by reference, as in `(&task).await`, which leaves the output in the task",
        task.subject()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_has_no_awaiter_to_be_missed() {
        let place = Location::caller();
        let subject = |name: Option<&str>, callback| Subject {
            id: 3,
            name: name.map(str::to_owned),
            place,
            callback,
        };
        assert_eq!(
            lost(subject(None, true), true, "oh").to_string(),
            format!("a callback, made at {place}, panicked: oh")
        );
        assert_eq!(
            lost(subject(Some("n1"), false), true, "oh").to_string(),
            format!("Task-3 \"n1\", made at {place}, panicked and nobody awaited it: oh")
        );
        assert_eq!(
            lost(subject(None, false), false, "oh").to_string(),
            format!("Task-3, made at {place}, failed and nobody awaited it: oh")
        );
    }

    #[test]
    fn a_handler_that_panics_or_reports_loses_nothing_and_does_not_go_round() {
        let reporter = Rc::new(Reporter::default());
        let told = Rc::new(Cell::new(0));
        let (count, again) = (told.clone(), Rc::downgrade(&reporter));
        reporter.set_handler(Some(Rc::new(move |report| {
            count.set(count.get() + 1);
            if let Some(reporter) = again.upgrade() {
                reporter.report(report); // Goes to standard error.
            }
            panic!("the handler fails, too");
        })));
        reporter.report(&Report::new("first"));
        reporter.report(&Report::new("second"));
        assert_eq!(told.get(), 2);
    }
}
