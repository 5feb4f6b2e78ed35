//! Why a task has no output.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// A panic's payload, as `std::panic::catch_unwind` gives it.
type Payload = Box<dyn Any + Send>;

/// The error of awaiting a task that was cancelled or panicked.
///
/// asyncio raises `CancelledError`, or the task's own exception; here both are values. It can be
/// cloned, since several may await one task; the payload of a panic is given once, to whoever
/// asks first.
///
/// ```
/// oneloop::run(async {
///     let task = oneloop::create_task(std::future::pending::<()>());
///     task.cancel();
///     assert!(task.await.unwrap_err().is_cancelled());
/// });
/// ```
#[derive(Clone)]
pub struct JoinError(Kind);

#[derive(Clone)]
enum Kind {
    Cancelled(Option<Arc<str>>),
    Panicked(Arc<Panic>),
}

struct Panic {
    message: String,
    payload: Mutex<Option<Payload>>,
    /// The payload went on in whoever turns the loop, so nobody needs to be told again.
    propagated: std::sync::atomic::AtomicBool,
}

impl JoinError {
    pub(crate) fn cancelled() -> JoinError {
        JoinError(Kind::Cancelled(None))
    }

    /// The same, with what `cancel_with` was given.
    pub(crate) fn cancelled_with(message: Option<Arc<str>>) -> JoinError {
        JoinError(Kind::Cancelled(message))
    }

    pub(crate) fn panicked(payload: Payload) -> JoinError {
        let message = match payload.downcast_ref::<&'static str>() {
            Some(text) => (*text).to_owned(),
            None => match payload.downcast_ref::<String>() {
                Some(text) => text.clone(),
                None => "(a panic whose payload is no text)".to_owned(),
            },
        };
        JoinError(Kind::Panicked(Arc::new(Panic {
            message,
            payload: Mutex::new(Some(payload)),
            propagated: false.into(),
        })))
    }

    /// Tells whether the task was cancelled.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(std::future::pending::<()>());
    ///     task.cancel();
    ///     assert!(task.await.is_err_and(|error| error.is_cancelled()));
    /// });
    /// ```
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0, Kind::Cancelled(_))
    }

    /// Tells whether the task panicked.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(async { panic!("oh") });
    ///     assert!(task.await.is_err_and(|error: oneloop::JoinError| error.is_panic()));
    /// });
    /// ```
    pub fn is_panic(&self) -> bool {
        matches!(self.0, Kind::Panicked(_))
    }

    /// Returns the message that was given to [`cancel_with`](crate::Task::cancel_with), if the task
    /// was cancelled by it. See asyncio's `Task.cancel(msg=…)`.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(std::future::pending::<()>());
    ///     task.cancel_with("the user left");
    ///     assert_eq!(task.await.unwrap_err().message(), Some("the user left"));
    /// });
    /// ```
    pub fn message(&self) -> Option<&str> {
        match &self.0 {
            Kind::Cancelled(message) => message.as_deref(),
            Kind::Panicked(_) => None,
        }
    }

    /// The message, to be told again where the request goes on.
    pub(crate) fn shared_message(&self) -> Option<Arc<str>> {
        match &self.0 {
            Kind::Cancelled(message) => message.clone(),
            Kind::Panicked(_) => None,
        }
    }

    /// Takes the panic's payload, to be raised again by [`std::panic::resume_unwind`].
    ///
    /// # Errors
    /// Gives the error back if the task did not panic, or if the payload was taken before (from
    /// this value or from one of its clones).
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(async { panic!("oh") });
    ///     let error: oneloop::JoinError = task.await.unwrap_err();
    ///     let second = error.clone();
    ///     assert_eq!(*error.into_panic().unwrap().downcast::<&str>().unwrap(), "oh");
    ///     assert!(second.into_panic().is_err());
    /// });
    /// ```
    pub fn into_panic(mut self) -> Result<Payload, JoinError> {
        self.take_payload().ok_or(self)
    }

    pub(crate) fn take_payload(&mut self) -> Option<Payload> {
        match &self.0 {
            Kind::Cancelled(_) => None,
            Kind::Panicked(panic) => {
                let mut payload = panic.payload.lock().unwrap_or_else(PoisonError::into_inner);
                payload.take()
            }
        }
    }

    /// What the panic said.
    pub(crate) fn panic_message(&self) -> Option<&str> {
        match &self.0 {
            Kind::Cancelled(_) => None,
            Kind::Panicked(panic) => Some(&panic.message),
        }
    }

    /// Notes that the panic goes on elsewhere.
    pub(crate) fn mark_propagated(&self) {
        if let Kind::Panicked(panic) = &self.0 {
            panic
                .propagated
                .store(true, std::sync::atomic::Ordering::Relaxed);
        }
    }

    pub(crate) fn was_propagated(&self) -> bool {
        match &self.0 {
            Kind::Cancelled(_) => false,
            Kind::Panicked(panic) => panic.propagated.load(std::sync::atomic::Ordering::Relaxed),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Cancelled(None) => f.write_str("the task was cancelled"),
            Kind::Cancelled(Some(message)) => write!(f, "the task was cancelled: {message}"),
            Kind::Panicked(panic) => write!(f, "the task panicked: {}", panic.message),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Cancelled(None) => f.write_str("Cancelled"),
            Kind::Cancelled(Some(message)) => f.debug_tuple("Cancelled").field(message).finish(),
            Kind::Panicked(panic) => f.debug_tuple("Panicked").field(&panic.message).finish(),
        }
    }
}

impl Error for JoinError {}

/// So that `task.await?` works in functions that return an `io::Result`.
///
/// ```
/// fn main() -> std::io::Result<()> {
///     oneloop::run(async {
///         let number = oneloop::create_task(async { 1 }).await?;
///         assert_eq!(number, 1);
///         Ok(())
///     })
/// }
/// ```
impl From<JoinError> for io::Error {
    fn from(error: JoinError) -> io::Error {
        io::Error::other(error)
    }
}
