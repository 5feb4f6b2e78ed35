//! [`Semaphore`]: so many tasks at a time. asyncio's `Semaphore`.
//!
//! Read next: `bounded_semaphore.rs`, which counts what comes back.

use std::fmt;

use super::permits::{self, Permits};
use crate::debug::Thing;

/// Lets so many tasks in at a time: asyncio's `Semaphore`.
///
/// A permit that is given back goes to whoever has waited longest, also when the giver asks again at
/// once, and also when somebody tries in between.
///
/// ```
/// use std::{cell::Cell, time::Duration};
/// use oneloop::{gather, sleep, sync::Semaphore};
///
/// oneloop::run(async {
///     let (inside, peak) = (Cell::new(0), Cell::new(0));
///     let limit = Semaphore::new(2);
///     let job = async || {
///         let _permit = limit.acquire().await;
///         inside.set(inside.get() + 1);
///         peak.set(peak.get().max(inside.get()));
///         sleep(Duration::from_millis(1)).await;
///         inside.set(inside.get() - 1);
///     };
///     gather((0..6).map(|_| job())).await;
///     assert_eq!(peak.get(), 2);
/// });
/// ```
pub struct Semaphore {
    permits: Permits,
}

impl Semaphore {
    /// Creates a semaphore with so many permits. 0 is a number, too: see
    /// [`add_permits`](Semaphore::add_permits).
    ///
    /// ```
    /// assert!(oneloop::sync::Semaphore::new(0).locked());
    /// ```
    pub const fn new(permits: usize) -> Semaphore {
        Semaphore {
            permits: Permits::new(permits, Thing::Permit),
        }
    }

    /// Waits for a permit, in line. `async with semaphore:` is
    /// `let _permit = semaphore.acquire().await;`: the end of the block gives it back.
    ///
    /// # Cancel safety
    ///
    /// Who is cancelled leaves the line. A permit that was just handed to it goes to the next: a
    /// request to end wins against a permit that comes in the same moment.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let semaphore = oneloop::sync::Semaphore::new(1);
    ///     let permit = semaphore.acquire().await;
    ///     assert!(semaphore.locked());
    ///     drop(permit);
    ///     assert!(!semaphore.locked());
    /// });
    /// ```
    pub async fn acquire(&self) -> Permit<'_> {
        let permit = self.permits.acquire().await;
        Permit(permit.expect("a semaphore turns nobody away"))
    }

    /// Takes a permit if there is one that nobody waits for.
    ///
    /// ```
    /// let semaphore = oneloop::sync::Semaphore::new(1);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert!(semaphore.try_acquire().is_none());
    /// ```
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.permits.try_acquire().map(Permit)
    }

    /// Gives a permit back that was [forgotten](Permit::forget), or adds one: asyncio's `release`.
    ///
    /// ```
    /// let semaphore = oneloop::sync::Semaphore::new(1);
    /// semaphore.try_acquire().unwrap().forget();
    /// semaphore.release();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// ```
    pub fn release(&self) {
        self.permits.give();
    }

    /// Adds permits, which go to those who wait first.
    ///
    /// # Panics
    ///
    /// If there are more than `usize` can count.
    ///
    /// ```
    /// let semaphore = oneloop::sync::Semaphore::new(0);
    /// semaphore.add_permits(2);
    /// assert_eq!(semaphore.available_permits(), 2);
    /// ```
    pub fn add_permits(&self, count: usize) {
        self.permits.give_many(count);
    }

    /// Returns how many permits can be had without waiting.
    ///
    /// ```
    /// assert_eq!(oneloop::sync::Semaphore::new(3).available_permits(), 3);
    /// ```
    pub fn available_permits(&self) -> usize {
        self.permits.available()
    }

    /// Returns whether [`acquire`](Semaphore::acquire) would have to wait.
    ///
    /// ```
    /// assert!(!oneloop::sync::Semaphore::new(3).locked());
    /// ```
    pub fn locked(&self) -> bool {
        self.permits.available() == 0
    }
}

impl Default for Semaphore {
    /// One permit, as in asyncio.
    fn default() -> Semaphore {
        Semaphore::new(1)
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Semaphore").field(&self.permits).finish()
    }
}

/// A permit of a [`Semaphore`]. Dropping it gives it back.
///
/// ```
/// use oneloop::sync::{Semaphore, semaphore::Permit};
///
/// let semaphore = Semaphore::new(1);
/// let permit: Permit<'_> = semaphore.try_acquire().unwrap();
/// drop(permit);
/// assert!(semaphore.try_acquire().is_some());
/// ```
#[must_use = "dropping the permit gives it back at once"]
pub struct Permit<'a>(permits::Permit<'a>);

impl Permit<'_> {
    /// Keeps the permit out, until somebody calls [`Semaphore::release`].
    ///
    /// ```
    /// let semaphore = oneloop::sync::Semaphore::new(1);
    /// semaphore.try_acquire().unwrap().forget();
    /// assert!(semaphore.locked());
    /// ```
    pub fn forget(self) {
        self.0.forget();
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}
