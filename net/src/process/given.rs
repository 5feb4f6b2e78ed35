//! Descriptors that a program has already: whether they can be waited for, and their mode. Next: `pipe.rs`.
//!
//! Discussion: whether a read blocks is a property of the open file and not of its descriptor, and who shares the
//! file shares that (fcntl(2), `F_SETFL`). A shell and its programs have one file of their terminal in common, for
//! input, output and errors: made non-blocking for its input, a `println!` could fail, and so could the shell after
//! the program was killed. So a terminal is opened once more, which makes a file of our own. Of a pipe there may be
//! no second file, since a reader or writer more is something that its other end sees; its mode is put back.

use oneloop::Loop;
use oneloop::reactor::Direction;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::FileTypeExt;

/// Makes a file blocking again when it is dropped.
#[derive(Debug)]
pub(super) struct BlocksAgain(File);

impl Drop for BlocksAgain {
    fn drop(&mut self) {
        // Who set other flags meanwhile keeps them. There is nobody to tell of an error.
        if let Ok(flags) = fcntl_getfl(&self.0) {
            let _ = fcntl_setfl(&self.0, flags - OFlags::NONBLOCK);
        }
    }
}

/// Makes it non-blocking, if it is something that can be waited for, and tells what undoes that.
pub(super) fn non_blocking(
    descriptor: OwnedFd,
    direction: Direction,
) -> io::Result<(OwnedFd, Option<BlocksAgain>)> {
    // Before anything is changed.
    Loop::current().map_err(io::Error::other)?;
    let file = File::from(descriptor);
    let kind = file.metadata()?.file_type();
    let verb = match direction {
        Direction::Read => "read",
        Direction::Write => "write",
    };
    if !(kind.is_fifo() || kind.is_socket() || kind.is_char_device()) {
        return Err(refused(
            &file,
            format!(
                "is no pipe, socket or terminal but a file on a disk, for which nobody can wait: {verb} \
                 it in `oneloop::to_thread`"
            ),
        ));
    }
    let flags = fcntl_getfl(&file)?;
    let other = match direction {
        Direction::Read => OFlags::WRONLY,
        Direction::Write => OFlags::RDONLY,
    };
    if flags & OFlags::RWMODE == other {
        return Err(refused(
            &file,
            format!("was not opened to {verb}: is it the other end of the pipe?"),
        ));
    }
    if let Some(terminal) = terminal_of_our_own(&file, direction) {
        return Ok((terminal.into(), None));
    }
    if flags.contains(OFlags::NONBLOCK) {
        return Ok((file.into(), None));
    }
    let copy = file.try_clone()?;
    fcntl_setfl(&file, flags | OFlags::NONBLOCK)?;
    Ok((file.into(), Some(BlocksAgain(copy))))
}

fn refused(file: &File, why: String) -> io::Error {
    let text = format!("descriptor {} {why}", file.as_raw_fd());
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// Opens a terminal once more, if it is one and may be opened.
#[cfg(target_os = "linux")]
fn terminal_of_our_own(file: &File, direction: Direction) -> Option<File> {
    use std::io::IsTerminal;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

    /// `/dev/ptmx`, the other end of terminals (devices.txt of Linux: 5, 2): opened again it is another one's.
    const OTHER_END: u64 = (5 << 8) | 2;
    if !file.is_terminal() || file.metadata().ok()?.rdev() == OTHER_END {
        return None;
    }
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    File::options()
        .read(direction == Direction::Read)
        .write(direction == Direction::Write)
        .custom_flags(flags.bits().cast_signed())
        .open(format!("/proc/self/fd/{}", file.as_raw_fd()))
        .ok()
}

/// Elsewhere there is no way to open what a descriptor stands for.
#[cfg(not(target_os = "linux"))]
fn terminal_of_our_own(_: &File, _: Direction) -> Option<File> {
    None
}
