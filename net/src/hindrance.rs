//! What can go wrong when a client is accepted, and pauses where the system does not tell when to try
//! again. Next: `transfer.rs`.

use std::io;
use std::time::Duration;

/// What a failed `accept` means for the next one.
pub(crate) enum Hindrance {
    /// This client is lost, the next one may be fine.
    ClientGone,
    /// Descriptors or memory have run out; waiting may help.
    NoDescriptor,
    /// The listener itself is at fault.
    Real,
}

impl Hindrance {
    /// Judges an error by accept(2), section "Error handling".
    #[cfg(unix)]
    pub(crate) fn of(error: &io::Error) -> Hindrance {
        use rustix::io::Errno;
        let is_one_of = |list: &[Errno]| {
            let number = error.raw_os_error();
            list.iter().any(|one| Some(one.raw_os_error()) == number)
        };
        if is_one_of(&[Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM]) {
            return Hindrance::NoDescriptor;
        }
        // > Linux accept() passes already-pending network errors on the new socket as an error
        // > code from accept().
        let of_the_client = [
            Errno::CONNABORTED,
            Errno::PROTO,
            Errno::NETDOWN,
            Errno::NOPROTOOPT,
            Errno::HOSTDOWN,
            Errno::HOSTUNREACH,
            Errno::OPNOTSUPP,
            Errno::NETUNREACH,
        ];
        match is_one_of(&of_the_client) {
            true => Hindrance::ClientGone,
            false => Hindrance::Real,
        }
    }

    /// Judges an error by its kind, where there is no accept(2).
    #[cfg(not(unix))]
    pub(crate) fn of(error: &io::Error) -> Hindrance {
        match error.kind() {
            io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset => {
                Hindrance::ClientGone
            }
            _ => Hindrance::Real,
        }
    }
}

/// Pauses between attempts, each twice as long as the one before.
pub(crate) struct Rest {
    next: Duration,
    longest: Duration,
}

impl Rest {
    /// While there is no descriptor for a client: from 10 ms to 640 ms.
    pub(crate) fn for_descriptors() -> Rest {
        Rest {
            next: Duration::from_millis(10),
            longest: Duration::from_millis(640),
        }
    }

    /// While a program on this machine has no room for us: from 1 ms to 64 ms.
    #[cfg(unix)]
    pub(crate) fn for_room() -> Rest {
        Rest {
            next: Duration::from_millis(1),
            longest: Duration::from_millis(64),
        }
    }

    /// How long to sleep now. (It does not sleep itself: that would be a future within a future in every
    /// server.)
    pub(crate) fn next(&mut self) -> Duration {
        let now = self.next;
        self.next = self.longest.min(now * 2);
        now
    }
}
