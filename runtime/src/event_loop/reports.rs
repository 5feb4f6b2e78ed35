//! The exception handler: who hears of failures that nobody else will. Next: `runner.rs`.

use super::Handle;
use crate::context::with_core;
use crate::quietly::quietly;
use crate::task::report;
use crate::task::{Report, ReportKind};
use std::fmt::{Debug, Display};
use std::rc::Rc;

impl Handle {
    /// Lets `handler` hear of every failure that nobody else will hear of, in place of standard
    /// error: asyncio's `set_exception_handler`.
    ///
    /// | asyncio | here |
    /// | --- | --- |
    /// | "Task exception was never retrieved" | a panic, or (by [`report_errors`]) an error, of a task whose last handle was dropped |
    /// | an exception in a callback | a panic in a callback |
    /// | "Future exception was never retrieved" | a [`Promise`](crate::sync::Promise) that was set to an error |
    /// | an exception in a task while `run` ends | the same |
    /// | an exception of `__aexit__` that hides another | an error of [`with_resource`](crate::cancel::with_resource)'s `close` that a failure of its body, or its cancellation, hides |
    ///
    /// and of what [debug mode](crate::Builder::debug) finds, and of a [paused
    /// clock](crate::Builder::paused_clock) that stands still in spite of a timer. The handler is called at that moment,
    /// wherever that is: in the drop of a handle, say. What it reports itself, and a panic of its
    /// own, go to standard error. It is dropped with the loop.
    ///
    /// [`report_errors`]: crate::task::Builder::report_errors
    ///
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    /// let event_loop = oneloop::Loop::new()?;
    /// let heard = Rc::new(RefCell::new(Vec::new()));
    /// let told = heard.clone();
    /// event_loop.handle().set_exception_handler(move |report| {
    ///     told.borrow_mut().push(format!("{}: {}", report.message(), report.error().unwrap()));
    /// });
    /// event_loop.block_on(async {
    ///     drop(oneloop::create_task(async { panic!("oh") }));
    ///     oneloop::yield_now().await;
    /// });
    /// assert_eq!(*heard.borrow(), ["Task exception was never retrieved: oh"]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_exception_handler(&self, handler: impl Fn(&Report) + 'static) {
        if !self.is_closed() {
            let reporter = self.core().scheduler.reporter();
            reporter.set_handler(Some(Rc::new(handler)));
        }
    }

    /// Lets standard error be told again: asyncio's `set_exception_handler(None)`.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// event_loop.handle().set_exception_handler(|_| unreachable!());
    /// event_loop.handle().clear_exception_handler();
    /// event_loop.handle().call_exception_handler(&oneloop::Report::new("on standard error"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn clear_exception_handler(&self) {
        self.core().scheduler.reporter().set_handler(None);
    }

    /// Reports a failure of the program's own: asyncio's `call_exception_handler`.
    ///
    /// ```
    /// use std::{cell::Cell, rc::Rc};
    /// let event_loop = oneloop::Loop::new()?;
    /// let heard = Rc::new(Cell::new(false));
    /// let set = heard.clone();
    /// event_loop.handle().set_exception_handler(move |_| set.set(true));
    /// event_loop.handle().call_exception_handler(&oneloop::Report::new("the sensor is silent"));
    /// assert!(heard.get());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn call_exception_handler(&self, report: &Report) {
        self.core().scheduler.reporter().report(report);
    }

    /// Writes a report to standard error, as a loop without a handler does: asyncio's
    /// `default_exception_handler`. For handlers that leave some of the reports to it.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// let handle = event_loop.handle();
    /// handle.default_exception_handler(&oneloop::Report::new("on standard error"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn default_exception_handler(&self, report: &Report) {
        report::print(report);
    }
}

/// Reports to the running loop, or to standard error if none runs.
pub(crate) fn report_here(report: &Report) {
    match with_core(|core| core.map(|core| core.scheduler.reporter().clone())) {
        Some(reporter) => reporter.report(report),
        None => report::print(report),
    }
}

/// A promise was set to an error, and dropped before anybody looked.
pub(crate) fn report_lost_promise(error: &dyn Display) {
    let mut text = String::new();
    quietly(|| text = error.to_string());
    let report = Report::of(
        ReportKind::PromiseError,
        "Future exception was never retrieved",
    );
    report_here(&report.with_error(text));
}

/// A resource was not closed well, and its body's own end is what the caller sees.
#[cold]
pub(crate) fn report_close_error(error: &dyn Debug, body: &str) {
    let mut text = String::new();
    quietly(|| text = format!("{error:?}"));
    let message = format!("closing a resource failed after its body {body}");
    let report = Report::of(ReportKind::CloseError, message).with_error(text);
    report_here(
        &match with_core(|core| core.and_then(|core| core.scheduler.current())) {
            Some(task) => report.about(task.subject()),
            None => report,
        },
    );
}
