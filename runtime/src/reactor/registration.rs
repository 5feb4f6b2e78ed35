//! [`Registration`]: a source together with its place in the loop's reactor.
//!
//! Every socket of `oneloop-net` is one of these with methods around it. The rule of use is "try
//! first, wait after `WouldBlock`": a source that never has to wait is never registered, which saves
//! the `epoll_ctl` calls of connections that come, are served and go.

mod name;
mod place;

use super::slots::Key;
use super::waiter::{Anonymous, Asker, Refusal};
use super::{Direction, Drained, Home, Reactor, Source};
use name::Name;
use place::Place;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::io;
use std::num::NonZeroU64;
use std::rc::Rc;
use std::task::{Context, Poll};

/// A non-blocking source that tasks of one loop can wait for.
///
/// The source has to be in non-blocking mode, as all of mio's are. Registrations belong to the loop
/// that was running when they were made. They may outlive it, and answer with an error then.
///
/// One task at a time may wait for each direction; a second one gets an error of kind
/// [`ResourceBusy`](io::ErrorKind::ResourceBusy). asyncio's `add_reader` replaces the first one.
///
/// ```
/// use mio::net::{TcpListener, TcpStream};
/// use oneloop::reactor::{Direction, Drained, Registration};
///
/// let address = oneloop::run(async {
///     let listener = Registration::new(TcpListener::bind("127.0.0.1:0".parse().unwrap())?)?;
///     let _client = TcpStream::connect(listener.with(|listener| listener.local_addr())?)?;
///     listener
///         .io(Direction::Read, |listener| {
///             let (_stream, address) = listener.accept()?;
///             Ok((address, Drained::No))
///         })
///         .await
/// })?;
/// assert!(address.ip().is_loopback());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Registration<S: Source> {
    /// Mutable for mio's `register`, which wants `&mut`. `None` after `into_inner` only.
    source: RefCell<Option<S>>,
    /// The reactor of the loop that this was made in.
    reactor: Rc<Reactor>,
    /// The slot in the reactor, once there was something to wait for.
    key: Cell<Option<Key>>,
    /// What dropping has to do.
    farewell: Farewell,
    /// What an observer is told that it is.
    name: Name,
}

/// What dropping a registration has to do about the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Farewell {
    /// Take the source out of the epoll, since its descriptor may live on.
    Deregister,
    /// Nothing: the descriptor is closed with the source, and the kernel forgets it by itself.
    Close,
}

impl<S: Source> Registration<S> {
    /// Ties a source to the running loop, and takes it out of the kernel's list when dropped.
    ///
    /// # Errors
    ///
    /// Fails outside a loop. Nothing is registered yet, so the kernel can't refuse.
    pub fn new(source: S) -> io::Result<Registration<S>> {
        let reactor = crate::context::current_reactor().map_err(io::Error::other)?;
        Ok(Registration::with_reactor(
            reactor,
            source,
            Farewell::Deregister,
        ))
    }

    /// As [`new`](Registration::new), for a source that closes its descriptor when it is dropped.
    ///
    /// Dropping saves a system call then, because the kernel takes a closed descriptor out of its
    /// list. If a copy of the descriptor stays open the kernel goes on reporting it, and the
    /// reports go nowhere.
    ///
    /// # Errors
    ///
    /// Fails outside a loop.
    ///
    /// ```
    /// use mio::net::TcpListener;
    /// use oneloop::reactor::Registration;
    ///
    /// oneloop::run(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap())?;
    ///     let registration = Registration::closing(listener)?;
    ///     assert!(registration.with(|listener| listener.local_addr()).is_ok());
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn closing(source: S) -> io::Result<Registration<S>> {
        let reactor = crate::context::current_reactor().map_err(io::Error::other)?;
        Ok(Registration::with_reactor(reactor, source, Farewell::Close))
    }

    /// Ties a source to a given reactor.
    fn with_reactor(reactor: Rc<Reactor>, source: S, farewell: Farewell) -> Registration<S> {
        Registration {
            source: RefCell::new(Some(source)),
            reactor,
            key: Cell::new(None),
            farewell,
            name: Name::default(),
        }
    }

