//! The idle connections of a session: at most one to each origin in each loop, and none for long.
//!
//! A session may be used by several loops, after each other or in turns, and a connection can only
//! be waited for in the loop that made it. So the pool asks each connection where it belongs.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use http::Uri;
use oneloop::reactor::Home;
use oneloop_net::TcpStream;

use super::connection::Connection;
use super::origin::Origin;

/// How old may be what the loop knows of its sockets, before the kernel is asked about the one that is
/// to be used again. A turn is mostly shorter, and the way to the peer may well take as long: a peer
/// that closes in this time is met half-way in any case.
const MOMENT: Duration = Duration::from_millis(5);

/// A stream that can be kept and asked whether it is still good.
pub(super) trait Keep {
    /// Whether the peer has sent something or closed, as far as the loop knows since it last looked.
    fn has_news(&self) -> bool;

    /// Whether the peer has neither sent anything nor closed, as far as the kernel knows now.
    fn is_quiet(&self) -> bool;

    /// Which loop it belongs to.
    fn home(&self) -> Home;
}

impl Keep for TcpStream {
    fn has_news(&self) -> bool {
        self.is_readable()
    }

    fn is_quiet(&self) -> bool {
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
    /// A list and no map: a session has few connections that nobody uses, each is looked at for its age
    /// anyway, and a list keeps its memory from one request to the next.
    ///
    /// Invariant: no two are of one origin and one loop.
    idle: RefCell<Vec<Idle<S>>>,
    /// How long a connection may wait for its next request.
    limit: Duration,
}

/// A connection that nobody uses.
#[derive(Debug)]
struct Idle<S> {
    connection: Box<Connection<S>>,
    /// Until when it is kept, by the clock of its own loop, which may be a paused one; `None` for ever.
    until: Option<Instant>,
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

    /// The origin of this URL, if a connection knows it that waits here: then it need not be read.
    pub(super) fn origin_of(&self, url: &Uri) -> Option<Rc<Origin>> {
        let all = self.idle.borrow();
        let mut origins = all.iter().map(|idle| &idle.connection.origin);
        origins.find(|origin| origin.is_of(url)).cloned()
    }

    /// Takes the running loop's connection to this origin, if it can still be used.
    ///
    /// An end of the stream, or octets that nobody asked for, mean that it can't: the latter would
    /// be taken for the answer to the next request. The loop knows of them what it knew at `looked`, when
    /// it last asked the kernel about all its sockets; mostly that was just before, and then there is
    /// no need to ask about this one.
    pub(super) fn take(
        &self,
        origin: &Origin,
        looked: Instant,
        now: Instant,
    ) -> Option<Box<Connection<S>>> {
        let found = {
            let mut all = self.idle.borrow_mut();
            let ours = all.iter().position(|idle| {
                idle.connection.origin.is_same(origin) && idle.home() == Home::Here
            });
            ours.map(|ours| all.swap_remove(ours))
        };
        // Mostly none is left that could be old; the one that was found is looked at by itself.
        self.forget_old(now);
        let Idle { connection, until } = found?;
        if until.is_some_and(|until| now >= until) {
            return None;
        }
        let is_known = now < looked + MOMENT;
        let stream = &connection.stream;
        ((is_known && !stream.has_news()) || stream.is_quiet()).then_some(connection)
    }

    /// Keeps a connection of the running loop, unless there is one to its origin. That of another
    /// loop is closed: what a response did with it here says nothing of how things stand there. `now` is asked
    /// only within a running loop.
    pub(super) fn put(&self, connection: Box<Connection<S>>, now: impl FnOnce() -> Instant) {
        if connection.stream.home() != Home::Here {
            return;
        }
        let now = now();
        self.forget_old(now);
        let mut all = self.idle.borrow_mut();
        let is_like_it = |idle: &Idle<S>| {
            idle.connection.origin.is_same(&connection.origin) && idle.home() == Home::Here
        };
        if !all.iter().any(is_like_it) {
            all.push(Idle {
                connection,
                until: now.checked_add(self.limit),
            });
        }
    }

