//! [`Builder`]: a task with a name, in a context, or one whose errors are reported.

use super::Task;
use crate::contextvars::{self, Context};
use std::fmt::Display;
use std::future::Future;
use std::panic::Location;
use std::rc::Rc;

/// Makes tasks that have more than a future: asyncio's `create_task(coro, name=…)`.
///
/// ```
/// oneloop::run(async {
///     let task = oneloop::task::Builder::new().name("n1").create_task(async { 1 });
///     assert!(format!("{task:?}").contains("n1"));
///     assert_eq!(task.await.unwrap(), 1);
/// });
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a Builder makes nothing until `create_task`"]
pub struct Builder {
    name: Option<Rc<str>>,
    context: Option<Context>,
}

impl Builder {
    /// Makes a builder that adds nothing yet.
    ///
    /// ```
    /// let builder = oneloop::task::Builder::new();
    /// # let _ = builder;
    /// ```
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Gives the task a name, for reports, traces and `Debug`.
    ///
    /// ```
    /// let builder = oneloop::task::Builder::new().name("listener");
    /// # let _ = builder;
    /// ```
    pub fn name(mut self, name: impl Into<Rc<str>>) -> Builder {
        self.name = Some(name.into());
        self
    }

    /// Lets the task run in this context, instead of a copy of the present one: asyncio's
    /// `create_task(coro, context=…)`. What it sets is seen by all who run in it.
    ///
    /// ```
    /// use oneloop::contextvars::{ContextVar, copy_context};
    /// static FOUND: ContextVar<u32> = ContextVar::with_default("found", || 0);
    /// oneloop::run(async {
    ///     let context = copy_context();
    ///     let builder = oneloop::task::Builder::new().context(&context);
    ///     builder.create_task(async { FOUND.set(1) }).await.unwrap();
    ///     assert_eq!((context.run(|| FOUND.get()), FOUND.get()), (1, 0));
    /// });
    /// ```
    pub fn context(mut self, context: &Context) -> Builder {
        self.context = Some(context.clone());
        self
    }

    /// Makes the task, as [`create_task`](crate::create_task) does.
    ///
    /// # Panics
    /// When no loop is running on this thread.
    ///
    /// ```
    /// oneloop::run(async {
    ///     oneloop::task::Builder::new().name("one").create_task(async {}).await.unwrap();
    /// });
    /// ```
    #[track_caller]
    pub fn create_task<F: Future + 'static>(self, future: F) -> Task<F::Output> {
        let place = Location::caller();
        let task = crate::context::expect_core("task::Builder::create_task", |core| {
            core.spawn(future, self.name, place)
        });
        if let Some(context) = self.context {
            contextvars::assign(task.id().number(), context);
        }
        task
    }
}

impl Builder {
    /// Lets the task's output be reported if it is an error that nobody takes: when its last handle
    /// is dropped, as a panic is. [`create_task`](crate::create_task) cannot do that, since it does
    /// not see that an output is a `Result`. asyncio does it for every exception.
    ///
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    /// let reports = Rc::new(RefCell::new(Vec::new()));
    /// let told = reports.clone();
    /// oneloop::run(async move {
    ///     let handle = oneloop::Loop::current().unwrap();
    ///     handle.set_exception_handler(move |report| {
    ///         told.borrow_mut().push(report.error().unwrap_or_default().to_string());
    ///     });
    ///     let builder = oneloop::task::Builder::new().report_errors();
    ///     drop(builder.create_task(async { Err::<(), _>("no such host") }));
    ///     oneloop::yield_now().await;
    /// });
    /// assert_eq!(*reports.borrow(), ["no such host"]);
    /// ```
    pub fn report_errors(self) -> ReportingBuilder {
        ReportingBuilder(self)
    }
}

/// A [`Builder`] whose tasks report errors that nobody takes.
///
/// ```
/// oneloop::run(async {
///     let builder: oneloop::task::ReportingBuilder =
///         oneloop::task::Builder::new().name("fetch").report_errors();
///     let task = builder.create_task(async { Err::<(), _>("no such host") });
///     assert_eq!(task.await.unwrap(), Err("no such host"));
/// });
/// ```
#[derive(Clone, Debug)]
#[must_use = "a Builder makes nothing until `create_task`"]
pub struct ReportingBuilder(Builder);

impl ReportingBuilder {
    /// Makes the task, as [`create_task`](crate::create_task) does.
    ///
    /// # Panics
    /// When no loop is running on this thread.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let builder = oneloop::task::Builder::new().report_errors();
    ///     let task = builder.create_task(async { Ok::<_, String>(1) });
    ///     assert_eq!(task.await.unwrap(), Ok(1));
    /// });
    /// ```
    #[track_caller]
    pub fn create_task<F, T, E>(self, future: F) -> Task<Result<T, E>>
    where
        F: Future<Output = Result<T, E>> + 'static,
        E: Display,
    {
        let task = self.0.create_task(future);
        task.report_errors();
        task
    }
}
