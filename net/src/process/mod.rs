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
//! | `loop.connect_read_pipe(…, sys.stdin)`, `connect_write_pipe` | [`PipeReader::from_fd`], [`PipeWriter::from_fd`] |
//! | `subprocess.run(…)` | [`Command::output`], [`Command::status`] |
//!
//! **Nobody becomes a zombie**, and no thread is needed for that. The loop watches each process (on Linux by
//! a descriptor of it, a pidfd; elsewhere, with the feature `signal`, by SIGCHLD) and fetches its status as soon
//! as it has ended, whether or not anybody waits. When the loop ends, those that were killed are fetched with it, as
//! are those that [`kill_on_drop`](Command::kill_on_drop) kills then.
//!
//! **A process that is left to itself and outlives its loop** is fetched when this program starts another one, or
//! finds another one ended, in whatever loop (Python's `subprocess` does the same). Until then it may be a zombie:
//! a line in the kernel's list. If you leave processes behind and start no others, call [`reap_orphans`] now and then.
//!
//! **Starting blocks** for the time of a `fork` and `exec`, a millisecond or so, longer if the
//! program lies on a slow disk: std's `Command` does it, here as in asyncio.
//!
//! Read on in this order: `given.rs`, `pipe.rs`, `orphans.rs`, `children.rs`, `watch.rs`, `running.rs`, `child.rs`, `communicate.rs`,
//! `command.rs`.

mod child;
mod command;
mod communicate;
#[cfg(feature = "signal")]
mod children;
mod given;
mod orphans;
mod pipe;
mod running;
mod watch;

pub use child::Child;
pub use command::Command;
pub use orphans::reap_orphans;
pub use pipe::{PipeReader, PipeWriter};
