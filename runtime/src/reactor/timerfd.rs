//! The kernel's timer as an event of the poll, where the system has one (Linux).
//!
//! Discussion: `epoll_wait` counts in whole milliseconds, so a poll's own timeout ends up to a
//! millisecond late. A timerfd fires about 50 µs after its time, and being registered with the epoll
//! it also tells a host that polls the loop's one descriptor. Setting it costs 0.5 to 1.9 µs, a look
//! at the kernel 0.14 µs. So it is set for a deadline earlier than the armed one only, and never
//! moved later: a timer that was cancelled costs one wake too many, which is the cheaper of the two.
//!
//! Elsewhere, and under Miri, which has no timerfd, [`Timerfd::new`] gives `None`.

#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) use linux::Timerfd;
#[cfg(not(all(target_os = "linux", not(miri))))]
pub(crate) use nothing::Timerfd;

#[cfg(all(target_os = "linux", not(miri)))]
mod linux {
    use mio::{Interest, Registry, Token, unix::SourceFd};
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use std::cell::Cell;
    use std::os::fd::{AsRawFd, OwnedFd};

    /// One timer that is never armed later than it is.
    pub(crate) struct Timerfd {
        /// Never read: it is registered edge-triggered, and each expiry is a new edge.
        descriptor: OwnedFd,
        /// The deadline that the kernel has, in the caller's nanoseconds. `None` once it fired.
        armed: Cell<Option<u64>>,
    }

    impl Timerfd {
        /// Makes a timer and registers it, or gives `None` if the kernel refuses either.
        ///
        /// No error: a loop without it keeps time by the timeout of its poll.
        pub(crate) fn new(registry: &Registry, token: Token) -> Option<Timerfd> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let descriptor = timerfd_create(TimerfdClockId::Monotonic, flags).ok()?;
            registry
                .register(
                    &mut SourceFd(&descriptor.as_raw_fd()),
                    token,
                    Interest::READABLE,
                )
                .ok()?;
            Some(Timerfd {
                descriptor,
                armed: Cell::new(None),
            })
        }

        /// Arms the timer for `deadline_ns`, unless it fires earlier anyway.
        ///
        /// Returns `false` if the kernel refused, and the caller has to wait in another way.
        pub(crate) fn arm(&self, deadline_ns: u64, now_ns: u64) -> bool {
            if let Some(armed) = self.armed.get()
                && now_ns < armed
                && armed <= deadline_ns
            {
                return true;
            }
            // A time of zero would disarm the timer.
            let left = deadline_ns.saturating_sub(now_ns).max(1);
            let when = Itimerspec {
                it_interval: timespec(0),
                it_value: timespec(left),
            };
            let set = timerfd_settime(&self.descriptor, TimerfdTimerFlags::empty(), &when).is_ok();
            self.armed.set(set.then_some(deadline_ns));
            set
        }

        /// Notes that the timer fired. It is armed for nothing then.
        pub(crate) fn fired(&self) {
            self.armed.set(None);
        }

        /// Returns the nanoseconds until the kernel fires the timer, 0 if it is not armed.
        #[cfg(test)]
        pub(crate) fn left(&self) -> u64 {
            let value = rustix::time::timerfd_gettime(&self.descriptor)
                .unwrap()
                .it_value;
            value.tv_sec as u64 * 1_000_000_000 + value.tv_nsec as u64
        }
    }

    /// Splits nanoseconds into what the kernel takes.
    fn timespec(ns: u64) -> Timespec {
        Timespec {
            tv_sec: (ns / 1_000_000_000) as _,
            tv_nsec: (ns % 1_000_000_000) as _,
        }
    }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
mod nothing {
    use mio::{Registry, Token};

    /// A timer that does not exist on this system: no value of it can be made.
    pub(crate) enum Timerfd {}

    impl Timerfd {
        /// Says that there is none.
        pub(crate) fn new(_registry: &Registry, _token: Token) -> Option<Timerfd> {
            None
        }

        /// Is never called.
        pub(crate) fn arm(&self, _deadline_ns: u64, _now_ns: u64) -> bool {
            match *self {}
        }

        /// Is never called.
        pub(crate) fn fired(&self) {
            match *self {}
        }
    }
}
