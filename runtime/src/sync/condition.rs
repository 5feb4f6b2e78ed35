//! [`Condition`]: wait, with a lock given back meanwhile, until a value has changed. asyncio's
//! `Condition`.
//!
//! Read next: `semaphore.rs`.

use std::fmt;
use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use super::lock::{Lock, LockGuard};
use super::place::{Place, Standing};
use super::wait_queue::WaitQueue;
use crate::cancel::{Caught, catch_in, masked};
use crate::debug::Thing;
use crate::task::scope::Construct;

/// A value behind a lock, and a line of those who wait until it has changed: asyncio's `Condition`.
///
/// Waiting and notifying are methods of the guard, since both need the lock (asyncio checks that at
/// run time). Several conditions can share a lock: [`with_lock`](Condition::with_lock).
///
/// ```
/// use oneloop::{gather, sync::Condition};
///
/// oneloop::run(async {
///     let basket = Condition::new(Vec::new());
///     let eat = async {
///         let mut basket = basket.lock().await;
///         basket.wait_for(|basket| basket.len() >= 2).await;
///         basket.pop()
///     };
///     let pick = async {
///         for fruit in ["apple", "pear"] {
///             let mut basket = basket.lock().await;
///             basket.push(fruit);
///             basket.notify(1);
///         }
///     };
///     assert_eq!(gather((eat, pick)).await.0, Some("pear"));
/// });
/// ```
pub struct Condition<T = ()> {
    lock: Rc<Lock<T>>,
    /// To be served is to be notified.
    waiting: WaitQueue,
}

impl<T> Condition<T> {
    /// Creates a condition with a lock of its own.
    ///
    /// ```
    /// assert!(!oneloop::sync::Condition::new(1).locked());
    /// ```
    pub fn new(value: T) -> Condition<T> {
        Condition::with_lock(Rc::new(Lock::new(value)))
    }

    /// Creates a condition for a value whose lock is there already, as asyncio's `Condition(lock)`.
    ///
    /// ```
    /// use std::rc::Rc;
    /// use oneloop::sync::{Condition, Lock};
    ///
    /// let buffer = Rc::new(Lock::new(vec![1]));
    /// let not_empty = Condition::with_lock(buffer.clone());
    /// let not_full = Condition::with_lock(buffer);
    /// let guard = not_empty.try_lock();
    /// assert!(not_full.locked());
    /// ```
    pub fn with_lock(lock: Rc<Lock<T>>) -> Condition<T> {
        Condition {
            lock,
            waiting: WaitQueue::new(),
        }
    }

    /// Waits for the lock: `async with condition:`.
    ///
    /// # Cancel safety
    ///
    /// As [`Lock::lock`].
    ///
    /// ```
    /// oneloop::run(async {
    ///     let condition = oneloop::sync::Condition::new(1);
    ///     assert_eq!(*condition.lock().await, 1);
    /// });
    /// ```
    pub async fn lock(&self) -> ConditionGuard<'_, T> {
        self.guard(self.lock.lock().await)
    }

    /// Takes the lock if nobody holds it or waits for it.
    ///
    /// ```
    /// assert!(oneloop::sync::Condition::new(1).try_lock().is_some());
    /// ```
    pub fn try_lock(&self) -> Option<ConditionGuard<'_, T>> {
        Some(self.guard(self.lock.try_lock()?))
    }

    /// Returns whether somebody holds the lock.
    ///
    /// ```
    /// let condition = oneloop::sync::Condition::new(1);
    /// let guard = condition.try_lock();
    /// assert!(condition.locked());
    /// ```
    pub fn locked(&self) -> bool {
        self.lock.locked()
    }

    fn guard<'a>(&'a self, held: LockGuard<'a, T>) -> ConditionGuard<'a, T> {
        ConditionGuard {
            condition: self,
            held: Some(held),
        }
    }

    /// Notifies who has waited longest; `false` if nobody waits.
    fn notify_one(&self) -> bool {
        let first = self.waiting.serve();
        let was_there = first.is_some();
        if let Some(waker) = first {
            waker.wake();
        }
        was_there
    }
}

/// The lock of a [`Condition`], held: what can be done with a value, and waiting until it changed.
///
/// ```
/// use oneloop::sync::{Condition, condition::ConditionGuard};
///
/// let condition = Condition::new(1);
/// let mut guard: ConditionGuard<'_, i32> = condition.try_lock().unwrap();
/// *guard += 1;
/// guard.notify_all();
/// ```
#[must_use = "dropping the guard gives the lock back at once"]
pub struct ConditionGuard<'a, T> {
    condition: &'a Condition<T>,
    /// Empty while it waits.
    held: Option<LockGuard<'a, T>>,
}

const LOST: &str = "this guard's `wait` was dropped while the lock was given back: let `timeout`, \
                    `race` or `until` end it, which wait until the lock is there again";

