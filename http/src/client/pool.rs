//! The idle connections of a session: at most one to each origin, and none for long.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use oneloop_net::TcpStream;

use super::exchange::Connection;
use super::origin::Origin;

/// A stream that can be asked whether its peer has been silent.
pub(super) trait Quiet {
    /// Whether the peer has neither sent anything nor closed, as far as the kernel knows now.
    fn is_quiet(&self) -> bool;
}

impl Quiet for TcpStream {
    fn is_quiet(&self) -> bool {
        // The kernel is asked, not the loop: the peer may have closed since the loop last looked.
        let peeked = self.try_peek(&mut [0]);
        peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

/// Keeps connections between requests.
#[derive(Debug)]
pub(super) struct Pool<S> {
    idle: RefCell<HashMap<Origin, Idle<S>>>,
    /// How long a connection may wait for its next request.
    limit: Duration,
}

/// A connection that nobody uses.
#[derive(Debug)]
struct Idle<S> {
    connection: Connection<S>,
    since: Instant,
}

impl<S: Quiet> Pool<S> {
    pub(super) fn new(limit: Duration) -> Pool<S> {
        Pool {
            idle: RefCell::default(),
            limit,
        }
    }

    /// Takes the connection to this origin, if it can still be used.
    ///
    /// An end of the stream, or octets that nobody asked for, mean that it can't: the latter would
    /// be taken for the answer to the next request.
    pub(super) fn take(&self, origin: &Origin, now: Instant) -> Option<Connection<S>> {
        self.forget_old(now);
        let idle = self.idle.borrow_mut().remove(origin)?;
        idle.connection.stream.is_quiet().then_some(idle.connection)
    }

    /// Keeps a connection, unless there is one to its origin.
    pub(super) fn put(&self, origin: Origin, connection: Connection<S>, now: Instant) {
        self.forget_old(now);
        if !self.idle.borrow().contains_key(&origin) {
            self.idle.borrow_mut().insert(
                origin,
                Idle {
                    connection,
                    since: now,
                },
            );
        }
    }

    /// Closes what has waited too long. It happens when the pool is used, for a timer to each idle
    /// connection would keep a loop awake that has nothing else to do.
    fn forget_old(&self, now: Instant) {
        let is_old = |idle: &Idle<S>| now.saturating_duration_since(idle.since) >= self.limit;
        // Dropping a stream may drop the waker of a task, which may drop a response, which comes
        // back here: so it happens after the borrow.
        let old: Vec<_> = self
            .idle
            .borrow_mut()
            .extract_if(|_, idle| is_old(idle))
            .collect();
        drop(old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream whose peer has closed, or has not.
    #[derive(Debug, PartialEq)]
    struct Fake(&'static str);

    impl Quiet for Fake {
        fn is_quiet(&self) -> bool {
            self.0 != "closed"
        }
    }

    fn origin(host: &str) -> Origin {
        Origin {
            host: host.to_owned(),
            port: 80,
        }
    }

    #[test]
    fn one_connection_to_each_origin_is_kept_for_a_while() {
        let limit = Duration::from_secs(15);
        let start = Instant::now();
        let pool = Pool::new(limit);
        let put = |pool: &Pool<Fake>, host: &str, name, after| {
            pool.put(origin(host), Connection::new(Fake(name)), start + after);
        };
        let take = |pool: &Pool<Fake>, host: &str, after| {
            pool.take(&origin(host), start + after)
                .map(|connection| connection.stream.0)
        };

        put(&pool, "a", "first", Duration::ZERO);
        put(&pool, "a", "second", Duration::ZERO);
        put(&pool, "b", "closed", Duration::ZERO);
        assert_eq!(take(&pool, "c", Duration::ZERO), None, "nobody was there");
        assert_eq!(take(&pool, "b", Duration::ZERO), None, "it has closed");
        assert_eq!(
            take(&pool, "a", Duration::ZERO),
            Some("first"),
            "the second one was closed"
        );
        assert_eq!(take(&pool, "a", Duration::ZERO), None, "it is in use");

        put(&pool, "a", "third", Duration::ZERO);
        put(&pool, "b", "fourth", Duration::from_secs(1));
        assert_eq!(take(&pool, "b", limit), Some("fourth"));
        assert_eq!(take(&pool, "a", limit), None, "it waited too long");
    }
}
