//! How long a request may take: in all, and between two pieces.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use oneloop::time::Sleep;

use super::error::Limit;
use crate::watchdog::Watchdog;

/// The two limits of an exchange, and the timers behind them.
#[derive(Default)]
pub(super) struct Patience {
    total: Option<Total>,
    read: Option<(Duration, Watchdog)>,
}

struct Total {
    limit: Duration,
    until: Instant,
    /// Made with the first wait, in the loop that waits.
    timer: Option<Sleep>,
}

impl Patience {
    /// Starts. The total limit counts from `now` on; the other one from the first wait.
    pub(super) fn start(&mut self, total: Option<Duration>, read: Option<Duration>, now: Instant) {
        self.total = total.and_then(|limit| {
            // One that ends when no clock tells is none.
            let until = now.checked_add(limit)?;
            let timer = None;
            Some(Total {
                limit,
                until,
                timer,
            })
        });
        self.read = read.map(|limit| (limit, Watchdog::default()));
    }

    /// Stops: neither limit counts any more.
    pub(super) fn stop(&mut self) {
        self.total = None;
        self.read = None;
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
        if let Some(Total {
            limit,
            until,
            timer,
        }) = &mut self.total
        {
            let timer = timer.get_or_insert_with(|| oneloop::sleep_until(*until));
            if Pin::new(timer).poll(context).is_ready() {
                return Poll::Ready(Limit::Total(*limit));
            }
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
