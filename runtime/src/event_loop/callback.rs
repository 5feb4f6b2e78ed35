//! Plain functions on the loop: `call_soon`, `call_later`, `call_at`, and their handles.

use super::Core;
use crate::context::expect_core;
use crate::task::raw::TaskRef;
use crate::time::{TimerKey, deadline_after};
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Calls `callback` once, in its turn behind all that is ready now: asyncio's `call_soon`.
///
/// # Panics
/// When no loop is running on this thread. A panic of `callback` itself is reported on standard
/// error, or handled as the [`PanicPolicy`](crate::PanicPolicy) says.
///
/// ```
/// use std::{cell::Cell, rc::Rc};
/// oneloop::run(async {
///     let called = Rc::new(Cell::new(false));
///     let set = called.clone();
///     oneloop::call_soon(move || set.set(true));
///     assert!(!called.get(), "not now, but soon");
///     oneloop::yield_now().await;
///     assert!(called.get());
/// });
/// ```
#[track_caller]
pub fn call_soon(callback: impl FnOnce() + 'static) -> CallbackHandle {
    let place = Location::caller();
    expect_core("call_soon", |core| core.call_soon(callback, place))
}

/// Calls `callback` once, `delay` from now or a little later: asyncio's `call_later`.
///
/// Equal deadlines are called in the order of these calls (asyncio promises none).
///
/// # Panics
/// As [`call_soon`].
///
/// ```
/// use std::{cell::Cell, rc::Rc, time::Duration};
/// oneloop::run(async {
///     let called = Rc::new(Cell::new(0));
///     let count = called.clone();
///     oneloop::call_later(Duration::from_millis(1), move || count.set(1));
///     let never = called.clone();
///     oneloop::call_later(Duration::from_millis(1), move || never.set(2)).cancel();
///     oneloop::sleep(Duration::from_millis(5)).await;
///     assert_eq!(called.get(), 1);
/// });
/// ```
#[track_caller]
pub fn call_later(delay: Duration, callback: impl FnOnce() + 'static) -> TimerHandle {
    let place = Location::caller();
    expect_core("call_later", |core| core.call_later(delay, callback, place))
}

/// Calls `callback` once, at `when` or a little later: asyncio's `call_at`.
///
/// `when` is a time of the loop's clock: see [`now`](crate::now). One that is past is called in the
/// next turn, and among several the earliest first, as in asyncio; only beyond a week before the loop
/// (or the machine's own beginning, where its clock knows nothing earlier) they count as equal.
///
/// # Panics
/// As [`call_soon`].
///
/// ```
/// use std::time::Duration;
/// oneloop::run(async {
///     let when = oneloop::now() + Duration::from_millis(1);
///     let timer = oneloop::call_at(when, || println!("now"));
///     assert_eq!(timer.when(), when);
///     oneloop::sleep_until(when).await;
/// });
/// ```
#[track_caller]
pub fn call_at(when: Instant, callback: impl FnOnce() + 'static) -> TimerHandle {
    let place = Location::caller();
    expect_core("call_at", |core| core.call_at(when, callback, place))
}

impl Core {
    pub(super) fn call_soon(
        &self,
        callback: impl FnOnce() + 'static,
        place: &'static Location<'static>,
    ) -> CallbackHandle {
        CallbackHandle {
            task: self.callback(callback, true, place),
        }
    }

    pub(super) fn call_later(
        self: &Rc<Core>,
        delay: Duration,
        callback: impl FnOnce() + 'static,
        place: &'static Location<'static>,
    ) -> TimerHandle {
        self.call_at_ns(deadline_after(self.now(), delay), callback, place)
    }

    pub(super) fn call_at(
        self: &Rc<Core>,
        when: Instant,
        callback: impl FnOnce() + 'static,
        place: &'static Location<'static>,
    ) -> TimerHandle {
        self.call_at_ns(self.clock.instant_to_ns(when), callback, place)
    }

    fn call_at_ns(
        self: &Rc<Core>,
        deadline: u64,
        callback: impl FnOnce() + 'static,
        place: &'static Location<'static>,
    ) -> TimerHandle {
        let task = self.callback(callback, false, place);
        self.note_made();
        let key = self.add_timer(deadline, task.waker());
        TimerHandle {
            core: self.clone(),
            task,
            key,
            deadline,
        }
    }
}

