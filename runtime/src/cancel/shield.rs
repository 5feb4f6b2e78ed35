//! [`shield`]: await a task without handing requests on. Next: `leaf.rs`.

use crate::task::{JoinError, Task};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Awaits a task; cancelling whoever awaits it leaves the task alone. asyncio's `shield`.
///
/// # Errors
/// As awaiting the task: [`JoinError`] if it was cancelled (by somebody else) or panicked.
///
/// Cancel safety: giving up loses nothing; the task runs on.
///
/// ```
/// oneloop::run(async {
///     let inner = std::rc::Rc::new(oneloop::create_task(async {
///         oneloop::yield_now().await;
///         oneloop::yield_now().await;
///         "done"
///     }));
///     let shared = inner.clone();
///     let outer = oneloop::create_task(async move { oneloop::shield(&shared).await });
///     oneloop::yield_now().await;
///     outer.cancel();
///     assert!(outer.await.unwrap_err().is_cancelled());
///     assert_eq!((&*inner).await.unwrap(), "done");
/// });
/// ```
pub fn shield<T: Clone>(task: &Task<T>) -> Shield<'_, T> {
    Shield { task, ticket: None }
}

/// The future of [`shield`].
///
/// ```
/// oneloop::run(async {
///     let task = oneloop::create_task(async { 1 });
///     let shield: oneloop::cancel::Shield<'_, i32> = oneloop::shield(&task);
///     assert_eq!(shield.await.unwrap(), 1);
/// });
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct Shield<'a, T> {
    task: &'a Task<T>,
    /// Our place among those who wait.
    ticket: Option<u64>,
}

impl<T: Clone> Future for Shield<'_, T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.task.poll_outcome(context, &mut this.ticket)
    }
}

impl<T> Drop for Shield<'_, T> {
    fn drop(&mut self) {
        self.task.forget_waiter(self.ticket);
    }
}

impl<T> fmt::Debug for Shield<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shield").field(&self.task.any()).finish()
    }
}
