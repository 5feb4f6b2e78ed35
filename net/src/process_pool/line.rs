//! The line to one worker: its process, its socket, a request and its answer. Next: `serve.rs`.
//!
//! Discussion: requests and answers have no numbers, and yet no answer is taken for that to another request. A
//! line has one request at a time; who gives it up drops the line, which kills the worker; and before the next
//! one is sent, a line on which anything came unasked is dropped, too.

use super::PoolError;
use super::frame::Frames;
use super::function::tag;
use super::serve::Queue;
use super::worker::{MARKER, is_astray};
use crate::process::{Child, Command};
use crate::socket::Socket;
use oneloop::reactor::{Direction, Drained};
use std::fmt;
use std::future::{Future, poll_fn};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::task::Poll;

/// How much is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// A worker that has said hello.
pub(super) struct Line {
    child: Child,
    socket: Socket<mio::net::UnixStream>,
    frames: Frames,
    limit: usize,
}

impl Line {
    /// Starts a worker, and waits until it is ready, but no longer than the queue's `start_limit`.
    pub(super) async fn open(queue: &Queue) -> Result<Line, PoolError> {
        let limit = queue.limit;
        let (child, socket) = start(queue).map_err(PoolError::no_worker)?;
        let mut line = Line {
            child,
            socket,
            frames: Frames::new(limit),
            limit,
        };
        let late = oneloop::sleep(queue.start_limit);
        match unless(late, line.receive()).await {
            Some(Ok(hello)) if hello == [tag::HELLO] => Ok(line),
            Some(_) => {
                let status = line.autopsy().await?;
                Err(no_hello(format_args!(", and ended by {status}"), ""))
            }
            // Dropping the line kills the worker.
            None => {
                let cure = "; if it needs longer than that, raise \
                            `ProcessPool::builder().start_limit(d)`";
                let limit = queue.start_limit;
                Err(no_hello(
                    format_args!(" within {limit:?}, and was killed"),
                    cure,
                ))
            }
        }
    }

    /// Whether the worker waits for a request, as far as can be seen.
    pub(super) fn is_idle(&self) -> bool {
        let alive = matches!(self.child.try_wait(), Ok(None));
        // What one says unasked would be taken for its next answer, and one that has closed its line is about
        // to end.
        let silent = self.frames.is_empty() && {
            let read = |mut socket: &mio::net::UnixStream| socket.read(&mut [0]);
            let read = self.socket.try_io(Direction::Read, read);
            read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
        };
        alive && silent
    }

    /// Sends a request, and waits for its result.
    ///
    /// # Errors
    /// With `Err` outside the worker has come to its end; with `Err` inside it goes on.
    pub(super) async fn call(
        &mut self,
        request: &[u8],
    ) -> Result<Result<Vec<u8>, PoolError>, PoolError> {
        let sent = unless(self.child.wait(), self.send(request)).await;
        let answer = match sent {
            Some(Ok(())) => self.receive().await,
            Some(Err(error)) => Err(error),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        match answer {
            Ok(answer) => Ok(self.judge(answer)),
            Err(_) => Err(PoolError::WorkerDied(self.autopsy().await?)),
        }
    }

    fn judge(&self, mut answer: Vec<u8>) -> Result<Vec<u8>, PoolError> {
        let bytes = answer.split_off(answer.len().min(1));
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        match answer.first() {
            Some(&tag::RESULT) => Ok(bytes),
            Some(&tag::PANIC) => Err(PoolError::Panicked(text())),
            Some(&tag::UNKNOWN) => Err(PoolError::Unknown(text())),
            Some(&tag::TOO_LONG) => Err(PoolError::TooLong {
                bytes: postcard::from_bytes(&bytes).unwrap_or(usize::MAX),
                limit: self.limit,
            }),
            Some(&tag::FORMAT) => Err(PoolError::Format(text())),
            _ => Err(PoolError::Format("the worker's answer is none".to_owned())),
        }
    }

    /// Says how the worker ended, and ends it if it has not.
    async fn autopsy(&self) -> Result<ExitStatus, PoolError> {
        // It has closed its socket, or written what is no answer.
        let _ = self.child.kill();
        self.child.wait().await.map_err(PoolError::no_worker)
    }

    /// Ends an idle worker, and waits for its end.
    pub(super) async fn close(self) {
        // Dropping it would not be enough where a process that was forked from this one has a copy.
        let _ = self.socket.with(|socket| socket.shutdown(Shutdown::Both));
        drop(self.socket);
        // Nobody is left to be told of an error.
        let _ = self.child.wait().await;
    }

    async fn send(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let write = |mut socket: &mio::net::UnixStream| {
                let written = socket.write(bytes)?;
                Ok((written, Drained::if_short(written, bytes.len())))
            };
            let written = self.socket.io(Direction::Write, write).await?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// Waits for a message, or for the end of the worker.
    ///
    /// That of the socket is not enough: a process that the worker has started may hold a copy of it, and keep
    /// it open for as long as it likes.
    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let Line {
            child,
            socket,
            frames,
            ..
        } = self;
        match unless(child.wait(), message(socket, frames)).await {
            Some(came) => came,
            None => last_message(socket, frames),
        }
    }
}

/// Waits for the next message.
async fn message(
    socket: &Socket<mio::net::UnixStream>,
    frames: &mut Frames,
) -> io::Result<Vec<u8>> {
    let mut piece = vec![0; PIECE];
    loop {
        if let Some(message) = cut(frames)? {
            return Ok(message);
        }
        let read = |mut socket: &mio::net::UnixStream| {
            let read = socket.read(&mut piece)?;
            Ok((read, Drained::if_short(read, PIECE)))
        };
        match socket.io(Direction::Read, read).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => frames.push(&piece[..read]),
        }
    }
}

