//! The four calls that move bytes, of any stream, and whether they left something. Next: `names/`.

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
