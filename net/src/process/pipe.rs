//! [`PipeReader`] and [`PipeWriter`]: our ends of a process's pipes, and of others. Next: `orphans.rs`.

use super::given::{BlocksAgain, non_blocking};
use crate::socket::Socket;
use crate::transfer::{write, write_all};
use futures_io::{AsyncRead, AsyncWrite};
use mio::unix::pipe::{Receiver, Sender};
use oneloop::reactor::{Direction, Drained};
use std::fmt;
use std::future::poll_fn;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll};

/// The end of a pipe from which comes what a process writes: a [`Child`](super::Child)'s `stdout` and
/// `stderr`; or what this program was given, as its [standard input](PipeReader::from_fd).
///
/// It has the trait `AsyncRead` of futures-io, so that a
/// [`StreamReader`](crate::streams::StreamReader) can stand on it. It ends when all who can write to the
/// pipe have ended: the process, and those that it has started.
///
/// ```
/// use oneloop_net::process::Command;
/// use oneloop_net::streams::StreamReader;
/// oneloop::run(async {
///     let mut child = Command::shell("echo one; echo two").pipe_all().spawn()?;
///     let lines = StreamReader::new(child.stdout.take().unwrap());
///     assert_eq!(lines.readline().await?, b"one\n");
///     assert_eq!(lines.readline().await?, b"two\n");
///     assert!(child.wait().await?.success());
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct PipeReader {
    socket: Socket<Receiver>,
    /// Dropped last.
    _blocks_again: Option<BlocksAgain>,
}

impl PipeReader {
    /// Ties the end of a pipe to the running loop.
    pub(super) fn new(pipe: impl Into<OwnedFd>, name: &'static str) -> io::Result<PipeReader> {
        let pipe = Receiver::from(pipe.into());
        pipe.set_nonblocking(true)?;
        let socket = Socket::new(pipe)?;
        socket.set_name(|_| name.to_owned());
        Ok(PipeReader {
            socket,
            _blocks_again: None,
        })
    }

    /// Reads a pipe, a FIFO, a socket or a terminal that the program has already, its standard input above all:
    /// asyncio's `loop.connect_read_pipe`.
    ///
    /// Give a copy of what is to be left open. What std's `stdin()` has read before is in its buffer, and does not
    /// come here: use the one or the other.
    ///
    /// The file is made non-blocking, which all see who share it (programs that were given the same pipe, say), and
    /// blocking again when this is dropped, if it was. A program that is killed can't do that. A terminal
    /// is opened once more instead, on Linux, so that nobody else sees anything of it.
    ///
    /// # Errors
    /// Fails outside a loop; and with [`InvalidInput`](io::ErrorKind::InvalidInput) for files on a disk, for which
    /// nobody can wait (`program < file`: read it in [`to_thread`](oneloop::to_thread)), and for the end of a pipe
    /// that can only be written to.
    ///
    /// ```
    /// use oneloop_net::process::PipeReader;
    /// use oneloop_net::streams::StreamReader;
    /// use std::io::Write;
    /// use std::os::fd::AsFd;
    ///
    /// # async fn from_standard_input() -> std::io::Result<StreamReader> {
    /// let input = PipeReader::from_fd(std::io::stdin().as_fd().try_clone_to_owned()?)?;
    /// let lines = StreamReader::new(input);
    /// # Ok(lines)
    /// # }
    ///
    /// oneloop::run(async {
    ///     let (ours, mut theirs) = std::io::pipe()?;
    ///     std::thread::spawn(move || theirs.write_all(b"one\ntwo\n"));
    ///     let lines = StreamReader::new(PipeReader::from_fd(ours)?);
    ///     assert_eq!(lines.readline().await?, b"one\n");
    ///     assert_eq!(lines.readline().await?, b"two\n");
    ///     assert_eq!(lines.readline().await?, b"", "the end");
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_fd(descriptor: impl Into<OwnedFd>) -> io::Result<PipeReader> {
        let (pipe, blocks_again) = non_blocking(descriptor.into(), Direction::Read)?;
        let socket = Socket::shared(Receiver::from(pipe))?;
        socket.set_name(|pipe| format!("descriptor {}", pipe.as_raw_fd()));
        Ok(PipeReader {
            socket,
            _blocks_again: blocks_again,
        })
    }

    /// Reads what has come, waiting for something if need be. 0 is the end.
    ///
    /// Cancel safety: given up, it has read nothing.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let mut child = Command::new("echo").arg("hello").pipe_all().spawn()?;
    /// let mut pipe = child.stdout.take().unwrap();
    /// let mut buffer = [0; 100];
    /// assert_eq!(pipe.read(&mut buffer).await?, 6);
    /// assert_eq!(pipe.read(&mut buffer).await?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket
            .io(Direction::Read, |pipe| read(pipe, buffer))
            .await
    }
}

/// Reads once. A short read is no sign that there is no more: a process may write in packets (`O_DIRECT`,
/// pipe(2)), of which a read takes one at most, and the end that reads can't see it.
fn read(mut pipe: &Receiver, buffer: &mut [u8]) -> io::Result<(usize, Drained)> {
    Ok((pipe.read(buffer)?, Drained::No))
}

