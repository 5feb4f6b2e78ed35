//! [`Flattened`]: a task that returns a `Result`, awaited as one. Next: `any.rs`.

use super::{JoinError, Task};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

impl<T, E: From<JoinError>> Task<Result<T, E>> {
    /// Awaits the task for its own `Result`: that it was cancelled, or panicked, is one more of its
    /// errors.
    ///
    /// A task is awaited for a `Result` of its own around its output, so `try_gather((a, b))` looks at
    /// that one only and takes a task's own `Err` for a value. With `try_gather((a.flatten(),
    /// b.flatten()))` it is a failure, as the exception of a task is in asyncio's `gather`. One task
    /// alone can as well be awaited by `task.await??`.
    ///
    /// The error has to be one that a [`JoinError`] turns into, as an [`io::Error`](std::io::Error) or a
    /// boxed [`Error`](std::error::Error) is. Otherwise say what it turns into:
    /// `async { task.await.unwrap_or_else(|error| Err(error.to_string())) }`.
    ///
    /// Cancel safety: giving up detaches the task, as giving up on a task by value.
    ///
    /// ```
    /// use oneloop::{create_task, try_gather};
    /// use std::io;
    ///
    /// oneloop::run(async {
    ///     let reads = create_task(async { io::Result::Ok("a line") });
    ///     let fails = create_task(async { Err::<(), _>(io::Error::other("no disk")) });
    ///     let both = try_gather((reads.flatten(), fails.flatten()));
    ///     assert_eq!(both.await.unwrap_err().to_string(), "no disk");
    /// });
    /// ```
    pub fn flatten(self) -> Flattened<T, E> {
        Flattened(self)
    }
}

/// The future of [`Task::flatten`].
///
/// ```
/// use oneloop::task::Flattened;
/// use std::io;
/// oneloop::run(async {
///     let task = oneloop::create_task(async { Ok(1) });
///     let flat: Flattened<i32, io::Error> = task.flatten();
///     assert_eq!(flat.await.unwrap(), 1);
/// });
/// ```
#[must_use = "dropping it detaches the task"]
pub struct Flattened<T, E>(Task<Result<T, E>>);

// A task is a handle: nothing is pinned in place.
impl<T, E> Unpin for Flattened<T, E> {}

impl<T, E: From<JoinError>> Future for Flattened<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, E>> {
        Poll::Ready(match ready!(Pin::new(&mut self.0).poll(context)) {
            Ok(output) => output,
            Err(error) => Err(error.into()),
        })
    }
}

impl<T, E> fmt::Debug for Flattened<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Flattened").field(&self.0.any()).finish()
    }
}
