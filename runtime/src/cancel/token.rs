//! [`Cancelled`]: a request that was caught, and what may become of it. Next: `catch.rs`.

use super::here::here;
use crate::task::scope::Token;
use std::fmt;
use std::future::pending;

/// A request to end that was caught: asyncio's `CancelledError`, as a value.
///
/// It goes on unless it is [suppressed](Cancelled::suppress): [`resume`](Cancelled::resume) sends
/// it on at once; when it is dropped, it does so at the next suspension.
///
/// ```
/// use oneloop::cancel::catch;
/// oneloop::run(async {
///     let task = oneloop::create_task(async {
///         match catch(std::future::pending::<()>()).await {
///             Ok(()) => "not cancelled".to_string(),
///             Err(cancelled) => {
///                 let text = cancelled.message().unwrap_or("no message").to_string();
///                 cancelled.suppress();
///                 text
///             }
///         }
///     });
///     oneloop::yield_now().await;
///     task.cancel_with("enough");
///     assert_eq!(task.await.unwrap(), "enough");
/// });
/// ```
#[must_use = "a caught cancellation goes on unless it is suppressed: `resume().await` it, or `suppress()` it"]
pub struct Cancelled {
    /// Empty once it was answered.
    token: Option<Token>,
}

impl Cancelled {
    pub(crate) fn new(token: Token) -> Cancelled {
        Cancelled { token: Some(token) }
    }

    /// Returns what `cancel_with` was given, if anything.
    ///
    /// ```
    /// use oneloop::cancel::catch;
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(async {
    ///         let cancelled = catch(std::future::pending::<()>()).await.unwrap_err();
    ///         assert_eq!(cancelled.message(), None);
    ///         cancelled.resume().await
    ///     });
    ///     oneloop::yield_now().await;
    ///     task.cancel();
    ///     let () = task.await.map(|never: ()| never).unwrap_or_default();
    /// });
    /// ```
    pub fn message(&self) -> Option<&str> {
        self.token.as_ref()?.request().message.as_deref()
    }

    /// Ends the request here: the task goes on, and whoever cancelled it finds it alive. What
    /// [`Task::cancelling`](crate::Task::cancelling) says stays as it is.
    ///
    /// ```
    /// use oneloop::cancel::catch;
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(async {
    ///         if let Err(cancelled) = catch(std::future::pending::<()>()).await {
    ///             cancelled.suppress();
    ///         }
    ///         "went on"
    ///     });
    ///     oneloop::yield_now().await;
    ///     task.cancel();
    ///     assert_eq!(task.await.unwrap(), "went on");
    /// });
    /// ```
    pub fn suppress(mut self) {
        if let Some(token) = self.token.take() {
            token.suppress();
        }
    }

    /// Sends the request on: asyncio's `raise` in an `except CancelledError`. Does not return; the
    /// scope around it is dropped where it awaits this.
    ///
    /// ```
    /// use oneloop::cancel::catch;
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(async {
    ///         if let Err(cancelled) = catch(std::future::pending::<()>()).await {
    ///             cancelled.resume().await;
    ///         }
    ///     });
    ///     oneloop::yield_now().await;
    ///     task.cancel();
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    pub async fn resume(self) -> ! {
        self.go_on();
        pending().await
    }

    /// Sends the request on. Whoever calls this stays pending.
    pub(crate) fn go_on(mut self) {
        if let Some(token) = self.token.take() {
            match here() {
                Some((scopes, here)) => token.resume(&scopes, here),
                None => token.raise(),
            }
        }
    }

    /// The request itself, for constructs that raise it elsewhere.
    pub(crate) fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        if let Some(token) = self.token.take() {
            token.dropped();
        }
    }
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancelled")
            .field("message", &self.message())
            .finish()
    }
}

#[allow(
    async_fn_in_trait,
    reason = "nothing here is `Send`, and nobody else implements it"
)]
/// The two usual ways to go on after a [`catch`](super::catch).
///
/// ```
/// use oneloop::cancel::{Caught, catch};
/// oneloop::run(async {
///     assert_eq!(catch(async { 1 }).await.or_resume().await, 1);
/// });
/// ```
pub trait Caught<T> {
    /// The value; or the request goes on.
    ///
    /// ```
    /// use oneloop::cancel::{Caught, catch};
    /// oneloop::run(async {
    ///     let result = catch(async { 1 }).await;
    ///     println!("clean-up");
    ///     assert_eq!(result.or_resume().await, 1);
    /// });
    /// ```
    async fn or_resume(self) -> T;

    /// The value; or `clean_up` is run, and then the request goes on: `except CancelledError: …;
    /// raise`.
    ///
    /// ```
    /// use oneloop::cancel::{Caught, catch};
    /// oneloop::run(async {
    ///     let value = catch(async { 1 })
    ///         .await
    ///         .on_cancel(async || println!("only when cancelled"))
    ///         .await;
    ///     assert_eq!(value, 1);
    /// });
    /// ```
    async fn on_cancel(self, clean_up: impl AsyncFnOnce()) -> T;
}

impl<T> Caught<T> for Result<T, Cancelled> {
    async fn or_resume(self) -> T {
        match self {
            Ok(value) => value,
            Err(cancelled) => cancelled.resume().await,
        }
    }

    async fn on_cancel(self, clean_up: impl AsyncFnOnce()) -> T {
        match self {
            Ok(value) => value,
            Err(cancelled) => {
                clean_up().await;
                cancelled.resume().await
            }
        }
    }
}
