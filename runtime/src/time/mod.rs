//! Time: which timers exist, which of them are due, and what time it is.
//!
//! [`sleep`] and [`interval`] are what tasks await. Below them, and knowing of no loop and no task:
//! `clock` (one page: nanoseconds since the loop began), then `wheel`, the structure that every
//! timer of a loop lies in. They are told the time or tell it.

mod sleep;
mod interval;
mod timeout;
mod reschedule;
mod clock;
mod wheel;

pub(crate) use clock::{Clock, NEVER, deadline_after};
pub use interval::{Interval, interval};
pub use reschedule::{Timeout, TimeoutOver};
pub(crate) use sleep::sleep_in;
pub use sleep::{Sleep, sleep, sleep_until};
pub use timeout::{Elapsed, TimeoutFuture, timeout, timeout_at, wait_for};
pub(crate) use wheel::{TimerKey, TimerWheel};
