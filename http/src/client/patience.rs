//! How long a request may take: in all, and between two pieces.

use std::task::{Context, Poll};
use std::time::Duration;

use super::error::Limit;
use crate::watchdog::Watchdog;

/// The two limits of an exchange, and the timers behind them.
#[derive(Default)]
pub(super) struct Patience {
    total: Option<(Duration, Watchdog)>,
    read: Option<(Duration, Watchdog)>,
}

impl Patience {
    /// Starts the total limit now; the other one starts with the first wait.
    pub(super) fn new(total: Option<Duration>, read: Option<Duration>) -> Patience {
        let total = total.map(|limit| {
            let mut watchdog = Watchdog::default();
            watchdog.start(limit);
            (limit, watchdog)
        });
        Patience {
            total,
            read: read.map(|limit| (limit, Watchdog::default())),
        }
    }

    /// Notes that something moved: the read limit starts anew.
    pub(super) fn progress(&mut self) {
        if let Some((_, watchdog)) = &mut self.read {
            watchdog.stop();
        }
    }

    /// Is ready when a limit has run out. Unless `on_peer`, the wait is not the peer's doing, and
    /// the read limit does not count.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, on_peer: bool) -> Poll<Limit> {
        if let Some((limit, watchdog)) = &mut self.total
            && watchdog.poll(context).is_ready()
        {
            return Poll::Ready(Limit::Total(*limit));
        }
        if let Some((limit, watchdog)) = &mut self.read {
            if on_peer {
                watchdog.start(*limit);
                return watchdog.poll(context).map(|()| Limit::Read(*limit));
            }
            watchdog.stop();
        }
        Poll::Pending
    }
}
