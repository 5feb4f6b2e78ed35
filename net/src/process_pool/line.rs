//! The line to one worker: its process, its socket, a request and its answer. Next: `serve.rs`.

use super::PoolError;
use super::frame::Frames;
use super::function::tag;
use super::serve::Queue;
use super::worker::{MARKER, is_astray};
use crate::process::{Child, Command};
use crate::socket::Socket;
use oneloop::reactor::{Direction, Drained};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Stdio;

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
    /// Starts a worker, and waits until it is ready.
    pub(super) async fn open(queue: &Queue) -> Result<Line, PoolError> {
        let limit = queue.limit;
        let (child, socket) = start(queue).map_err(PoolError::no_worker)?;
        let mut line = Line {
            child,
            socket,
            frames: Frames::new(limit),
            limit,
        };
        match line.receive().await {
            Ok(hello) if hello == [tag::HELLO] => Ok(line),
            _ => {
                let text = "the worker did not say hello: `process_pool::init` has to come first in `main`, \
                            before anything that a worker can't do";
                Err(PoolError::no_worker(io::Error::other(text)))
            }
        }
    }

    /// Whether the worker waits for a request, as far as can be seen.
    pub(super) fn is_idle(&self) -> bool {
        let alive = matches!(self.child.try_wait(), Ok(None));
        // A worker that speaks unasked is none.
        alive && self.frames.is_empty()
    }

    /// Sends a request, and waits for its result.
    ///
    /// # Errors
    /// With `Err` outside the worker has come to its end; with `Err` inside it goes on.
    pub(super) async fn call(
        &mut self,
        request: &[u8],
    ) -> Result<Result<Vec<u8>, PoolError>, PoolError> {
        let answer = match self.send(request).await {
            Ok(()) => self.receive().await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) => Ok(self.judge(answer)),
            Err(_) => Err(self.autopsy().await),
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
    async fn autopsy(&self) -> PoolError {
        // It has closed its socket, or written what is no answer.
        let _ = self.child.kill();
        match self.child.wait().await {
            Ok(status) => PoolError::WorkerDied(status),
            Err(error) => PoolError::no_worker(error),
        }
    }

    /// Ends an idle worker, and waits for its end.
    pub(super) async fn close(self) {
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

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut piece = vec![0; PIECE];
        loop {
            let next = self.frames.next();
            let next = next.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            if let Some(message) = next {
                return Ok(message);
            }
            let read = |mut socket: &mio::net::UnixStream| {
                let read = socket.read(&mut piece)?;
                Ok((read, Drained::if_short(read, PIECE)))
            };
            match self.socket.io(Direction::Read, read).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => self.frames.push(&piece[..read]),
            }
        }
    }
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
