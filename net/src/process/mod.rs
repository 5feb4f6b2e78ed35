//! Processes: programs that are started, talked to through pipes, and awaited. asyncio's
//! `create_subprocess_exec` and `create_subprocess_shell`. Unix only.
//!
//! ```
//! use oneloop_net::process::Command;
//! oneloop::run(async {
//!     let mut child = Command::shell("read line; echo got $line; exit 3").pipe_all().spawn()?;
//!     let output = child.communicate(b"hello\n").await?;
//!     assert_eq!(output.stdout, b"got hello\n");
//!     assert_eq!(output.status.code(), Some(3));
//!     Ok::<(), std::io::Error>(())
//! })?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | asyncio | here |
//! | --- | --- |
//! | `create_subprocess_exec("ls", "-l")` | [`Command::new("ls").arg("-l").spawn()`](Command) |
//! | `create_subprocess_shell("ls \| wc")` | [`Command::shell("ls \| wc").spawn()`](Command::shell) |
//! | `stdin=PIPE`, `DEVNULL`, a file | [`stdin(Stdio::piped())`](Command::stdin), `Stdio::null()`, `file` |
//! | `await process.communicate(b"…")` | [`child.communicate(b"…").await`](Child::communicate), with a bound |
//! | `await process.wait()`, `returncode` | [`child.wait().await`](Child::wait), [`try_wait`](Child::try_wait) |
//! | `kill()`, `terminate()`, `send_signal(n)`, `pid` | the same names; [`id`](Child::id) |
//! | `process.stdin`, `stdout`, `stderr` | pipes in the [`Child`], for a [`StreamWriter`](crate::streams::StreamWriter) or [`StreamReader`](crate::streams::StreamReader) |
//! | `subprocess.run(…)` | [`Command::output`], [`Command::status`] |
//!
//! **Nobody becomes a zombie.** The loop watches each process (on Linux by a descriptor of it, a
//! pidfd; elsewhere, with the feature `signal`, by SIGCHLD) and fetches its status as soon as it has ended, whether or not anybody waits. A process
//! that outlives its loop is fetched by a thread, which is started for that and ends with the last one.
//!
//! **Starting blocks** for the time of a `fork` and `exec`, a millisecond or so, longer if the
//! program lies on a slow disk: std's `Command` does it, here as in asyncio.
//!
//! Read on in this order: `pipe.rs`, `orphans.rs`, `children.rs`, `watch.rs`, `running.rs`, `child.rs`, `communicate.rs`,
//! `command.rs`.

mod child;
mod command;
mod communicate;
#[cfg(feature = "signal")]
mod children;
mod orphans;
mod pipe;
mod running;
mod watch;

pub use child::Child;
pub use command::Command;
pub use pipe::{PipeReader, PipeWriter};
