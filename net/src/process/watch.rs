//! How the loop learns that a process has ended. Next: `running.rs`.
//!
//! Linux has descriptors of processes since 5.3, but a sandbox or a tool may refuse them, and others have
//! none. Then SIGCHLD tells that some process has ended, and each one is looked at.

#[cfg(feature = "signal")]
use super::children::{Bell, Children};
use crate::socket::Socket;
use oneloop::Handle;
use oneloop::reactor::{Direction, Drained};
use std::io;
use std::os::fd::OwnedFd;
#[cfg(feature = "signal")]
use std::rc::Rc;

/// What becomes ready when a process ends.
pub(super) enum Watch {
    /// A descriptor of the process.
    Descriptor(Socket<OwnedFd>),
    /// A bell that rings when any process ends.
    #[cfg(feature = "signal")]
    Bell(Rc<Bell>),
}

impl Watch {
    /// Begins to watch a process whose status was not fetched yet.
    pub(super) fn begin(handle: &Handle, pid: u32, by_signal: bool) -> io::Result<Watch> {
        if by_signal {
            return Watch::by_signal(handle);
        }
        match descriptor(pid) {
            Ok(descriptor) => {
                let socket = Socket::new(descriptor)?;
                socket.set_name(|_| format!("process {pid}"));
                Ok(Watch::Descriptor(socket))
            }
            Err(error) if is_refused(&error) => Watch::by_signal(handle),
            Err(error) => Err(error),
        }
    }

    #[cfg(feature = "signal")]
    fn by_signal(handle: &Handle) -> io::Result<Watch> {
        Ok(Watch::Bell(Children::bell(handle)?))
    }

    #[cfg(not(feature = "signal"))]
    fn by_signal(_: &Handle) -> io::Result<Watch> {
        let text = "this system has no descriptors of processes (pidfd), and to learn of their ends by \
                    SIGCHLD takes the feature `signal` of oneloop-net";
        Err(io::Error::new(io::ErrorKind::Unsupported, text))
    }

    /// Waits until `look` finds what it looks for, which it does when the process has ended.
    pub(super) async fn until<T>(
        &self,
        mut look: impl FnMut() -> io::Result<Option<T>>,
    ) -> io::Result<T> {
        match self {
            Watch::Descriptor(socket) => {
                let look = |_: &OwnedFd| match look()? {
                    Some(found) => Ok((found, Drained::No)),
                    None => Err(io::ErrorKind::WouldBlock.into()),
                };
                socket.io(Direction::Read, look).await
            }
            #[cfg(feature = "signal")]
            Watch::Bell(bell) => bell.until(look).await,
        }
    }
}

/// Opens a descriptor of a process.
#[cfg(target_os = "linux")]
fn descriptor(pid: u32) -> io::Result<OwnedFd> {
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::InvalidInput)?;
    // Without a flag, which the first kernels that have descriptors would refuse: it is never read.
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}

#[cfg(not(target_os = "linux"))]
fn descriptor(_: u32) -> io::Result<OwnedFd> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether the system knows no descriptors of processes, or does not let us have one; not whether it
/// has run out of them.
fn is_refused(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let number = error.raw_os_error();
    let refusals =
        [Errno::NOSYS, Errno::PERM, Errno::ACCESS].map(|errno| Some(errno.raw_os_error()));
    error.kind() == io::ErrorKind::Unsupported || refusals.contains(&number)
}