/// Gives the message that a worker wrote before its end: it may be known that it has ended, and not yet that it
/// has written.
fn last_message(socket: &Socket<mio::net::UnixStream>, frames: &mut Frames) -> io::Result<Vec<u8>> {
    let mut piece = vec![0; PIECE];
    loop {
        if let Some(message) = cut(frames)? {
            return Ok(message);
        }
        match socket.try_io(Direction::Read, |mut socket| socket.read(&mut piece)) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => frames.push(&piece[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn cut(frames: &mut Frames) -> io::Result<Option<Vec<u8>>> {
    let next = frames.next();
    next.map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Awaits `work`, but not beyond `end`, where it is `None`; what is ready at the same time counts.
async fn unless<W, E>(end: impl Future<Output = E>, work: impl Future<Output = W>) -> Option<W> {
    let (mut work, mut end) = (pin!(work), pin!(end));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => end.as_mut().poll(context).map(|_| None),
    })
    .await
}

fn no_hello(cause: fmt::Arguments<'_>, cure: &str) -> PoolError {
    let text = format!(
        "the worker did not say hello{cause}: `process_pool::init` has to come first in `main`, before \
         anything that a worker can't do{cure}"
    );
    PoolError::no_worker(io::Error::other(text))
}

/// Starts this program once more. The worker's standard input is the other end of the socket.
fn start(queue: &Queue) -> io::Result<(Child, Socket<mio::net::UnixStream>)> {
    if is_astray() {
        let text = "this process is itself a worker, and did not get to `process_pool::init`: that has to \
                    come first in `main`, before there is a pool";
        return Err(io::Error::other(text));
    }
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let socket = Socket::new(mio::net::UnixStream::from_std(ours))?;
    socket.set_name(|_| "a worker".to_owned());
    let mut command = std::process::Command::new(own_program()?);
    command.args(&queue.arguments);
    command.arg(queue.limit.to_string()).arg(MARKER);
    // Out of reach of the terminal's Ctrl-C.
    command.process_group(0);
    let mut command = Command::from(command);
    command.stdin(OwnedFd::from(theirs)).kill_on_drop(true);
    if queue.quiet {
        command.stdout(Stdio::null());
    }
    Ok((command.spawn()?, socket))
}

/// The program's file; on Linux the very same also after it was replaced.
fn own_program() -> io::Result<PathBuf> {
    match cfg!(target_os = "linux") {
        true => Ok(PathBuf::from("/proc/self/exe")),
        false => std::env::current_exe(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process_pool::frame::frame;

    /// The pool's end of a line, and the worker's.
    fn line() -> (Socket<mio::net::UnixStream>, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let socket = Socket::new(mio::net::UnixStream::from_std(ours)).unwrap();
        (socket, theirs)
    }

    #[test]
    fn the_last_message_is_found_without_waiting_for_the_end_of_the_line() {
        oneloop::run(async {
            let (socket, mut theirs) = line();
            let mut frames = Frames::new(1_000_000);
            let answer = vec![7; 3 * PIECE / 2];
            let bytes = frame(&[&answer], 1_000_000).unwrap();
            // It is known that nothing had come before.
            let none = last_message(&socket, &mut frames).unwrap_err();
            assert_eq!(none.kind(), io::ErrorKind::WouldBlock);
            theirs.write_all(&bytes).unwrap();
            assert!(last_message(&socket, &mut frames).unwrap() == answer);

            // Half a message is none.
            theirs.write_all(&bytes[..10]).unwrap();
            assert!(last_message(&socket, &mut frames).is_err());
            drop(theirs);
            let end = last_message(&socket, &mut frames).unwrap_err();
            assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
        });
    }

    #[test]
    fn what_is_done_at_the_end_counts() {
        oneloop::run(async {
            let both = unless(std::future::ready(()), std::future::ready(7)).await;
            assert_eq!(both, Some(7));
            let late = unless(std::future::ready(()), oneloop::yield_now()).await;
            assert_eq!(late, None);
        });
    }
}
