//! The idle connections of a session: at most one to each origin in each loop, and none for long.
//!
//! A session may be used by several loops, after each other or in turns, and a connection can only
//! be waited for in the loop that made it. So the pool asks each connection where it belongs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use oneloop::reactor::Home;
use oneloop_net::TcpStream;

use super::exchange::Connection;
use super::origin::Origin;

/// A stream that can be kept and asked whether it is still good.
pub(super) trait Keep {
    /// Whether the peer has neither sent anything nor closed, as far as the kernel knows now.
    fn is_quiet(&self) -> bool;

    /// Which loop it belongs to.
    fn home(&self) -> Home;
}

impl Keep for TcpStream {
    fn is_quiet(&self) -> bool {
        // The kernel is asked, not the loop: the peer may have closed since the loop last looked.
        let peeked = self.try_peek(&mut [0]);
        peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    fn home(&self) -> Home {
        TcpStream::home(self)
    }
}

/// Keeps connections between requests.
#[derive(Debug)]
pub(super) struct Pool<S> {
    /// Invariant: no list has two connections of one loop.
    idle: RefCell<HashMap<Origin, Vec<Idle<S>>>>,
    /// How long a connection may wait for its next request.
    limit: Duration,
}

/// A connection that nobody uses.
#[derive(Debug)]
struct Idle<S> {
    connection: Connection<S>,
    /// By the clock of its own loop, which may be a paused one.
    since: Instant,
}

impl<S: Keep> Idle<S> {
    fn home(&self) -> Home {
        self.connection.stream.home()
    }
}

impl<S: Keep> Pool<S> {
    pub(super) fn new(limit: Duration) -> Pool<S> {
        Pool {
            idle: RefCell::default(),
            limit,
        }
    }

    /// Takes the running loop's connection to this origin, if it can still be used.
    ///
    /// An end of the stream, or octets that nobody asked for, mean that it can't: the latter would
    /// be taken for the answer to the next request.
    pub(super) fn take(&self, origin: &Origin, now: Instant) -> Option<Connection<S>> {
        self.forget_old(now);
        let idle = {
            let mut all = self.idle.borrow_mut();
            let to_origin = all.get_mut(origin)?;
            let ours = to_origin
                .iter()
                .position(|idle| idle.home() == Home::Here)?;
            to_origin.swap_remove(ours)
        };
        idle.connection.stream.is_quiet().then_some(idle.connection)
    }

    /// Keeps a connection of the running loop, unless there is one to its origin. That of another
    /// loop is closed: what a response did with it here says nothing of how things stand there.
    pub(super) fn put(&self, origin: Origin, connection: Connection<S>, now: Instant) {
        self.forget_old(now);
        let mut all = self.idle.borrow_mut();
        let to_origin = all.entry(origin).or_default();
        let is_wanted = connection.stream.home() == Home::Here
            && to_origin.iter().all(|idle| idle.home() != Home::Here);
        if is_wanted {
            to_origin.push(Idle {
                connection,
                since: now,
            });
        }
    }

    /// Closes what has waited too long, and what belonged to a loop that has ended. It happens when
    /// the pool is used, for a timer to each idle connection would keep a loop awake that has
    /// nothing else to do.
    fn forget_old(&self, now: Instant) {
        let is_old = |idle: &mut Idle<S>| match idle.home() {
            Home::Here => now.saturating_duration_since(idle.since) >= self.limit,
            // Only its own loop knows the time by which it waits.
            Home::Elsewhere => false,
            Home::Gone => true,
        };
        let mut old = Vec::new();
        self.idle.borrow_mut().retain(|_, to_origin| {
            old.extend(to_origin.extract_if(.., is_old));
            !to_origin.is_empty()
        });
        // Dropping a stream may drop the waker of a task, which may drop a response, which comes
        // back here: so it happens after the borrow.
        drop(old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream whose peer has closed, or has not.
    #[derive(Debug, PartialEq)]
    struct Fake(&'static str);

    impl Keep for Fake {
        fn is_quiet(&self) -> bool {
            self.0 != "closed"
        }

        fn home(&self) -> Home {
            Home::Here
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
