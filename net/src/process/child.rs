//! [`Child`]: a process that was started. Next: `communicate.rs`.

use super::communicate::Collected;
use super::running::Running;
use super::{PipeReader, PipeWriter};
use rustix::process::Signal;
use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::rc::Rc;

/// A process that was started by [`Command::spawn`](super::Command::spawn): asyncio's `Process`.
///
/// Dropping it leaves the process to itself, unless [`kill_on_drop`](super::Command::kill_on_drop) was
/// asked for; the loop fetches its status all the same, while it lasts (see
/// [`reap_orphans`](super::reap_orphans) for what comes after). Most methods take `&self`, so that several tasks
/// can share it in an [`Rc`], one of them waiting while another one ends it.
///
/// ```
/// use oneloop_net::process::Command;
/// oneloop::run(async {
///     let child = Command::new("sleep").arg("1000").spawn()?;
///     child.terminate()?;
///     assert_eq!(child.wait().await?.to_string(), "signal: 15 (SIGTERM)");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "a process runs without its handle, and nobody learns how it ends"]
pub struct Child {
    /// The process's input, if it was to be a pipe. Dropping it is the end of that input.
    pub stdin: Option<PipeWriter>,
    /// What the process writes, if that was to be a pipe.
    pub stdout: Option<PipeReader>,
    /// Its errors and messages, if they were to be a pipe.
    pub stderr: Option<PipeReader>,
    pub(super) running: Rc<Running>,
    pub(super) collected: Collected,
    pub(super) kill_on_drop: bool,
}

impl Child {
    /// Waits until the process has ended, and tells how: asyncio's `wait`. A process that has ended tells it
    /// again and again; several tasks may wait.
    ///
    /// With pipes, read what the process writes meanwhile: one that finds its pipe full does not end.
    /// [`communicate`](Child::communicate) does so.
    ///
    /// Cancel safety: giving it up loses nothing.
    ///
    /// # Errors
    /// When somebody else has fetched the status (a `wait` of a C library, or SIGCHLD being ignored),
    /// and when the loop has ended that the process was started in.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let child = Command::shell("exit 7").spawn()?;
    /// let (one, two) = oneloop::gather((child.wait(), child.wait())).await;
    /// assert_eq!((one?.code(), two?.code()), (Some(7), Some(7)));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn wait(&self) -> io::Result<ExitStatus> {
        self.running.ended().await
    }

    /// Tells how the process ended, if it has: asyncio's `returncode`.
    ///
    /// # Errors
    /// When somebody else has fetched the status.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let child = Command::new("cat").pipe_all().spawn()?;
    /// assert!(child.try_wait()?.is_none(), "it waits for its input");
    /// child.kill()?;
    /// # child.wait().await?;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_wait(&self) -> io::Result<Option<ExitStatus>> {
        self.running.look()
    }

    /// Returns the number of the process: asyncio's `pid`. Once it has ended, that may be another's.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let child = Command::new("true").spawn()?;
    /// assert_ne!(child.id(), std::process::id());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn id(&self) -> u32 {
        self.running.pid()
    }

    /// Ends the process by SIGKILL, which it can't refuse. One that has ended is left alone (asyncio
    /// raises `ProcessLookupError`).
    ///
    /// # Errors
    /// When this program may not, because the process has changed its user.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let child = Command::new("cat").pipe_all().spawn()?;
    /// child.kill()?;
    /// assert!(!child.wait().await?.success());
    /// child.kill()?; // Too late, which harms nobody.
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn kill(&self) -> io::Result<()> {
        self.running.send(Signal::KILL)
    }

    /// Asks the process to end, by SIGTERM, otherwise as [`kill`](Child::kill).
    ///
    /// # Errors
    /// As [`kill`](Child::kill).
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let child = Command::new("cat").pipe_all().spawn()?;
    /// child.terminate()?;
    /// assert!(!child.wait().await?.success());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn terminate(&self) -> io::Result<()> {
        self.running.send(Signal::TERM)
    }

    /// Sends the signal with this number, otherwise as [`kill`](Child::kill). With the feature `signal`
    /// the module `signal` has names for some.
    ///
    /// # Errors
    /// As [`kill`](Child::kill), and [`InvalidInput`](io::ErrorKind::InvalidInput) for a number that
    /// is no signal's.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let child = Command::new("cat").pipe_all().spawn()?;
    /// const SIGALRM: i32 = 14;
    /// child.send_signal(SIGALRM)?;
    /// assert!(!child.wait().await?.success());
    /// assert!(child.send_signal(-1).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn send_signal(&self, number: i32) -> io::Result<()> {
        let signal = Signal::from_named_raw(number).ok_or_else(|| {
            let text = format!("{number} is no signal's number");
            io::Error::new(io::ErrorKind::InvalidInput, text)
        })?;
        self.running.send(signal)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.kill_on_drop {
            // It may have ended, or be somebody else's by now.
            let _ = self.kill();
        }
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child")
            .field("id", &self.id())
            .field("status", &self.try_wait())
            .field("stdin", &self.stdin)
            .field("stdout", &self.stdout)
            .field("stderr", &self.stderr)
            .finish()
    }
}
