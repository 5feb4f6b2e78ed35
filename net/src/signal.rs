//! Waiting for a signal of the system: the first form, one type and three shortcuts.
//!
//! A handler may do next to nothing, so signal-hook's writes one byte into a pipe, and the loop
//! reads the other end like any socket. Needs the feature `signal`, and Unix.

use crate::socket::Socket;
use oneloop::reactor::{Direction, Drained};
use signal_hook::SigId;
use signal_hook::low_level::{pipe, unregister};
use std::fmt;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;

pub use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};

/// Takes note of one kind of signal, from when it is made until it is dropped.
///
/// asyncio's `add_signal_handler` calls a function; here a task waits. Signals that come faster than
/// they are waited for become one, as the kernel does it too.
///
/// The system's own reaction, such as ending the process at SIGTERM, is off from the first
/// `Signal` of a kind on, and stays off when it is dropped.
///
/// ```
/// use oneloop_net::signal::{SIGUSR1, Signal};
///
/// oneloop::run(async {
///     let signal = Signal::new(SIGUSR1)?;
///     signal_hook::low_level::raise(SIGUSR1)?;
///     signal.recv().await
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "the system's own reaction is off while nobody waits"]
pub struct Signal {
    /// The number of the signal.
    number: i32,
    /// The end of the pipe that the handler does not write to.
    pipe: Socket<mio::net::UnixStream>,
    /// Takes the handler's action away again.
    action: SigId,
}

impl Signal {
    /// Takes note of the signal with this number from now on.
    ///
    /// # Errors
    ///
    /// Fails outside a loop, and for signals that can't be caught.
    ///
    /// # Panics
    ///
    /// For signals that must not be caught this way: SIGKILL, SIGSTOP, SIGILL, SIGFPE and SIGSEGV.
    pub fn new(number: i32) -> io::Result<Signal> {
        let (ours, handlers) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let pipe = Socket::new(mio::net::UnixStream::from_std(ours))?;
        pipe.set_name(|_| format!("signal {number}"));
        // The handler's end is made non-blocking by signal-hook, and is closed with the action.
        let action = pipe::register(number, handlers)?;
        Ok(Signal {
            number,
            pipe,
            action,
        })
    }

    /// Waits for the next signal, or returns at once if one came since the last time.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has missed nothing.
    pub async fn recv(&self) -> io::Result<()> {
        self.pipe
            .io(Direction::Read, |mut pipe| {
                // Each byte is a signal. A longer backlog is read with the next call.
                let mut bytes = [0; 64];
                let read = pipe.read(&mut bytes)?;
                Ok(((), Drained::if_short(read, bytes.len())))
            })
            .await
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        unregister(self.action);
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Signal");
        debug.field("number", &self.number).finish_non_exhaustive()
    }
}

/// Waits for SIGTERM, the polite request to end.
///
/// ```
/// use oneloop_net::signal;
/// use std::time::Duration;
///
/// oneloop::run(async {
///     let server = oneloop::create_task(async { oneloop::sleep(Duration::MAX).await });
///     oneloop::call_soon(|| signal_hook::low_level::raise(signal::SIGTERM).unwrap());
///     signal::terminate().await?;
///     server.cancel();
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn terminate() -> io::Result<()> {
    Signal::new(SIGTERM)?.recv().await
}

/// Waits for SIGINT, which a terminal sends for Ctrl-C.
///
/// ```
/// use oneloop_net::signal;
///
/// oneloop::run(async {
///     oneloop::call_soon(|| signal_hook::low_level::raise(signal::SIGINT).unwrap());
///     signal::interrupt().await
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn interrupt() -> io::Result<()> {
    Signal::new(SIGINT)?.recv().await
}

/// Waits for SIGHUP, by which many servers are told to read their configuration again.
///
/// ```
/// use oneloop_net::signal;
///
/// oneloop::run(async {
///     oneloop::call_soon(|| signal_hook::low_level::raise(signal::SIGHUP).unwrap());
///     signal::hangup().await
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn hangup() -> io::Result<()> {
    Signal::new(SIGHUP)?.recv().await
}
