//! The four calls that move bytes, of any stream, and whether they left something; and the loops over
//! them. Next: `names/`.

use oneloop::reactor::Drained;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};

/// One `recv`, and whether it took all there was.
pub(crate) fn read(mut stream: impl Read, buffer: &mut [u8]) -> io::Result<(usize, Drained)> {
    let read = stream.read(buffer)?;
    Ok((read, Drained::if_short(read, buffer.len())))
}

/// One `send`, and whether it filled the kernel's buffer.
pub(crate) fn write(mut stream: impl Write, bytes: &[u8]) -> io::Result<(usize, Drained)> {
    let written = stream.write(bytes)?;
    Ok((written, Drained::if_short(written, bytes.len())))
}

/// How many buffers a system takes at least in one call (POSIX, `_XOPEN_IOV_MAX`). Linux takes 1024,
/// and std hands over no more than the system takes.
const SURELY_TAKEN: usize = 16;

/// Judges a vectored call: of more buffers than were surely looked at, a short count says nothing.
/// To wait then, with room or data left, would be to wait for news that never comes.
fn drained_if_short(transferred: usize, lengths: impl ExactSizeIterator<Item = usize>) -> Drained {
    if lengths.len() > SURELY_TAKEN {
        return Drained::No;
    }
    Drained::if_short(transferred, lengths.sum())
}

/// One `readv`, and whether it took all there was.
pub(crate) fn read_vectored(
    mut stream: impl Read,
    buffers: &mut [IoSliceMut<'_>],
) -> io::Result<(usize, Drained)> {
    let read = stream.read_vectored(buffers)?;
    let lengths = buffers.iter().map(|buffer| buffer.len());
    Ok((read, drained_if_short(read, lengths)))
}

/// One `writev`, and whether it filled the kernel's buffer.
pub(crate) fn write_vectored(
    mut stream: impl Write,
    buffers: &[IoSlice<'_>],
) -> io::Result<(usize, Drained)> {
    let written = stream.write_vectored(buffers)?;
    let lengths = buffers.iter().map(|buffer| buffer.len());
    Ok((written, drained_if_short(written, lengths)))
}

/// Reads by `read` until the buffer is full.
pub(crate) async fn read_exact(
    mut buffer: &mut [u8],
    mut read: impl AsyncFnMut(&mut [u8]) -> io::Result<usize>,
) -> io::Result<()> {
    while !buffer.is_empty() {
        match read(buffer).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => buffer = &mut buffer[read..],
        }
    }
    Ok(())
}

/// Writes by `write` until all bytes are written.
pub(crate) async fn write_all(
    mut bytes: &[u8],
    mut write: impl AsyncFnMut(&[u8]) -> io::Result<usize>,
) -> io::Result<()> {
    while !bytes.is_empty() {
        match write(bytes).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => bytes = &bytes[written..],
        }
    }
    Ok(())
}

/// Judges the end of a direction: of a connection that the peer has ended there is none left to make.
pub(crate) fn closed(shut: io::Result<()>) -> io::Result<()> {
    match shut {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
        shut => shut,
    }
}
