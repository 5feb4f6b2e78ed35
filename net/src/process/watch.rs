//! How the loop learns that a process has ended. Next: `running.rs`.

use crate::socket::Socket;
use oneloop::reactor::{Direction, Drained};
use std::io;
use std::os::fd::OwnedFd;

/// What becomes ready when a process ends.
pub(super) enum Watch {
    /// A descriptor of the process.
    Descriptor(Socket<OwnedFd>),
}

impl Watch {
    /// Begins to watch a process whose status was not fetched yet.
    pub(super) fn begin(pid: u32) -> io::Result<Watch> {
        let socket = Socket::new(descriptor(pid)?)?;
        socket.set_name(|_| format!("process {pid}"));
        Ok(Watch::Descriptor(socket))
    }

    /// Waits until `look` finds what it looks for, which it does when the process has ended.
    pub(super) async fn until<T>(
        &self,
        mut look: impl FnMut() -> io::Result<Option<T>>,
    ) -> io::Result<T> {
        match self {
            Watch::Descriptor(socket) => {
                socket
                    .io(Direction::Read, |_| match look()? {
                        Some(found) => Ok((found, Drained::No)),
                        None => Err(io::ErrorKind::WouldBlock.into()),
                    })
                    .await
            }
        }
    }
}

/// Opens a descriptor of a process.
#[cfg(target_os = "linux")]
fn descriptor(pid: u32) -> io::Result<OwnedFd> {
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::InvalidInput)?;
    Ok(pidfd_open(pid, PidfdFlags::NONBLOCK)?)
}

#[cfg(not(target_os = "linux"))]
fn descriptor(_: u32) -> io::Result<OwnedFd> {
    Err(io::ErrorKind::Unsupported.into())
}
