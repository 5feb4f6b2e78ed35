//! [`Lock`]: one task at a time, in the order in which they came. asyncio's `Lock`.
//!
//! On one thread a lock is needed only where something must stay as it is *across an await*.
//!
//! Who uses it: `condition.rs`. Read next: `rw_lock.rs`, where several may read.

use std::cell::{Cell, RefCell, RefMut};
use std::error::Error;
use std::fmt;
use std::ops::{Deref, DerefMut};

use super::permits::{Permit, Permits};
use crate::debug::Thing;

/// Guards a value that one task at a time may use, across awaits: asyncio's `Lock`.
///
/// The lock goes to whoever has waited longest: also when the one who gave it back asks for it again
/// at once, and also when somebody tries in between. Where asyncio's says `locked() == False` between
/// a release and the next holder's step, this one is locked: it belongs to that holder already.
///
/// It is not reentrant: a task that awaits a lock which it holds waits for ever, as in asyncio.
/// `Lock::new(())` guards no value. A holder that panics gives the lock back; what it did to the value
/// stays done.
///
/// ```
/// use oneloop::{gather, sync::Lock, yield_now};
///
/// oneloop::run(async {
///     let balance = Lock::new(100);
///     let withdraw = async |amount| {
///         let mut balance = balance.lock().await;
///         let before = *balance;
///         yield_now().await; // Nobody comes in between.
///         *balance = before - amount;
///     };
///     gather((withdraw(30), withdraw(50))).await;
///     assert_eq!(*balance.lock().await, 20);
/// });
/// ```
pub struct Lock<T = ()> {
    /// One permit: whoever has it may borrow the value.
    permits: Permits,
    /// Whether a guard was forgotten, so that the permit comes back by `release`.
    left_locked: Cell<bool>,
    value: RefCell<T>,
}

impl<T> Lock<T> {
    /// Creates a lock that nobody holds.
    ///
    /// ```
    /// assert!(!oneloop::sync::Lock::new(1).locked());
    /// ```
    pub const fn new(value: T) -> Lock<T> {
        Lock {
            permits: Permits::new(1, Thing::Lock),
            left_locked: Cell::new(false),
            value: RefCell::new(value),
        }
    }

    /// Waits for the lock, in line. `async with lock:` is `let guard = lock.lock().await;`, and the
    /// end of the block (or `drop(guard)`) gives it back.
    ///
    /// # Cancel safety
    ///
    /// Who is cancelled leaves the line. A lock that was just handed to it goes to the next: a
    /// request to end wins against a lock that comes in the same moment.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let names = oneloop::sync::Lock::new(vec!["Ada"]);
    ///     names.lock().await.push("Grace");
    ///     assert_eq!(names.lock().await.len(), 2);
    /// });
    /// ```
    pub async fn lock(&self) -> LockGuard<'_, T> {
        let permit = self.permits.acquire().await;
        self.guard(permit.expect("a lock turns nobody away"))
    }

    /// Takes the lock if nobody holds it or waits for it.
    ///
    /// ```
    /// let lock = oneloop::sync::Lock::new(1);
    /// let guard = lock.try_lock().expect("nobody has it");
    /// assert!(lock.try_lock().is_none());
    /// drop(guard);
    /// assert!(lock.try_lock().is_some());
    /// ```
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let permit = self.permits.try_acquire()?;
        Some(self.guard(permit))
    }

    /// Returns whether somebody holds the lock, or was handed it.
    ///
    /// ```
    /// let lock = oneloop::sync::Lock::new(());
    /// let guard = lock.try_lock();
    /// assert!(lock.locked());
    /// ```
    pub fn locked(&self) -> bool {
        self.permits.available() == 0
    }

    /// Gives back a lock whose guard was [forgotten](LockGuard::forget): asyncio's `release` for
    /// where one function locks and another unlocks.
    ///
    /// # Errors
    ///
    /// [`NotLocked`] if nobody holds it (asyncio's `RuntimeError`), or if a guard does, which gives
    /// it back itself.
    ///
    /// ```
    /// use oneloop::sync::{Lock, NotLocked};
    ///
    /// let lock = Lock::new(());
    /// lock.try_lock().unwrap().forget();
    /// assert_eq!(lock.release(), Ok(()));
    /// assert_eq!(lock.release(), Err(NotLocked));
    /// ```
    pub fn release(&self) -> Result<(), NotLocked> {
        if !self.left_locked.take() {
            return Err(NotLocked);
        }
        self.permits.give();
        Ok(())
    }

    /// Returns the value; that the lock is owned says that nobody uses it.
    ///
    /// ```
    /// assert_eq!(oneloop::sync::Lock::new(1).into_inner(), 1);
    /// ```
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }

    /// Returns the value, without locking: that it is borrowed says that nobody else uses it.
    ///
    /// ```
    /// let mut lock = oneloop::sync::Lock::new(1);
    /// *lock.get_mut() += 1;
    /// assert_eq!(lock.into_inner(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    fn guard<'a>(&'a self, permit: Permit<'a>) -> LockGuard<'a, T> {
        LockGuard {
            value: self.value.borrow_mut(),
            permit,
            left_locked: &self.left_locked,
        }
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Lock<T> {
        Lock::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Lock");
        debug.field("locked", &self.locked());
        // With a permit: what formats the value may look at the lock, and finds it locked.
        match self.permits.try_acquire() {
            Some(_permit) => debug.field("value", &self.value.borrow()),
            None => debug.field("value", &format_args!("in use")),
        };
        debug.field("line", &self.permits).finish()
    }
}

/// The right to use the value of a [`Lock`]. Dropping it gives the lock back.
///
/// ```
/// use oneloop::sync::{Lock, LockGuard};
///
/// fn add_one(mut number: LockGuard<'_, u32>) {
///     *number += 1;
/// }
/// let lock = Lock::new(1);
/// add_one(lock.try_lock().unwrap());
/// assert_eq!(lock.into_inner(), 2);
/// ```
#[must_use = "dropping the guard gives the lock back at once"]
pub struct LockGuard<'a, T> {
    // Dropped in this order: the value is free when the next holder is woken.
    value: RefMut<'a, T>,
    permit: Permit<'a>,
    left_locked: &'a Cell<bool>,
}

impl<T> LockGuard<'_, T> {
    /// Leaves the lock locked, until somebody calls [`Lock::release`].
    ///
    /// ```
    /// let lock = oneloop::sync::Lock::new(());
    /// lock.try_lock().unwrap().forget();
    /// assert!(lock.locked());
    /// lock.release().unwrap();
    /// assert!(!lock.locked());
    /// ```
    pub fn forget(self) {
        self.left_locked.set(true);
        self.permit.forget();
    }
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LockGuard").field(&**self).finish()
    }
}

/// Nobody has left the lock locked: asyncio's `RuntimeError` for the release of an unlocked lock.
///
/// ```
/// let text = oneloop::sync::NotLocked.to_string();
/// assert!(text.starts_with("the lock is not held, or by a guard that will give it back"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotLocked;

impl fmt::Display for NotLocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the lock is not held, or by a guard that will give it back: drop the guard; `release` is \
             for one that was forgotten",
        )
    }
}

impl Error for NotLocked {}