impl<T> ConditionGuard<'_, T> {
    /// Gives the lock back, waits to be notified, and takes the lock again.
    ///
    /// It may be that the value is not (or no more) what was waited for: see
    /// [`wait_for`](ConditionGuard::wait_for).
    ///
    /// # Cancel safety
    ///
    /// A cancellation, or the end of a `timeout` around it, takes the lock again before it goes on,
    /// so that the block around still holds it, as in asyncio. A notification that comes in the same
    /// moment goes to the next in line; one that was received already stands, and the request goes
    /// on at the next await. Foreign code that just drops the future (another library's `select!`)
    /// leaves the guard without its lock, and using it then panics.
    ///
    /// ```
    /// use oneloop::{gather, sync::Condition};
    ///
    /// oneloop::run(async {
    ///     let condition = Condition::new(false);
    ///     let wait = async {
    ///         let mut done = condition.lock().await;
    ///         while !*done {
    ///             done.wait().await;
    ///         }
    ///     };
    ///     let notify = async {
    ///         let mut done = condition.lock().await;
    ///         *done = true;
    ///         done.notify_all();
    ///     };
    ///     gather((wait, notify)).await;
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If the guard lost its lock as told above.
    pub async fn wait(&mut self) {
        assert!(self.held.is_some(), "{LOST}");
        let held = &mut self.held;
        let mut notification = Notification {
            condition: self.condition,
            place: Place::new(&self.condition.waiting, Thing::Condition),
        };
        let notified = catch_in(
            Construct::Condition,
            poll_fn(|context| {
                let is_over = |standing| standing == Standing::Served;
                let polled = notification.place.poll(context, |waker| waker, is_over);
                // After joining the line: giving the lock back may run a waker that notifies at once.
                drop(held.take());
                polled.map(|_| ())
            }),
        )
        .await;
        // Who was cancelled leaves the line at once; a notification it had goes to the next.
        let notification = notified.is_ok().then_some(notification);
        if self.held.is_none() {
            self.held = Some(masked(self.condition.lock.lock()).await);
        }
        if let Some(mut received) = notification {
            received.place.forget();
        }
        notified.or_resume().await;
    }

    /// Waits until `predicate` holds for the value, which it looks at now and after each
    /// notification, under the lock. Gives what it gave: asyncio's `wait_for`.
    ///
    /// The predicate answers with a `bool`, or with an `Option` whose content is handed on.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](ConditionGuard::wait).
    ///
    /// ```
    /// oneloop::run(async {
    ///     let condition = oneloop::sync::Condition::new(vec![1, 2]);
    ///     let mut guard = condition.lock().await;
    ///     guard.wait_for(|items| !items.is_empty()).await;
    ///     assert_eq!(guard.wait_for(|items| items.pop()).await, 2);
    /// });
    /// ```
    pub async fn wait_for<P: Predicate>(
        &mut self,
        mut predicate: impl FnMut(&mut T) -> P,
    ) -> P::Value {
        loop {
            if let Some(value) = predicate(self).value() {
                return value;
            }
            self.wait().await;
        }
    }

    /// Wakes the `count` waiters that have waited longest; they go on one by one, once they get the
    /// lock.
    ///
    /// ```
    /// let condition = oneloop::sync::Condition::new(());
    /// condition.try_lock().unwrap().notify(1); // Nobody waits: nothing happens.
    /// ```
    pub fn notify(&self, count: usize) {
        for _ in 0..count {
            if !self.condition.notify_one() {
                break;
            }
        }
    }

    /// Wakes all who wait.
    ///
    /// ```
    /// let condition = oneloop::sync::Condition::new(());
    /// condition.try_lock().unwrap().notify_all();
    /// ```
    pub fn notify_all(&self) {
        for waker in self.condition.waiting.serve_all() {
            waker.wake();
        }
    }
}

/// A waiter's turn to be notified. A notification that nobody received goes to the next.
struct Notification<'a, T> {
    condition: &'a Condition<T>,
    place: Place<'a>,
}

impl<T> Drop for Notification<'_, T> {
    fn drop(&mut self) {
        if self.place.standing() == Standing::Served {
            self.condition.notify_one();
        }
    }
}

/// What a predicate may answer: `bool`, or `Option` where there is more to say than yes.
///
/// ```
/// use oneloop::sync::condition::Predicate;
///
/// assert_eq!(true.value(), Some(()));
/// assert_eq!(Some("enough").value(), Some("enough"));
/// ```
pub trait Predicate {
    /// What there is to say if it holds.
    type Value;

    /// The value if it holds.
    fn value(self) -> Option<Self::Value>;
}

impl Predicate for bool {
    type Value = ();

    fn value(self) -> Option<()> {
        self.then_some(())
    }
}

impl<V> Predicate for Option<V> {
    type Value = V;

    fn value(self) -> Option<V> {
        self
    }
}

impl<T> Deref for ConditionGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.held.as_deref().expect(LOST)
    }
}

impl<T> DerefMut for ConditionGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_deref_mut().expect(LOST)
    }
}

impl<T: Default> Default for Condition<T> {
    fn default() -> Condition<T> {
        Condition::new(T::default())
    }
}

impl<T> fmt::Debug for Condition<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition")
            .field("locked", &self.locked())
            .field("line", &self.waiting)
            .finish()
    }
}

impl<T> fmt::Debug for ConditionGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConditionGuard")
            .field("holds", &self.held.is_some())
            .finish()
    }
}
