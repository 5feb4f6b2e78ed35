//! [`Event`]: a flag that many can wait for. asyncio's `Event`.
//!
//! Read next: `condition.rs`, where what is waited for is a value's state.

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;

use super::place::{Place, Standing};
use super::wait_queue::WaitQueue;
use crate::debug::Thing;

/// A flag that many can wait for: asyncio's `Event`.
///
/// ```
/// use oneloop::{gather, sync::Event};
///
/// oneloop::run(async {
///     let ready = Event::new();
///     gather((
///         async {
///             ready.wait().await;
///             assert!(ready.is_set());
///         },
///         async { ready.set() },
///     ))
///     .await;
/// });
/// ```
#[derive(Default)]
pub struct Event {
    is_set: Cell<bool>,
    /// To be served is to have seen the flag set.
    /// Invariant: nobody waits while it is.
    waiting: WaitQueue,
}

impl Event {
    /// Creates an event that is not set.
    ///
    /// ```
    /// assert!(!oneloop::sync::Event::new().is_set());
    /// ```
    pub const fn new() -> Event {
        Event {
            is_set: Cell::new(false),
            waiting: WaitQueue::new(),
        }
    }

    /// Sets the flag and wakes all who wait, in the order in which they came. They go on also if the
    /// flag is cleared before they run.
    ///
    /// ```
    /// let event = oneloop::sync::Event::new();
    /// event.set();
    /// assert!(event.is_set());
    /// ```
    pub fn set(&self) {
        self.is_set.set(true);
        for waker in self.waiting.serve_all() {
            waker.wake();
        }
    }

    /// Clears the flag: who comes now waits.
    ///
    /// ```
    /// let event = oneloop::sync::Event::new();
    /// event.set();
    /// event.clear();
    /// assert!(!event.is_set());
    /// ```
    pub fn clear(&self) {
        self.is_set.set(false);
    }

    /// Returns whether the flag is set.
    ///
    /// ```
    /// assert!(!oneloop::sync::Event::new().is_set());
    /// ```
    pub fn is_set(&self) -> bool {
        self.is_set.get()
    }

    /// Waits until the flag is set; if it is, this does not suspend.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost. A request to end wins against a `set` of the same moment.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let event = oneloop::sync::Event::new();
    ///     event.set();
    ///     event.wait().await;
    /// });
    /// ```
    pub async fn wait(&self) {
        let mut place = Place::new(&self.waiting, Thing::Event);
        poll_fn(|context| {
            let is_over = |standing| match standing {
                Standing::Served => true,
                Standing::Newcomer => self.is_set(),
                Standing::Waiting => false,
            };
            place.poll(context, |waker| waker, is_over).map(|_| ())
        })
        .await;
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("is_set", &self.is_set())
            .field("line", &self.waiting)
            .finish()
    }
}
