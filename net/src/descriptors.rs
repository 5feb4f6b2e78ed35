//! Callbacks for descriptors that somebody else reads and writes: asyncio's `add_reader` and
//! `add_writer`, for C libraries and the like that bring a descriptor and no future.
//!
//! The callback is called for as long as there is something to read (or room to write), once in each
//! turn of the loop, as with asyncio's selectors. The loop's reactor tells only when that begins; so
//! before each call the system is asked whether it is still so. Whoever writes for this loop uses
//! [`Registration`], which asks nothing twice and can be awaited.
//!
//! The loop keeps a copy of the descriptor, so that no later file of the same number is taken for it.
//! Therefore **remove the reader before the descriptor is closed**, as asyncio wants it, too: until then
//! the file stays open, and a peer does not see the end.

use crate::failure::explained;
use crate::socket::ByDescriptor;
use oneloop::reactor::{Direction, Registration};
use oneloop::{CallbackHandle, Loop};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::task::{Context, Waker};

/// Calls `callback` in each turn of the running loop in which there is something to read: asyncio's
/// `loop.add_reader`. The end of a stream, and an error, are something to read. One that was there for
/// this descriptor is replaced.
///
/// The callback runs until [`remove_reader`], which it may call itself; a panic of it is reported, and
/// removes it, too. It must not block.
///
/// # Errors
/// Fails outside a loop, when there are no descriptors left, and with
/// [`PermissionDenied`](io::ErrorKind::PermissionDenied) for files that are always ready, as those on a
/// disk are (epoll's `EPERM`; asyncio's is the same).
///
/// ```
/// use oneloop_net::{add_reader, remove_reader};
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
/// use std::rc::Rc;
/// oneloop::run(async {
///     let (ours, mut theirs) = UnixStream::pair()?;
///     ours.set_nonblocking(true)?;
///     let ours = Rc::new(ours);
///     let (reads, done) = (ours.clone(), Rc::new(oneloop::sync::Event::new()));
///     let read = done.clone();
///     add_reader(&ours, move || {
///         let mut buffer = [0; 2];
///         (&*reads).read_exact(&mut buffer).unwrap();
///         if &buffer == b"ef" {
///             assert!(remove_reader(&reads));
///             read.set();
///         }
///     })?;
///     theirs.write_all(b"abcdef")?;
///     done.wait().await;
///     assert!(!remove_reader(&ours), "it is removed already");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn add_reader(descriptor: impl AsFd, callback: impl FnMut() + 'static) -> io::Result<()> {
    add(Direction::Read, descriptor, callback)
}

/// Ends what [`add_reader`] began, and tells whether there was one: asyncio's `loop.remove_reader`.
///
/// ```
/// use oneloop_net::remove_reader;
/// assert!(!remove_reader(std::io::stdin()), "there is no loop, so there is no reader");
/// ```
pub fn remove_reader(descriptor: impl AsFd) -> bool {
    remove(Direction::Read, descriptor)
}

/// Calls `callback` in each turn of the running loop in which there is room to write: asyncio's
/// `loop.add_writer`. That is mostly every turn, so remove it as soon as there is nothing to write.
/// All else is as with [`add_reader`].
///
/// # Errors
/// As [`add_reader`].
///
/// ```
/// use oneloop_net::{add_writer, remove_writer};
/// use std::cell::Cell;
/// use std::rc::Rc;
/// oneloop::run(async {
///     let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
///     let calls = Rc::new(Cell::new(0));
///     let count = calls.clone();
///     add_writer(&ours, move || count.set(count.get() + 1))?;
///     while calls.get() < 3 {
///         oneloop::yield_now().await;
///     }
///     assert!(remove_writer(&ours));
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn add_writer(descriptor: impl AsFd, callback: impl FnMut() + 'static) -> io::Result<()> {
    add(Direction::Write, descriptor, callback)
}

/// Ends what [`add_writer`] began, and tells whether there was one: asyncio's `loop.remove_writer`.
///
/// ```
/// use oneloop_net::remove_writer;
/// assert!(!remove_writer(std::io::stdout()), "there is no loop, so there is no writer");
/// ```
pub fn remove_writer(descriptor: impl AsFd) -> bool {
    remove(Direction::Write, descriptor)
}