/// A callback that waits for its turn: asyncio's `Handle`. Dropping it changes nothing.
///
/// ```
/// oneloop::run(async {
///     let callback: oneloop::CallbackHandle = oneloop::call_soon(|| unreachable!());
///     callback.cancel();
///     oneloop::yield_now().await;
/// });
/// ```
pub struct CallbackHandle {
    task: TaskRef,
}

impl CallbackHandle {
    pub(super) fn new(task: TaskRef) -> CallbackHandle {
        CallbackHandle { task }
    }

    /// Prevents the call; does nothing once it was made.
    ///
    /// ```
    /// oneloop::run(async {
    ///     oneloop::call_soon(|| unreachable!()).cancel();
    ///     oneloop::yield_now().await;
    /// });
    /// ```
    pub fn cancel(&self) {
        self.task.cancel();
    }

    /// Tells whether the call was prevented: asyncio's `Handle.cancelled`. It is one that was cancelled
    /// before it was made (in asyncio also one that is cancelled later, which does nothing), or whose loop
    /// is gone.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let (kept, cancelled) = (oneloop::call_soon(|| ()), oneloop::call_soon(|| unreachable!()));
    ///     cancelled.cancel();
    ///     oneloop::yield_now().await;
    ///     assert_eq!((kept.cancelled(), cancelled.cancelled()), (false, true));
    /// });
    /// ```
    pub fn cancelled(&self) -> bool {
        is_prevented(&self.task)
    }
}

impl fmt::Debug for CallbackHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.task.place();
        f.debug_struct("CallbackHandle")
            .field("state", &format_args!("{}", state_of(&self.task)))
            .field("made_at", &format_args!("{place}"))
            .finish()
    }
}

/// What a handle's `Debug` says of its callback.
fn state_of(task: &TaskRef) -> &'static str {
    match (is_prevented(task), task.is_done()) {
        (true, _) => "cancelled",
        (false, true) => "called",
        (false, false) => "waiting",
    }
}

/// Whether a callback was cancelled before it was called, or with its loop.
fn is_prevented(task: &TaskRef) -> bool {
    match task.is_done() {
        true => task.is_cancelled(),
        false => task.cancelling() > 0,
    }
}

/// A callback that waits for its time: asyncio's `TimerHandle`. Dropping it changes nothing.
///
/// ```
/// use std::time::Duration;
/// oneloop::run(async {
///     let timer: oneloop::TimerHandle =
///         oneloop::call_later(Duration::from_secs(1), || unreachable!());
///     timer.cancel();
/// });
/// ```
pub struct TimerHandle {
    core: Rc<Core>,
    task: TaskRef,
    key: TimerKey,
    deadline: u64,
}

impl TimerHandle {
    /// Prevents the call, and drops the callback in its turn; does nothing once it was made.
    ///
    /// ```
    /// use std::time::Duration;
    /// oneloop::run(async {
    ///     oneloop::call_later(Duration::ZERO, || unreachable!()).cancel();
    ///     oneloop::sleep(Duration::from_millis(1)).await;
    /// });
    /// ```
    pub fn cancel(&self) {
        self.core.remove_timer(self.key);
        self.task.cancel();
    }

    /// Tells whether the call was prevented, as [`CallbackHandle::cancelled`] does.
    ///
    /// ```
    /// use std::time::Duration;
    /// oneloop::run(async {
    ///     let timer = oneloop::call_later(Duration::from_secs(60), || unreachable!());
    ///     assert!(!timer.cancelled());
    ///     timer.cancel();
    ///     assert!(timer.cancelled());
    /// });
    /// ```
    pub fn cancelled(&self) -> bool {
        is_prevented(&self.task)
    }

    /// Returns the time at which the call is due: asyncio's `TimerHandle.when`.
    ///
    /// ```
    /// use std::time::Duration;
    /// oneloop::run(async {
    ///     let timer = oneloop::call_later(Duration::from_secs(60), || ());
    ///     assert!(timer.when() >= oneloop::now() + Duration::from_secs(59));
    ///     timer.cancel();
    /// });
    /// ```
    pub fn when(&self) -> Instant {
        self.core.clock.ns_to_instant(self.deadline)
    }
}

impl fmt::Debug for TimerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let due = Duration::from_nanos(self.deadline.saturating_sub(self.core.now()));
        f.debug_struct("TimerHandle")
            .field("state", &format_args!("{}", state_of(&self.task)))
            .field("due_in", &due)
            .field("made_at", &format_args!("{}", self.task.place()))
            .finish()
    }
}
