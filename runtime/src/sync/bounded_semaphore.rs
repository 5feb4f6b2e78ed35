//! [`BoundedSemaphore`]: a semaphore that never has more permits than at first. asyncio's
//! `BoundedSemaphore`.
//!
//! Read next: `barrier.rs`.

use std::cell::Cell;
use std::error::Error;
use std::fmt;

use super::permits::{self, Permits};
use crate::debug::Thing;

/// A [`Semaphore`](super::Semaphore) that takes back no more permits than it gave out: asyncio's
/// `BoundedSemaphore`.
///
/// It finds the mistake of releasing twice. A permit that is dropped cannot make that mistake, so
/// [`release`](BoundedSemaphore::release) is for those that were forgotten.
///
/// ```
/// use oneloop::sync::{BoundedSemaphore, TooManyPermits};
///
/// oneloop::run(async {
///     let semaphore = BoundedSemaphore::new(1);
///     semaphore.acquire().await.forget();
///     assert_eq!(semaphore.release(), Ok(()));
///     assert_eq!(semaphore.release(), Err(TooManyPermits));
/// });
/// ```
pub struct BoundedSemaphore {
    permits: Permits,
    /// How many permits are out with nobody who will drop them.
    forgotten: Cell<usize>,
}

impl BoundedSemaphore {
    /// Creates a semaphore with so many permits.
    ///
    /// ```
    /// assert_eq!(oneloop::sync::BoundedSemaphore::new(2).available_permits(), 2);
    /// ```
    pub const fn new(permits: usize) -> BoundedSemaphore {
        BoundedSemaphore {
            permits: Permits::new(permits, Thing::Permit),
            forgotten: Cell::new(0),
        }
    }

    /// Waits for a permit, in line; dropping it gives it back.
    ///
    /// # Cancel safety
    ///
    /// As [`Semaphore::acquire`](super::Semaphore::acquire).
    ///
    /// ```
    /// oneloop::run(async {
    ///     let semaphore = oneloop::sync::BoundedSemaphore::new(1);
    ///     let permit = semaphore.acquire().await;
    ///     assert!(semaphore.locked());
    /// });
    /// ```
    pub async fn acquire(&self) -> BoundedPermit<'_> {
        let permit = self.permits.acquire().await;
        self.permit(permit.expect("a semaphore turns nobody away"))
    }

    /// Takes a permit if there is one that nobody waits for.
    ///
    /// ```
    /// let semaphore = oneloop::sync::BoundedSemaphore::new(1);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert!(semaphore.try_acquire().is_none());
    /// ```
    pub fn try_acquire(&self) -> Option<BoundedPermit<'_>> {
        let permit = self.permits.try_acquire()?;
        Some(self.permit(permit))
    }

    /// Gives a permit back that was [forgotten](BoundedPermit::forget).
    ///
    /// # Errors
    ///
    /// [`TooManyPermits`] if none was: asyncio's `ValueError`. One whose guard still lives counts as
    /// not forgotten, since the guard will give it back.
    ///
    /// ```
    /// let semaphore = oneloop::sync::BoundedSemaphore::new(1);
    /// assert!(semaphore.release().is_err());
    /// ```
    pub fn release(&self) -> Result<(), TooManyPermits> {
        let left = self.forgotten.get().checked_sub(1).ok_or(TooManyPermits)?;
        self.forgotten.set(left);
        self.permits.give();
        Ok(())
    }

    /// Returns how many permits can be had without waiting.
    ///
    /// ```
    /// assert_eq!(oneloop::sync::BoundedSemaphore::new(3).available_permits(), 3);
    /// ```
    pub fn available_permits(&self) -> usize {
        self.permits.available()
    }

    /// Returns whether [`acquire`](BoundedSemaphore::acquire) would have to wait.
    ///
    /// ```
    /// assert!(!oneloop::sync::BoundedSemaphore::new(3).locked());
    /// ```
    pub fn locked(&self) -> bool {
        self.permits.available() == 0
    }

    fn permit<'a>(&'a self, permit: permits::Permit<'a>) -> BoundedPermit<'a> {
        BoundedPermit {
            permit,
            forgotten: &self.forgotten,
        }
    }
}

impl Default for BoundedSemaphore {
    /// One permit, as in asyncio.
    fn default() -> BoundedSemaphore {
        BoundedSemaphore::new(1)
    }
}

impl fmt::Debug for BoundedSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedSemaphore")
            .field("permits", &self.permits)
            .field("forgotten", &self.forgotten.get())
            .finish()
    }
}

/// A permit of a [`BoundedSemaphore`]. Dropping it gives it back.
///
/// ```
/// use oneloop::sync::{BoundedSemaphore, bounded_semaphore::BoundedPermit};
///
/// let semaphore = BoundedSemaphore::new(1);
/// let permit: BoundedPermit<'_> = semaphore.try_acquire().unwrap();
/// drop(permit);
/// assert!(!semaphore.locked());
/// ```
#[must_use = "dropping the permit gives it back at once"]
pub struct BoundedPermit<'a> {
    permit: permits::Permit<'a>,
    forgotten: &'a Cell<usize>,
}

impl BoundedPermit<'_> {
    /// Keeps the permit out, until somebody calls [`BoundedSemaphore::release`].
    ///
    /// ```
    /// let semaphore = oneloop::sync::BoundedSemaphore::new(1);
    /// semaphore.try_acquire().unwrap().forget();
    /// assert!(semaphore.locked());
    /// ```
    pub fn forget(self) {
        self.forgotten.set(self.forgotten.get() + 1);
        self.permit.forget();
    }
}

impl fmt::Debug for BoundedPermit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoundedPermit")
    }
}

/// More permits were released than taken: asyncio's `ValueError`.
///
/// ```
/// let text = oneloop::sync::TooManyPermits.to_string();
/// assert!(text.starts_with("more permits were released than taken"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyPermits;

impl fmt::Display for TooManyPermits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "more permits were released than taken: a permit goes back when it is dropped; `release` is \
             for one that was forgotten",
        )
    }
}

impl Error for TooManyPermits {}