/// Who is called back, by the number of the descriptor that was given. A loop keeps one.
#[derive(Default)]
struct Table {
    readers: RefCell<BTreeMap<RawFd, Rc<Watch>>>,
    writers: RefCell<BTreeMap<RawFd, Rc<Watch>>>,
}

impl Table {
    fn of(&self, direction: Direction) -> &RefCell<BTreeMap<RawFd, Rc<Watch>>> {
        match direction {
            Direction::Read => &self.readers,
            Direction::Write => &self.writers,
        }
    }
}

/// One callback.
#[derive(Default)]
struct Watch {
    /// What calls it. Cancelled, it calls no more: also if that is done by the callback, since it
    /// suspends after each call.
    driver: RefCell<Option<CallbackHandle>>,
}

impl Watch {
    fn remove(&self) {
        if let Some(driver) = self.driver.take() {
            driver.cancel();
        }
    }
}

fn add(
    direction: Direction,
    descriptor: impl AsFd,
    callback: impl FnMut() + 'static,
) -> io::Result<()> {
    let handle = Loop::current().map_err(io::Error::other)?;
    let descriptor = descriptor.as_fd();
    let number = descriptor.as_raw_fd();
    let registration = Registration::new(ByDescriptor(descriptor.try_clone_to_owned()?))?;
    registration.set_name(|| format!("callbacks of descriptor {number}"));
    // Registers it, so that the system's refusal goes to the caller.
    let mut nobody = Context::from_waker(Waker::noop());
    if let std::task::Poll::Ready(refused) = registration.poll_ready(direction, &mut nobody) {
        refused.map_err(|error| not_to_be_awaited(error, number))?;
    }

    let table = handle.attached(Table::default);
    let watch = Rc::new(Watch::default());
    let old = table
        .of(direction)
        .borrow_mut()
        .insert(number, watch.clone());
    if let Some(old) = old {
        old.remove();
    }
    let listed = Listed {
        table,
        direction,
        number,
        watch: watch.clone(),
    };
    let driver = handle.drive(async move {
        call_back(&listed, registration, callback).await;
    });
    watch.driver.replace(Some(driver));
    Ok(())
}

fn remove(direction: Direction, descriptor: impl AsFd) -> bool {
    let Ok(handle) = Loop::current() else {
        return false;
    };
    let number = descriptor.as_fd().as_raw_fd();
    let table = handle.attached(Table::default);
    let removed = table.of(direction).borrow_mut().remove(&number);
    if let Some(watch) = &removed {
        watch.remove();
    }
    removed.is_some()
}

/// Calls back, turn by turn, until it is removed or its loop is gone.
async fn call_back(
    listed: &Listed,
    registration: Registration<ByDescriptor<OwnedFd>>,
    mut callback: impl FnMut(),
) {
    while registration.ready(listed.direction).await.is_ok() {
        // First this, then the question: what comes in between is told by the reactor.
        registration.clear_ready(listed.direction);
        while registration.with(|copy| is_ready(&copy.0, listed.direction)) {
            callback();
            oneloop::yield_now().await;
        }
    }
}

/// A place in the table, given up with the driver: also when its callback has panicked.
struct Listed {
    table: Rc<Table>,
    direction: Direction,
    number: RawFd,
    watch: Rc<Watch>,
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut places = self.table.of(self.direction).borrow_mut();
        let ours = places.get(&self.number);
        let left = match ours.is_some_and(|watch| Rc::ptr_eq(watch, &self.watch)) {
            true => places.remove(&self.number),
            false => None,
        };
        drop(places);
        drop(left);
    }
}

/// Names the cure for a file that the system can't tell of.
fn not_to_be_awaited(error: io::Error, number: RawFd) -> io::Error {
    if error.kind() != io::ErrorKind::PermissionDenied {
        return error;
    }
    let text = format!(
        "descriptor {number} can't be waited for ({error}): a file on a disk is always ready; read and \
         write it in `oneloop::to_thread`"
    );
    explained(text, error)
}

/// Asks the system whether reading or writing would do something: come to the end and fail included,
/// as asyncio's selectors count it.
fn is_ready(copy: &OwnedFd, direction: Direction) -> bool {
    let flags = match direction {
        Direction::Read => PollFlags::IN,
        Direction::Write => PollFlags::OUT,
    };
    let mut asked = [PollFd::new(copy, flags)];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    poll(&mut asked, Some(&at_once)).is_ok_and(|ready| ready > 0)
}
