//! [`init`]: what a worker does instead of being the program. Next: `error.rs`.

use super::Registered;
use super::frame::{Frames, frame};
use super::function::{answer, tag};
use rustix::stdio::dup2_stdin;
use std::fs::File;
use std::io::{self, Read, Write, stdin};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};

/// The last argument of a worker. It looks like no option, so that a test program takes it for the name of a
/// test that is not there.
pub(super) const MARKER: &str = "oneloop-process-pool-worker";

/// Whether this process got to [`init`] as a worker.
static SERVES: AtomicBool = AtomicBool::new(false);

/// How much is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// Makes a worker of this process, if it was started as one: then it runs `functions` as they are asked
/// for, and this never returns. In the program itself it returns at once.
///
/// Call it first in `main`, before the program reads its arguments, starts threads or prints: all that comes
/// before happens in every worker, too. A worker shares the program's standard output and error output; its
/// standard input is empty.
///
/// ```
/// use oneloop_net::process_pool::{Function, init};
/// const DOUBLE: Function<i32, i32> = Function::new("double", |n| 2 * n);
/// fn main() {
///     init(&[&DOUBLE]);
///     println!("this is the program");
/// }
/// ```
pub fn init(functions: &[&dyn Registered]) {
    let mut arguments = std::env::args_os();
    let (Some(limit), Some(marker)) = (arguments.nth_back(1), std::env::args_os().next_back())
    else {
        return;
    };
    let limit = limit.to_str().and_then(|limit| limit.parse().ok());
    if let Some(limit) = limit
        && marker == MARKER
    {
        SERVES.store(true, Ordering::Relaxed);
        // Of an error the program learns by our end; with it gone there is nobody to tell.
        let served = serve(functions, limit);
        std::process::exit(i32::from(served.is_err()));
    }
}

/// Whether this process was started as a worker and runs the program instead. Workers of its own would do
/// so in their turn, without end. (A function in a worker that serves may have a pool.)
pub(super) fn is_astray() -> bool {
    !SERVES.load(Ordering::Relaxed)
        && std::env::args_os()
            .next_back()
            .is_some_and(|last| last == MARKER)
}

/// Answers requests until there are no more.
fn serve(functions: &[&dyn Registered], limit: usize) -> io::Result<()> {
    let mut socket = UnixStream::from(stdin().as_fd().try_clone_to_owned()?);
    // A function that reads its input must not take our requests.
    dup2_stdin(File::open("/dev/null")?)?;
    let hello = frame(&[&[tag::HELLO]], limit.max(1)).ok_or(io::ErrorKind::InvalidInput)?;
    socket.write_all(&hello)?;
    let mut frames = Frames::new(limit);
    let mut piece = vec![0; PIECE];
    loop {
        let next = frames.next();
        let next = next.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        if let Some(request) = next {
            socket.write_all(&answer(functions, &request, limit))?;
            continue;
        }
        match socket.read(&mut piece)? {
            0 => return Ok(()),
            read => frames.push(&piece[..read]),
        }
    }
}
