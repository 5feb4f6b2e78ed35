//! [`Child::communicate`]: all input in, all output out. Next: `command.rs`.

use super::{Child, PipeReader, PipeWriter};
use std::io;
use std::process::Output;

/// How much is read at once, in bytes.
const PIECE: usize = 8 * 1024;

/// What a process has written so far. It is kept in the `Child`, so that giving up loses nothing of it.
pub(super) struct Collected {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// How long each of them may become, in bytes.
    limit: usize,
}

impl Collected {
    pub(super) fn new(limit: usize) -> Collected {
        Collected {
            stdout: Vec::new(),
            stderr: Vec::new(),
            limit,
        }
    }
}

impl Child {
    /// Writes `input` to the process and ends its input, reads all that it writes, and waits for its
    /// end: asyncio's `communicate`. What is no pipe is left out, and its part of the output is empty.
    ///
    /// All goes on at the same time, so that neither side waits for the other for ever. A process that
    /// does not want its input to the end is no error, here as there.
    ///
    /// Cancel safety: what was read stays here, and the next call goes on; but nobody tells how much of
    /// `input` was written.
    ///
    /// # Errors
    /// [`FileTooLarge`](io::ErrorKind::FileTooLarge) when the process writes more than the
    /// [limit](super::Command::output_limit), into one of the two pipes; it runs on then, with nobody to
    /// read it. And as [`wait`](Child::wait).
    ///
    /// ```
    /// use oneloop_net::process::Command;
    /// oneloop::run(async {
    ///     let mut sort = Command::new("sort").pipe_all().spawn()?;
    ///     let output = sort.communicate("pears\napples\n").await?;
    ///     assert_eq!(output.stdout, b"apples\npears\n");
    ///     assert!(output.status.success());
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn communicate(&mut self, input: impl AsRef<[u8]>) -> io::Result<Output> {
        let Collected {
            stdout,
            stderr,
            limit,
        } = &mut self.collected;
        let moved = oneloop::try_gather((
            feed(&mut self.stdin, input.as_ref()),
            collect(&mut self.stdout, stdout, *limit, "output"),
            collect(&mut self.stderr, stderr, *limit, "error output"),
        ));
        if let Err(error) = moved.await {
            (self.stdin, self.stdout, self.stderr) = (None, None, None);
            return Err(error);
        }
        let status = self.running.ended().await?;
        Ok(Output {
            status,
            stdout: std::mem::take(&mut self.collected.stdout),
            stderr: std::mem::take(&mut self.collected.stderr),
        })
    }
}

/// Writes the input, and ends it.
async fn feed(pipe: &mut Option<PipeWriter>, input: &[u8]) -> io::Result<()> {
    let Some(writer) = pipe else { return Ok(()) };
    match writer.write_all(input).await {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => {
            *pipe = None;
            Ok(())
        }
    }
}

/// Reads to the end.
async fn collect(
    pipe: &mut Option<PipeReader>,
    into: &mut Vec<u8>,
    limit: usize,
    what: &str,
) -> io::Result<()> {
    let Some(reader) = pipe else { return Ok(()) };
    let mut piece = vec![0; PIECE];
    while let read @ 1.. = reader.read(&mut piece).await? {
        if read > limit - into.len() {
            let text = format!(
                "the process wrote more than {limit} bytes to its standard {what}: raise the limit \
                 by `Command::output_limit`, or read the pipe piece by piece"
            );
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        into.extend_from_slice(&piece[..read]);
    }
    *pipe = None;
    Ok(())
}