    /// Closes what has waited too long, and what belonged to a loop that has ended. It happens when
    /// the pool is used, for a timer to each idle connection would keep a loop awake that has
    /// nothing else to do.
    #[inline]
    fn forget_old(&self, now: Instant) {
        let is_old = |idle: &Idle<S>| match idle.home() {
            Home::Here => idle.until.is_some_and(|until| now >= until),
            // Only its own loop knows the time by which it waits.
            Home::Elsewhere => false,
            Home::Gone => true,
        };
        if self.idle.borrow().iter().any(is_old) {
            self.forget(is_old);
        }
    }

    #[cold]
    fn forget(&self, is_old: impl Fn(&Idle<S>) -> bool) {
        let mut all = self.idle.borrow_mut();
        let old: Vec<Idle<S>> = all.extract_if(.., |idle| is_old(idle)).collect();
        drop(all);
        // Dropping a stream may drop the waker of a task, which may drop a response, which comes
        // back here: so it happens after the borrow.
        drop(old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream whose peer has closed, as the loop or only the kernel knows, or has not.
    #[derive(Debug, PartialEq)]
    struct Fake(&'static str);

    impl Keep for Fake {
        fn has_news(&self) -> bool {
            self.0 == "closed"
        }

        fn is_quiet(&self) -> bool {
            !self.0.contains("closed")
        }

        fn home(&self) -> Home {
            Home::Here
        }
    }

    /// A pool, and the URLs of three hosts.
    struct Scene {
        pool: Pool<Fake>,
        urls: [Uri; 3],
        start: Instant,
    }

    impl Scene {
        fn new(limit: Duration) -> Scene {
            Scene {
                pool: Pool::new(limit),
                urls: ["http://a/", "http://B/", "http://c/"].map(Uri::from_static),
                start: Instant::now(),
            }
        }

        fn origin(&self, host: usize) -> Rc<Origin> {
            Rc::new(Origin::read(&self.urls[host]).unwrap())
        }

        fn put(&self, host: usize, name: &'static str, after: Duration) {
            let connection = Connection::new(Fake(name), self.origin(host), Rc::default());
            self.pool.put(connection, || self.start + after);
        }

        /// The loop has just looked.
        fn take(&self, host: usize, after: Duration) -> Option<&'static str> {
            self.take_unseen(host, after, Duration::ZERO)
        }

        /// The loop looked so long ago.
        fn take_unseen(
            &self,
            host: usize,
            after: Duration,
            unseen: Duration,
        ) -> Option<&'static str> {
            let now = self.start + after;
            let taken = self.pool.take(&self.origin(host), now - unseen, now);
            taken.map(|connection| connection.stream.0)
        }
    }

    #[test]
    fn one_connection_to_each_origin_is_kept_for_a_while() {
        let limit = Duration::from_secs(15);
        let now = Duration::ZERO;
        let scene = Scene::new(limit);
        scene.put(0, "first", now);
        scene.put(0, "second", now);
        scene.put(1, "closed", now);
        assert_eq!(scene.take(2, now), None, "nobody was there");
        assert_eq!(scene.take(1, now), None, "it has closed");
        assert_eq!(
            scene.take(0, now),
            Some("first"),
            "the second one was closed"
        );
        assert_eq!(scene.take(0, now), None, "it is in use");

        scene.put(0, "third", now);
        scene.put(1, "fourth", Duration::from_secs(1));
        assert_eq!(scene.take(1, limit), Some("fourth"));
        assert_eq!(scene.take(0, limit), None, "it waited too long");
    }

    #[test]
    fn the_kernel_is_asked_when_the_loop_has_not_looked_for_a_moment() {
        let scene = Scene::new(Duration::from_secs(15));
        for (unseen, taken) in [(MOMENT / 2, Some("closed unseen")), (MOMENT, None)] {
            scene.put(0, "closed unseen", Duration::from_secs(1));
            assert_eq!(scene.take_unseen(0, Duration::from_secs(1), unseen), taken);
        }
        scene.put(0, "quiet", Duration::from_secs(1));
        assert_eq!(
            scene.take_unseen(0, Duration::from_secs(2), Duration::from_secs(2)),
            Some("quiet")
        );
    }
}
