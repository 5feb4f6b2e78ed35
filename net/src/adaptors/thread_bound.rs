//! [`ThreadBound`]: for libraries that ask for `Send` where nothing is sent. Next: `tokio_io.rs`.

use futures_io::{AsyncRead, AsyncWrite};
use send_wrapper::SendWrapper;
use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice, IoSliceMut};
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread::{self, Thread};

/// A value that is `Send` and `Sync`, since each use checks that it is on the thread where it was made.
///
/// It is for libraries that ask for `Send` although they run on one thread here: a socket, or a future
/// of ours, goes through them in this. It is a stream if what is inside is one, and a future likewise.
///
/// # Panics
/// Each use on another thread does, with the names of both; so does a drop there, which leaves the value
/// where it is (it leaks) rather than run its destructor on the wrong thread.
///
/// ```
/// use oneloop_net::adaptors::ThreadBound;
/// use std::rc::Rc;
/// fn wants_send<T: Send + Sync>(value: T) -> T {
///     value
/// }
/// let kept = wants_send(ThreadBound::new(Rc::new(5)));
/// assert_eq!(**kept, 5);
///
/// let there = std::thread::Builder::new().name("other".into()).spawn(move || **kept).unwrap();
/// let panic = there.join().unwrap_err().downcast::<String>().unwrap();
/// assert!(panic.contains("\"main\"") && panic.contains("\"other\""), "{panic}");
/// ```
pub struct ThreadBound<T> {
    /// `None` only once it is dropped.
    value: Option<SendWrapper<T>>,
    home: Thread,
}

impl<T> ThreadBound<T> {
    /// Binds a value to this thread.
    ///
    /// ```
    /// use oneloop_net::adaptors::ThreadBound;
    /// assert_eq!(*ThreadBound::new(5), 5);
    /// ```
    pub fn new(value: T) -> ThreadBound<T> {
        ThreadBound {
            value: Some(SendWrapper::new(value)),
            home: thread::current(),
        }
    }

    /// Tells whether this is the value's thread.
    ///
    /// ```
    /// use oneloop_net::adaptors::ThreadBound;
    /// let kept = ThreadBound::new(5);
    /// assert!(kept.is_here());
    /// let there = std::thread::spawn(move || (kept.is_here(), std::mem::forget(kept)));
    /// assert!(!there.join().unwrap().0);
    /// ```
    pub fn is_here(&self) -> bool {
        self.home.id() == thread::current().id()
    }

    /// Takes the value out.
    ///
    /// # Panics
    /// On another thread.
    ///
    /// ```
    /// use oneloop_net::adaptors::ThreadBound;
    /// assert_eq!(ThreadBound::new(5).into_inner(), 5);
    /// ```
    #[track_caller]
    pub fn into_inner(mut self) -> T {
        self.check("used");
        self.value.take().expect(PRESENT).take()
    }

    #[track_caller]
    fn check(&self, what: &str) {
        if !self.is_here() {
            panic!(
                "a value that is bound to thread {} was {what} on thread {}: let it stay where it was \
                 made, with the loop that runs there, and send messages instead",
                name(&self.home),
                name(&thread::current())
            );
        }
    }
}

const PRESENT: &str = "the value is taken out only with its wrapper";

fn name(thread: &Thread) -> String {
    match thread.name() {
        Some(name) => format!("\"{name}\" ({:?})", thread.id()),
        None => format!("{:?}", thread.id()),
    }
}

impl<F: Future> ThreadBound<Pin<Box<F>>> {
    /// Binds a future to this thread, in a box, to be awaited where a `Send` future is asked for: in a
    /// handler of axum, say.
    ///
    /// ```
    /// use oneloop_net::adaptors::ThreadBound;
    /// use std::time::Duration;
    /// fn wants_send<F: Future + Send>(future: F) -> F {
    ///     future
    /// }
    /// oneloop::run(wants_send(async {
    ///     ThreadBound::future(async { oneloop::sleep(Duration::from_millis(1)).await }).await;
    /// }));
    /// ```
    pub fn future(future: F) -> ThreadBound<Pin<Box<F>>> {
        ThreadBound::new(Box::pin(future))
    }
}

impl<T> Deref for ThreadBound<T> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        self.check("used");
        self.value.as_ref().expect(PRESENT)
    }
}

impl<T> DerefMut for ThreadBound<T> {
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        self.check("used");
        self.value.as_mut().expect(PRESENT)
    }
}

impl<T> Drop for ThreadBound<T> {
    fn drop(&mut self) {
        if self.is_here() || !std::mem::needs_drop::<T>() {
            return;
        }
        // Not even its own wrapper may drop it here.
        std::mem::forget(self.value.take());
        if !thread::panicking() {
            self.check("dropped");
        }
    }
}

impl<F: Future + Unpin> Future for ThreadBound<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        Pin::new(&mut **self).poll(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ThreadBound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut **self).poll_read(context, buffer)
    }

    fn poll_read_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut **self).poll_read_vectored(context, buffers)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ThreadBound<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut **self).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut **self).poll_write_vectored(context, slices)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut **self).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut **self).poll_close(context)
    }
}

impl<T: fmt::Debug> fmt::Debug for ThreadBound<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("ThreadBound");
        match self.value.as_ref().filter(|_| self.is_here()) {
            Some(value) => text.field("value", &**value),
            None => text.field("home", &format_args!("{}", name(&self.home))),
        };
        text.finish()
    }
}
