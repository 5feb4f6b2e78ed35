//! What all sockets have in common: a mio source that tasks can wait for. Next: `tcp/stream.rs`.
//!
//! Discussion: a `Registration` may own its source, and then lends it inside a closure only, because
//! registering wants it mutable. A socket should lend its descriptor without a closure (`AsFd`).
//! On Unix a source is registered by its descriptor's number, which can be copied. So the
//! registration owns that number and we own the socket. Elsewhere the registration owns it.

use oneloop::reactor::{Direction, Drained, Home, Registration, Source};
use std::future::Future;
use std::io;
use std::task::{Context, Poll};

#[cfg(unix)]
pub(crate) use unix::{ByDescriptor, Socket};

#[cfg(not(unix))]
pub(crate) use elsewhere::Socket;

/// After a `WouldBlock`, the direction is no longer ready.
fn note_drained<S: Source, T>(
    registration: &Registration<S>,
    direction: Direction,
    result: &io::Result<T>,
) {
    if let Err(error) = result
        && error.kind() == io::ErrorKind::WouldBlock
    {
        registration.clear_ready(direction);
    }
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

    /// A non-blocking socket of the running loop.
    #[derive(Debug)]
    pub(crate) struct Socket<S> {
        /// Its place in the reactor.
        ///
        /// Invariant: dropped before `source`, so that the number is valid whenever it is used.
        registration: Registration<ByDescriptor<RawFd>>,
        /// The socket. The kernel forgets the registration when this closes the descriptor.
        source: S,
    }

    /// A descriptor as a source: one of our own, or the number of one that somebody else owns.
    #[derive(Debug)]
    pub(crate) struct ByDescriptor<D>(pub(crate) D);

    impl<D: AsRawFd> Source for ByDescriptor<D> {
        fn register(
            &mut self,
            registry: &mio::Registry,
            token: mio::Token,
            interests: mio::Interest,
        ) -> io::Result<()> {
            mio::unix::SourceFd(&self.0.as_raw_fd()).register(registry, token, interests)
        }

        fn reregister(
            &mut self,
            registry: &mio::Registry,
            token: mio::Token,
            interests: mio::Interest,
        ) -> io::Result<()> {
            mio::unix::SourceFd(&self.0.as_raw_fd()).reregister(registry, token, interests)
        }

        fn deregister(&mut self, registry: &mio::Registry) -> io::Result<()> {
            mio::unix::SourceFd(&self.0.as_raw_fd()).deregister(registry)
        }
    }

    impl<S: AsRawFd> Socket<S> {
        /// Ties a socket in non-blocking mode to the running loop.
        pub(crate) fn new(source: S) -> io::Result<Socket<S>> {
            let registration = Registration::closing(ByDescriptor(source.as_raw_fd()))?;
            Ok(Socket {
                registration,
                source,
            })
        }

        /// The same for one of which there may be other descriptors: with these open, closing ours does not
        /// take it out of the kernel's list.
        pub(crate) fn shared(source: S) -> io::Result<Socket<S>> {
            let registration = Registration::new(ByDescriptor(source.as_raw_fd()))?;
            Ok(Socket {
                registration,
                source,
            })
        }

        /// See [`Registration::set_name`].
        pub(crate) fn set_name(&self, name: impl FnOnce(&S) -> String) {
            self.registration.set_name(|| name(&self.source));
        }

        /// Lends the socket.
        pub(crate) fn with<R>(&self, look: impl FnOnce(&S) -> R) -> R {
            look(&self.source)
        }

        /// See [`Registration::home`].
        pub(crate) fn home(&self) -> Home {
            self.registration.home()
        }

        /// See [`Registration::is_ready`].
        pub(crate) fn is_ready(&self, direction: Direction) -> bool {
            self.registration.is_ready(direction)
        }

        /// See [`Registration::poll_io`].
        pub(crate) fn poll_io<T>(
            &self,
            direction: Direction,
            context: &mut Context<'_>,
            mut operation: impl FnMut(&S) -> io::Result<(T, Drained)>,
        ) -> Poll<io::Result<T>> {
            self.registration
                .poll_io(direction, context, |_| operation(&self.source))
        }

        /// See [`Registration::io`].
        pub(crate) fn io<T>(
            &self,
            direction: Direction,
            mut operation: impl FnMut(&S) -> io::Result<(T, Drained)>,
        ) -> impl Future<Output = io::Result<T>> {
            self.registration
                .io(direction, move |_| operation(&self.source))
        }

        /// Tries an operation once. What is found drained is waited for by the next [`ready`](Socket::ready).
        pub(crate) fn try_io<T>(
            &self,
            direction: Direction,
            operation: impl FnOnce(&S) -> io::Result<T>,
        ) -> io::Result<T> {
            let result = operation(&self.source);
            note_drained(&self.registration, direction, &result);
            result
        }

        /// See [`Registration::ready`].
        pub(crate) fn ready(&self, direction: Direction) -> impl Future<Output = io::Result<()>> {
            self.registration.ready(direction)
        }

        /// Gives the socket back, free to be registered elsewhere.
        pub(crate) fn into_inner(self) -> io::Result<S> {
            self.registration.into_inner()?;
            Ok(self.source)
        }
    }

    impl<S: AsFd> AsFd for Socket<S> {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.source.as_fd()
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use super::*;

    /// A non-blocking socket of the running loop.
    #[derive(Debug)]
    pub(crate) struct Socket<S: Source> {
        /// Owns the socket.
        registration: Registration<S>,
    }

    impl<S: Source> Socket<S> {
        /// Ties a socket in non-blocking mode to the running loop.
        pub(crate) fn new(source: S) -> io::Result<Socket<S>> {
            let registration = Registration::new(source)?;
            Ok(Socket { registration })
        }

        /// See [`Registration::set_name`].
        pub(crate) fn set_name(&self, name: impl FnOnce(&S) -> String) {
            self.registration.set_name(|| self.registration.with(name));
        }

        /// Lends the socket.
        pub(crate) fn with<R>(&self, look: impl FnOnce(&S) -> R) -> R {
            self.registration.with(look)
        }

        /// See [`Registration::home`].
        pub(crate) fn home(&self) -> Home {
            self.registration.home()
        }

        /// See [`Registration::is_ready`].
        pub(crate) fn is_ready(&self, direction: Direction) -> bool {
            self.registration.is_ready(direction)
        }

        /// See [`Registration::poll_io`].
        pub(crate) fn poll_io<T>(
            &self,
            direction: Direction,
            context: &mut Context<'_>,
            operation: impl FnMut(&S) -> io::Result<(T, Drained)>,
        ) -> Poll<io::Result<T>> {
            self.registration.poll_io(direction, context, operation)
        }

        /// See [`Registration::io`].
        pub(crate) fn io<T>(
            &self,
            direction: Direction,
            operation: impl FnMut(&S) -> io::Result<(T, Drained)>,
        ) -> impl Future<Output = io::Result<T>> {
            self.registration.io(direction, operation)
        }

        /// Tries an operation once. What is found drained is waited for by the next [`ready`](Socket::ready).
        pub(crate) fn try_io<T>(
            &self,
            direction: Direction,
            operation: impl FnOnce(&S) -> io::Result<T>,
        ) -> io::Result<T> {
            let result = self.registration.with(operation);
            note_drained(&self.registration, direction, &result);
            result
        }

        /// See [`Registration::ready`].
        pub(crate) fn ready(&self, direction: Direction) -> impl Future<Output = io::Result<()>> {
            self.registration.ready(direction)
        }

        /// Gives the socket back, free to be registered elsewhere.
        pub(crate) fn into_inner(self) -> io::Result<S> {
            self.registration.into_inner()
        }
    }
}
