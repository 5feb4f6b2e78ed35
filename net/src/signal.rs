//! Waiting for a signal of the system: the first form, one type and three shortcuts.
//!
//! It reads a [`SignalPipe`] of the runtime like any socket. Needs the feature `signal`, and Unix.

use crate::socket::Socket;
use oneloop::reactor::{Direction, Drained};
use oneloop::signal::SignalPipe;
use std::fmt;
use std::io;

pub use oneloop::signal::{SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};

/// Takes note of one kind of signal, from when it is made until it is dropped.
///
/// asyncio's `add_signal_handler` calls a function; here a task waits. Signals that come faster than
/// they are waited for become one, as the kernel does it too.
///
/// The system's own reaction, such as ending the process at SIGTERM, is off from the first
/// `Signal` of a kind on, and stays off when it is dropped. While one for SIGINT lives, `run` leaves Ctrl-C to
/// it; else `run` [ends with all clean-up](oneloop::signal).
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
    pipe: Socket<SignalPipe>,
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
        let pipe = Socket::new(SignalPipe::new(number)?)?;
        pipe.set_name(|_| format!("signal {number}"));
        Ok(Signal { pipe })
    }

    /// Waits for the next signal, or returns at once if one came since the last time.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has missed nothing.
    pub async fn recv(&self) -> io::Result<()> {
        self.pipe
            .io(Direction::Read, |pipe| {
                // A longer backlog is read with the next call.
                pipe.take()?;
                Ok(((), Drained::No))
            })
            .await
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Signal");
        debug.field("number", &self.pipe.with(SignalPipe::number));
        debug.finish_non_exhaustive()
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
