//! Passing descriptors: an open file, a socket, a pipe goes to another process. Next: `listener.rs`.

use super::UnixStream;
use oneloop::reactor::{Direction, Drained};
use rustix::cmsg_space;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// How many descriptors go along with one piece of bytes: Linux's own limit (unix(7), `SCM_MAX_FD`).
const MOST: usize = 253;

/// What [`UnixStream::recv_descriptors`] has received.
///
/// ```
/// use oneloop_net::unix::{Received, UnixStream};
/// oneloop::run(async {
///     let (one, other) = UnixStream::pair()?;
///     one.write_all(b"bytes alone").await?;
///     let received: Received = other.recv_descriptors(&mut [0; 100]).await?;
///     assert_eq!((received.length, received.descriptors.len()), (11, 0));
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Received {
    /// How many bytes lie in the buffer; 0 is the end of the stream.
    pub length: usize,
    /// The descriptors that came with them, closed when they are dropped.
    pub descriptors: Vec<OwnedFd>,
    /// Whether the system has thrown descriptors away, since the process can't have more.
    pub lost: bool,
}

impl UnixStream {
    /// Writes bytes, and passes copies of these descriptors along with the first of them: Python's
    /// `socket.send_fds`. Returns how many bytes were taken; the descriptors are on their way then.
    ///
    /// There must be a byte to carry them, and 253 descriptors are the most that one call takes.
    ///
    /// # Errors
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for no byte or too many descriptors, and the
    /// system's, as when the peer is gone.
    ///
    /// # Cancel safety
    /// Dropped before it is ready it has sent nothing.
    ///
    /// ```
    /// use oneloop_net::unix::UnixStream;
    /// use std::fs::File;
    /// use std::io::Read;
    /// use std::os::fd::AsFd;
    /// oneloop::run(async {
    ///     let (one, other) = UnixStream::pair()?;
    ///     let file = File::open("Cargo.toml")?;
    ///     one.send_descriptors(b"f", &[file.as_fd()]).await?;
    ///
    ///     let mut received = other.recv_descriptors(&mut [0; 1]).await?;
    ///     let mut text = String::new();
    ///     File::from(received.descriptors.remove(0)).read_to_string(&mut text)?;
    ///     assert!(text.contains("[package]"));
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn send_descriptors(
        &self,
        bytes: &[u8],
        descriptors: &[BorrowedFd<'_>],
    ) -> io::Result<usize> {
        if bytes.is_empty() || descriptors.len() > MOST {
            let text = format!(
                "descriptors go along with at least one byte, and {MOST} at most: there are {} with \
                 {} bytes",
                descriptors.len(),
                bytes.len()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        self.socket
            .io(Direction::Write, |stream| {
                let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST))];
                let mut control = SendAncillaryBuffer::new(&mut space);
                if !descriptors.is_empty() {
                    let fits = control.push(SendAncillaryMessage::ScmRights(descriptors));
                    assert!(fits, "there is space for as many as were counted above");
                }
                let bytes = [IoSlice::new(bytes)];
                let sent = sendmsg(stream.as_fd(), &bytes, &mut control, without_signal())?;
                Ok((sent, Drained::No))
            })
            .await
    }

    /// Reads as [`read`](UnixStream::read) does, and takes the descriptors that come along: Python's
    /// `socket.recv_fds`. They are not handed on to programs that are started (`FD_CLOEXEC`).
    ///
    /// A peer may send many: keep those only that the protocol speaks of.
    ///
    /// # Cancel safety
    /// Dropped before it is ready it has received nothing.
    pub async fn recv_descriptors(&self, buffer: &mut [u8]) -> io::Result<Received> {
        self.socket
            .io(Direction::Read, |stream| {
                let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST))];
                let mut control = RecvAncillaryBuffer::new(&mut space);
                let mut bytes = [IoSliceMut::new(buffer)];
                let came = recvmsg(stream.as_fd(), &mut bytes, &mut control, close_on_exec())?;
                let mut descriptors = Vec::new();
                for message in control.drain() {
                    if let RecvAncillaryMessage::ScmRights(passed) = message {
                        descriptors.extend(passed);
                    }
                }
                #[cfg(not(target_os = "linux"))]
                for descriptor in &descriptors {
                    rustix::io::fcntl_setfd(descriptor, rustix::io::FdFlags::CLOEXEC)?;
                }
                let received = Received {
                    length: came.bytes,
                    descriptors,
                    lost: came.flags.contains(ReturnFlags::CTRUNC),
                };
                Ok((received, Drained::No))
            })
            .await
    }
}

/// Lets the system mark what is received before any other thread can start a program.
fn close_on_exec() -> RecvFlags {
    #[cfg(target_os = "linux")]
    let flags = RecvFlags::CMSG_CLOEXEC;
    #[cfg(not(target_os = "linux"))]
    let flags = RecvFlags::empty();
    flags
}

/// Makes a peer that is gone an error, and no signal. Apple's sockets are made so.
fn without_signal() -> SendFlags {
    #[cfg(not(target_vendor = "apple"))]
    let flags = SendFlags::NOSIGNAL;
    #[cfg(target_vendor = "apple")]
    let flags = SendFlags::empty();
    flags
}