impl AsyncRead for PipeReader {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.socket
            .poll_io(Direction::Read, context, |pipe| read(pipe, buffer))
    }
}

/// Makes it the input of another process, which reads what we have not: `a | b`.
impl TryFrom<PipeReader> for Stdio {
    type Error = io::Error;

    fn try_from(pipe: PipeReader) -> io::Result<Stdio> {
        let pipe = pipe.socket.into_inner()?;
        pipe.set_nonblocking(false)?;
        Ok(Stdio::from(OwnedFd::from(pipe)))
    }
}

impl AsFd for PipeReader {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl fmt::Debug for PipeReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PipeReader").field(&self.as_fd()).finish()
    }
}

/// The end of a pipe into which goes what a process reads: a [`Child`](super::Child)'s `stdin`; or another's,
/// by [`from_fd`](PipeWriter::from_fd).
///
/// It has the trait `AsyncWrite` of futures-io, so that a
/// [`StreamWriter`](crate::streams::StreamWriter) can stand on it. Dropping or closing it is the end of the process's
/// input. When nobody reads any more the error is a [`BrokenPipe`](io::ErrorKind::BrokenPipe).
///
/// ```
/// use oneloop_net::process::Command;
/// oneloop::run(async {
///     let mut child = Command::new("wc").arg("-c").pipe_all().spawn()?;
///     let mut pipe = child.stdin.take().unwrap();
///     pipe.write_all(b"12345").await?;
///     drop(pipe);
///     assert_eq!(child.communicate(b"").await?.stdout, b"5\n");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct PipeWriter {
    /// `None` once it is closed: a pipe has no other way to say that nothing more will come.
    socket: Option<Socket<Sender>>,
    /// Dropped last.
    blocks_again: Option<BlocksAgain>,
}

impl PipeWriter {
    /// Ties the end of a pipe to the running loop.
    pub(super) fn new(pipe: impl Into<OwnedFd>, name: &'static str) -> io::Result<PipeWriter> {
        let pipe = Sender::from(pipe.into());
        pipe.set_nonblocking(true)?;
        let socket = Socket::new(pipe)?;
        socket.set_name(|_| name.to_owned());
        Ok(PipeWriter {
            socket: Some(socket),
            blocks_again: None,
        })
    }

    /// Writes to a pipe, a FIFO, a socket or a terminal that the program has already: asyncio's
    /// `loop.connect_write_pipe`. All else is as with [`PipeReader::from_fd`].
    ///
    /// A `println!` fails where it finds standard output non-blocking and full: write there by the one or the other.
    ///
    /// # Errors
    /// As there.
    ///
    /// ```
    /// use oneloop_net::process::{PipeReader, PipeWriter};
    /// oneloop::run(async {
    ///     let (reads, writes) = std::io::pipe()?;
    ///     let (mut reads, mut writes) = (PipeReader::from_fd(reads)?, PipeWriter::from_fd(writes)?);
    ///     writes.write_all(b"hello").await?;
    ///     drop(writes);
    ///     let mut buffer = [0; 16];
    ///     assert_eq!(reads.read(&mut buffer).await?, 5);
    ///     assert_eq!(reads.read(&mut buffer).await?, 0);
    ///     let error = PipeWriter::from_fd(std::fs::File::open("Cargo.toml")?).unwrap_err();
    ///     assert!(error.to_string().contains("to_thread"));
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_fd(descriptor: impl Into<OwnedFd>) -> io::Result<PipeWriter> {
        let (pipe, blocks_again) = non_blocking(descriptor.into(), Direction::Write)?;
        let socket = Socket::shared(Sender::from(pipe))?;
        socket.set_name(|pipe| format!("descriptor {}", pipe.as_raw_fd()));
        Ok(PipeWriter {
            socket: Some(socket),
            blocks_again,
        })
    }

    /// Writes all bytes, waiting while the pipe is full.
    ///
    /// # Cancel safety
    /// None: given up, it has written the first of the bytes, but nobody tells how many.
    ///
    /// # Errors
    /// [`BrokenPipe`](io::ErrorKind::BrokenPipe) when nobody reads any more.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let mut child = Command::new("cat").pipe_all().spawn()?;
    /// child.stdin.as_mut().unwrap().write_all(b"hello").await?;
    /// assert_eq!(child.communicate(b" again").await?.stdout, b"hello again");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let this = &*self;
        write_all(bytes, async |rest| {
            poll_fn(|context| this.poll(context, rest)).await
        })
        .await
    }

    fn poll(&self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Some(socket) = &self.socket else {
            let text = "the pipe was closed before this was written";
            let error = io::Error::new(io::ErrorKind::BrokenPipe, text);
            return Poll::Ready(Err(error));
        };
        socket.poll_io(Direction::Write, context, |pipe| write(pipe, bytes))
    }
}

impl AsyncWrite for PipeWriter {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What was written is the kernel's already.
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket = None;
        self.blocks_again = None; // It has a copy of the descriptor.
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for PipeWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pipe = self.socket.as_ref().map(|socket| socket.as_fd());
        f.debug_tuple("PipeWriter").field(&pipe).finish()
    }
}
