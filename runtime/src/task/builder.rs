//! [`Builder`]: a task with a name.

use super::Task;
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
        crate::context::expect_core("task::Builder::create_task", |core| {
            core.spawn(future, self.name, place)
        })
    }
}
