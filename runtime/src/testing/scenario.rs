//! [`Scenario`]: what [`cancel_at_every_await`](super::cancel_at_every_await) interrupts, and what
//! must hold after it. Next: `interrupted.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// A future of any type, in a box.
pub(super) type Boxed = Pin<Box<dyn Future<Output = ()>>>;

/// A future that is interrupted, what goes on beside it, and what must hold when all have ended.
///
/// Each part may own or share what it needs, mostly by an `Rc` that was made before. None of them may
/// wait for what an interrupted subject was to bring: `beside` and `after` run to their end however
/// the subject ended.
///
/// ```
/// use oneloop::sync::oneshot;
/// use oneloop::testing::{Scenario, cancel_at_every_await};
///
/// let every = cancel_at_every_await(async || {
///     let (sender, receiver) = oneshot::channel();
///     Scenario::new(async move { assert_eq!(receiver.await, Ok(1)) })
///         .beside(async move { drop(sender.send(1)) })
/// });
/// assert_eq!(every.suspensions, 1);
/// ```
#[must_use = "`cancel_at_every_await` runs it"]
pub struct Scenario {
    /// What is interrupted.
    pub(super) subject: Boxed,
    /// What runs as tasks of their own meanwhile.
    pub(super) beside: Vec<Boxed>,
    /// What is awaited when those have ended, and panics if something is missing.
    pub(super) after: Option<Boxed>,
    /// Whether the subject may go on after a request to end, through further suspensions.
    pub(super) survives: bool,
}

impl Scenario {
    /// A scenario in which `subject` is interrupted.
    ///
    /// ```
    /// use oneloop::testing::{Scenario, cancel_at_every_await};
    /// let every = cancel_at_every_await(async || Scenario::new(oneloop::yield_now()));
    /// assert_eq!(every.suspensions, 1);
    /// ```
    pub fn new(subject: impl Future<Output = ()> + 'static) -> Scenario {
        Scenario {
            subject: Box::pin(subject),
            beside: Vec::new(),
            after: None,
            survives: false,
        }
    }

    /// Adds a task that runs beside the subject, to bring what it waits for. It begins after the
    /// subject's first poll, and has to come to an end also if the subject is gone.
    ///
    /// ```
    /// use oneloop::sync::Event;
    /// use oneloop::testing::{Scenario, cancel_at_every_await};
    /// use std::rc::Rc;
    ///
    /// let every = cancel_at_every_await(async || {
    ///     let event = Rc::new(Event::new());
    ///     let sets = event.clone();
    ///     Scenario::new(async move { event.wait().await }).beside(async move { sets.set() })
    /// });
    /// assert_eq!(every.suspensions, 1);
    /// ```
    pub fn beside(mut self, other: impl Future<Output = ()> + 'static) -> Scenario {
        self.beside.push(Box::pin(other));
        self
    }

    /// Sets what is awaited when the subject and the others have ended: it looks whether everything is
    /// there, and panics if not.
    ///
    /// ```
    /// use oneloop::sync::Lock;
    /// use oneloop::testing::{Scenario, cancel_at_every_await};
    /// use std::rc::Rc;
    ///
    /// let every = cancel_at_every_await(async || {
    ///     let lock = Rc::new(Lock::new(1));
    ///     let (takes, looks) = (lock.clone(), lock.clone());
    ///     let held = lock.try_lock().unwrap();
    ///     held.forget();
    ///     Scenario::new(async move { drop(takes.lock().await) })
    ///         .beside(async move { lock.release().unwrap() })
    ///         .after(async move { assert_eq!(*looks.lock().await, 1) })
    /// });
    /// assert_eq!(every.suspensions, 1);
    /// ```
    pub fn after(mut self, check: impl Future<Output = ()> + 'static) -> Scenario {
        self.after = Some(Box::pin(check));
        self
    }

    /// Says that the subject may go on after it was cancelled, since it suppresses the request or
    /// masks itself. Else that is a failure: the request was lost.
    ///
    /// ```
    /// use oneloop::cancel::masked;
    /// use oneloop::testing::{Scenario, cancel_at_every_await};
    ///
    /// let every = cancel_at_every_await(async || {
    ///     Scenario::new(masked(async {
    ///         oneloop::yield_now().await;
    ///         oneloop::yield_now().await;
    ///     }))
    ///     .survives()
    /// });
    /// assert_eq!(every.suspensions, 2);
    /// ```
    pub fn survives(mut self) -> Scenario {
        self.survives = true;
        self
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario")
            .field("beside", &self.beside.len())
            .field("survives", &self.survives)
            .finish_non_exhaustive()
    }
}
