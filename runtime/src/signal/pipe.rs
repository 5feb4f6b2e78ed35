//! [`SignalPipe`]: a signal as bytes to be read; and who takes SIGINT. Next: `reactor/interrupts.rs`.
//!
//! A handler may do next to nothing, so signal-hook's writes one byte into a pipe. The handler stays when the
//! pipe is gone, and the system's own reaction would stay off with it. For SIGINT, which `run`
//! takes for a while only, another action of the same handler does what the system would, whenever
//! nobody listens.

use signal_hook::SigId;
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use signal_hook::low_level::{pipe, unregister};
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How many pipes of the program's own take SIGINT.
static OWNERS: AtomicUsize = AtomicUsize::new(0);

/// Whether there ever was one: its signal's own reaction stays off.
static OWNED: AtomicBool = AtomicBool::new(false);

/// Whether SIGINT ends the program, because nobody listens any more.
static NOBODY_LISTENS: AtomicBool = AtomicBool::new(false);

/// Set by the handler while a loop listens, and taken back when the loop has seen the signal. While it is
/// set the next SIGINT is the system's, so that a loop that is stuck in a step, or at its end, can be ended.
pub(crate) static UNSEEN: AtomicBool = AtomicBool::new(false);

/// Takes `UNSEEN` back.
pub(crate) fn seen() {
    UNSEEN.store(false, Ordering::SeqCst);
}

/// Becomes readable when a signal has come: one byte for each, or for several that came together.
///
/// It is in non-blocking mode, for a loop or another poller to wait on; `oneloop_net::signal::Signal` is what tasks
/// wait for. The system's own reaction, such as ending the program, is off from the first pipe of a
/// kind on, and stays off when it is dropped.
///
/// ```
/// use oneloop::signal::SignalPipe;
/// use signal_hook::consts::SIGUSR1;
/// let pipe = SignalPipe::new(SIGUSR1)?;
/// assert_eq!(pipe.take().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
/// signal_hook::low_level::raise(SIGUSR1)?;
/// assert_eq!(pipe.take()?, 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the system's own reaction is off while nobody listens"]
pub struct SignalPipe {
    number: i32,
    /// The end that the handler does not write to.
    stream: UnixStream,
    /// Takes the handler's action away again, and with it the other end.
    action: SigId,
    /// Whether `OWNERS` counts it.
    owns_interrupts: bool,
}

impl SignalPipe {
    /// Takes note of the signal with this number from now on.
    ///
    /// # Errors
    /// For signals that can't be caught, and when the system gives no more descriptors.
    ///
    /// # Panics
    /// For signals that must not be caught this way: SIGKILL, SIGSTOP, SIGILL, SIGFPE and SIGSEGV.
    ///
    /// ```
    /// assert!(oneloop::signal::SignalPipe::new(-1).is_err());
    /// ```
    pub fn new(number: i32) -> io::Result<SignalPipe> {
        let mut pipe = SignalPipe::beside(number)?;
        if number == SIGINT {
            pipe.owns_interrupts = true;
            OWNERS.fetch_add(1, Ordering::SeqCst);
            OWNED.store(true, Ordering::SeqCst);
            NOBODY_LISTENS.store(false, Ordering::SeqCst);
        }
        Ok(pipe)
    }

    /// The same for a listener who steps back behind the program's own.
    pub(crate) fn beside(number: i32) -> io::Result<SignalPipe> {
        let (stream, handlers) = UnixStream::pair()?;
        stream.set_nonblocking(true)?;
        // The handler's end is made non-blocking by signal-hook, and is closed with the action.
        let action = pipe::register(number, handlers)?;
        Ok(SignalPipe {
            number,
            stream,
            action,
            owns_interrupts: false,
        })
    }

    /// Returns the signal's number.
    ///
    /// ```
    /// let pipe = oneloop::signal::SignalPipe::new(signal_hook::consts::SIGUSR1)?;
    /// assert_eq!(pipe.number(), signal_hook::consts::SIGUSR1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn number(&self) -> i32 {
        self.number
    }

    /// Takes the bytes that are there, and tells how many: 64 at most, the rest comes with the next call.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) when no signal has come since the last time.
    ///
    /// ```
    /// let pipe = oneloop::signal::SignalPipe::new(signal_hook::consts::SIGUSR2)?;
    /// for _ in 0..3 {
    ///     signal_hook::low_level::raise(pipe.number())?;
    /// }
    /// assert_eq!(pipe.take()?, 3);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn take(&self) -> io::Result<usize> {
        (&self.stream).read(&mut [0; 64])
    }
}

impl AsFd for SignalPipe {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl AsRawFd for SignalPipe {
    fn as_raw_fd(&self) -> RawFd {
        self.stream.as_raw_fd()
    }
}

impl Drop for SignalPipe {
    fn drop(&mut self) {
        unregister(self.action);
        if self.owns_interrupts {
            OWNERS.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Tells whether the program has a pipe of its own for SIGINT.
pub(crate) fn interrupts_are_owned() -> bool {
    OWNERS.load(Ordering::SeqCst) > 0
}

/// Says whether somebody listens to SIGINT at the moment; without a listener it ends the program, as it
/// did before there was a handler.
pub(crate) fn set_listening(listening: bool) -> io::Result<()> {
    static REGISTERED: Once = Once::new();
    let mut registered = Ok(());
    REGISTERED.call_once(|| {
        registered = flag::register_conditional_default(SIGINT, &NOBODY_LISTENS).map(drop);
    });
    registered?;
    let nobody = !listening && !OWNED.load(Ordering::SeqCst);
    NOBODY_LISTENS.store(nobody, Ordering::SeqCst);
    Ok(())
}