    /// Lends the source, for what needs no waiting.
    pub fn with<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        let source = self.source.borrow();
        look(
            source
                .as_ref()
                .expect("only into_inner takes the source, and consumes self"),
        )
    }

    /// Tells whether the loop that this belongs to is the running one. See [`Home`].
    pub fn home(&self) -> Home {
        if self.reactor.is_closed() {
            return Home::Gone;
        }
        match crate::context::is_current_reactor(&self.reactor) {
            true => Home::Here,
            false => Home::Elsewhere,
        }
    }

    /// Runs a non-blocking operation as soon as it does not block.
    ///
    /// `operation` returns its value and whether the source is drained. It is called again after
    /// [`Interrupted`](io::ErrorKind::Interrupted), and after
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) when there is news. It must not wait for the same
    /// registration inside itself.
    ///
    /// After 64 operations in one poll of a task it returns `Pending` once and wakes the task, so
    /// that a peer who sends without a pause can't keep the loop for itself.
    ///
    /// # Errors
    ///
    /// Gives the error of the operation, of the kernel if it refuses to register the source, of kind
    /// [`ResourceBusy`](io::ErrorKind::ResourceBusy) if another task waits for the same direction,
    /// of kind [`NotConnected`](io::ErrorKind::NotConnected) if the loop is gone, and of kind
    /// [`Unsupported`](io::ErrorKind::Unsupported) if it would have to wait while another loop runs.
    ///
    /// # Cancel safety
    ///
    /// `Pending` means that nothing was done. Two tasks that wait through this function are told
    /// apart only when they have pushed each other aside several times, and not at all if they
    /// bring a new waker for each poll: then each event wakes both. [`io`](Registration::io) knows at
    /// once.
    pub fn poll_io<T>(
        &self,
        direction: Direction,
        context: &mut Context<'_>,
        operation: impl FnMut(&S) -> io::Result<(T, Drained)>,
    ) -> Poll<io::Result<T>> {
        self.attempt(direction, Anonymous, context, operation)
    }

    /// Runs a non-blocking operation as soon as it does not block: [`poll_io`](Registration::poll_io)
    /// to be awaited.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has done nothing, and frees its place for the next one.
    ///
    /// # Errors
    ///
    /// As [`poll_io`](Registration::poll_io).
    pub fn io<T>(
        &self,
        direction: Direction,
        mut operation: impl FnMut(&S) -> io::Result<(T, Drained)>,
    ) -> impl Future<Output = io::Result<T>> {
        // Not an async function, which would keep its arguments beside the future that it awaits: in each
        // connection that waits, 64 bytes.
        Place::new(
            self,
            direction,
            move |registration, direction, who, context| {
                registration.attempt(direction, who, context, &mut operation)
            },
        )
    }

    /// Waits until an operation in this direction is worth trying, for those who do it elsewhere.
    ///
    /// The direction stays ready until [`clear_ready`](Registration::clear_ready) is called, which
    /// is to be done after a `WouldBlock`.
    ///
    /// # Errors
    ///
    /// As [`poll_io`](Registration::poll_io), without those of an operation.
    pub fn poll_ready(
        &self,
        direction: Direction,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.attempt_ready(direction, Anonymous, context)
    }

    /// Waits as [`poll_ready`](Registration::poll_ready) does, to be awaited.
    ///
    /// # Errors
    ///
    /// As [`poll_io`](Registration::poll_io), without those of an operation.
    ///
    /// ```
    /// use mio::net::{TcpListener, TcpStream};
    /// use oneloop::reactor::{Direction, Registration};
    ///
    /// oneloop::run(async {
    ///     let listener = Registration::new(TcpListener::bind("127.0.0.1:0".parse().unwrap())?)?;
    ///     let _client = TcpStream::connect(listener.with(|listener| listener.local_addr())?)?;
    ///     listener.ready(Direction::Read).await?;
    ///     listener.with(|listener| listener.accept())?;
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn ready(&self, direction: Direction) -> impl Future<Output = io::Result<()>> {
        Place::new(self, direction, |registration, direction, who, context| {
            registration.attempt_ready(direction, who, context)
        })
    }

    /// Tells whether an operation in this direction is worth trying, as far as the loop knows since it last
    /// asked the kernel. Before the first wait it knows nothing, and the answer is yes.
    pub fn is_ready(&self, direction: Direction) -> bool {
        let key = self.key.get();
        key.is_none_or(|key| self.reactor.is_ready(key, direction))
    }

    /// Says that an operation in this direction returned `WouldBlock`, so that the next one waits.
    pub fn clear_ready(&self, direction: Direction) {
        if let Some(key) = self.key.get() {
            self.reactor.clear_ready(key, direction);
        }
    }

    /// Gives the source back, free to be registered with another loop.
    ///
    /// # Errors
    ///
    /// Fails if the kernel can't take it out of its list.
    pub fn into_inner(self) -> io::Result<S> {
        let mut source = self
            .source
            .take()
            .expect("only into_inner takes the source, and consumes self");
        if let Some(key) = self.key.take() {
            self.reactor.deregister(key, &mut source)?;
        }
        Ok(source)
    }

    /// Tries the operation if the direction is ready, and else lets `who` wait.
    fn attempt<T>(
        &self,
        direction: Direction,
        who: impl Asker,
        context: &mut Context<'_>,
        mut operation: impl FnMut(&S) -> io::Result<(T, Drained)>,
    ) -> Poll<io::Result<T>> {
        if self.reactor.is_closed() {
            return Poll::Ready(Err(Refusal::Gone.tell()));
        }
        if let Some(key) = self.key.get()
            && !self.reactor.is_ready(key, direction)
        {
            return self.wait(key, direction, who, context);
        }
        if !self.reactor.spend(crate::context::poll_stamp()) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        loop {
            return match self.with(&mut operation) {
                Ok((value, drained)) => {
                    if drained == Drained::Yes
                        && let Some(key) = self.key.get()
                    {
                        self.reactor.clear_drained(key, direction);
                    }
                    Poll::Ready(Ok(value))
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let key = self.register()?;
                    self.reactor.clear_ready(key, direction);
                    self.wait(key, direction, who, context)
                }
                Err(error) => Poll::Ready(Err(error)),
            };
        }
    }

    /// Asks the kernel about a source that nobody has tried, and else goes by what it said last.
    fn attempt_ready(
        &self,
        direction: Direction,
        who: impl Asker,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let key = match self.key.get() {
            Some(key) => key,
            None => {
                // The kernel reports the present state of a new source with the next look.
                let key = self.register()?;
                self.reactor.clear_ready(key, direction);
                key
            }
        };
        if !self.reactor.is_ready(key, direction) {
            return self.wait(key, direction, who, context);
        }
        if !self.reactor.spend(crate::context::poll_stamp()) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    /// Suspends `who` until there is news in this direction.
    fn wait<T>(
        &self,
        key: Key,
        direction: Direction,
        who: impl Asker,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if crate::context::is_foreign_reactor(&self.reactor) {
            return Poll::Ready(Err(Refusal::Elsewhere.tell()));
        }
        self.reactor
            .set_waiter(key, direction, who, context.waker())
            .map_err(Refusal::tell)?;
        Poll::Pending
    }

    /// Draws a number for a future that is about to wait here.
    pub(super) fn ticket(&self) -> NonZeroU64 {
        self.reactor.ticket()
    }

    /// Frees the waiter's place of a future that stops waiting.
    pub(super) fn withdraw(&self, direction: Direction, ticket: NonZeroU64) {
        if let Some(key) = self.key.get() {
            let waker = self.reactor.clear_waiter(key, direction, ticket);
            drop(waker);
        }
    }

    /// Returns the slot, and registers the source if it has none.
    fn register(&self) -> io::Result<Key> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let mut source = self.source.try_borrow_mut().map_err(|_| {
            io::Error::new(
                io::ErrorKind::ResourceBusy,
                "a registration is waited for inside its own operation",
            )
        })?;
        let source = source
            .as_mut()
            .expect("only into_inner takes the source, and consumes self");
        let key = self.reactor.register(source)?;
        self.key.set(Some(key));
        // Before the first one, the loop had no reason to look at the kernel.
        if self.reactor.registered() == 1 {
            crate::context::with_core(|core| core.map(|core| core.look_soon()));
        }
        self.name.tell_opened(&self.reactor, key);
        Ok(key)
    }
}

impl<S: Source> Drop for Registration<S> {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        match (self.farewell, self.source.get_mut()) {
            (Farewell::Deregister, Some(source)) => {
                // A source that the kernel does not know any more needs no farewell.
                let _ = self.reactor.deregister(key, source);
            }
            _ => self.reactor.forget(key),
        }
    }
}

impl<S: Source + fmt::Debug> fmt::Debug for Registration<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let registered = self.key.get().is_some();
        let mut debug = formatter.debug_struct("Registration");
        self.with(|source| debug.field("source", source));
        debug.field("registered", &registered).finish()
    }
}
