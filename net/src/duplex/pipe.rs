//! One direction of an in-memory connection: segments on their way. Who waits for them: `waiters.rs`.

use super::Manner;
use super::waiters::Waiters;
use oneloop::time::Sleep;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// One direction. Shared by the end that writes and the end that reads.
///
/// Invariant: no borrow of `state` is alive when a waker is cloned, woken or dropped, or a sleep polled.
pub(super) struct Pipe {
    /// How it behaves.
    manner: Manner,
    /// What it carries now.
    state: RefCell<State>,
    /// Shared with the opposite direction: a broken connection is broken both ways.
    broken: Rc<Cell<bool>>,
    /// Who waits for bytes.
    readers: Waiters,
    /// Who waits for room.
    writers: Waiters,
    /// The reader's alarm for a segment that is still on its way.
    alarm: Cell<Option<Alarm>>,
}

/// A sleep until something arrives.
struct Alarm {
    /// When it goes off.
    at: Instant,
    /// What is polled for it.
    sleep: Pin<Box<Sleep>>,
    /// Whom that wakes: the reader who polled it last. Those before it are among the `readers`.
    reader: Waker,
}

/// What a direction carries.
struct State {
    /// All bytes on their way, in order.
    bytes: VecDeque<u8>,
    /// How the bytes are cut. Their lengths add up to that of `bytes`, and none is 0.
    segments: VecDeque<Segment>,
    /// How many bytes were ever written.
    carried: u64,
    /// When the end of the stream arrives, set when the writing end was closed.
    end: Option<Due>,
    /// Whether nobody will read any more.
    reader_closed: bool,
}

/// What one read sees at most.
struct Segment {
    /// Its length in bytes.
    length: usize,
    /// When it arrives.
    due: Due,
}

/// When something arrives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    /// At once, which needs no clock.
    Now,
    /// When the loop's clock shows this.
    At(Instant),
}

/// What the reading end finds at the front.
enum Front {
    /// So many bytes of one segment, which may have arrived.
    Bytes(usize, Due),
    /// The end of the stream, which may have arrived.
    End(Due),
    /// Nothing yet.
    Nothing,
}

impl Pipe {
    /// Makes an empty direction.
    pub(super) fn new(manner: Manner, broken: Rc<Cell<bool>>) -> Pipe {
        Pipe {
            manner,
            state: RefCell::new(State {
                bytes: VecDeque::new(),
                segments: VecDeque::new(),
                carried: 0,
                end: None,
                reader_closed: false,
            }),
            broken,
            readers: Waiters::default(),
            writers: Waiters::default(),
            alarm: Cell::new(None),
        }
    }

    /// Reads from the first segment, or waits for it.
    pub(super) fn poll_read(
        &self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if buffer.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let front = self.state.borrow().front();
        match front {
            Front::Bytes(_, due) | Front::End(due) if !self.has_arrived(due, context) => {
                Poll::Pending
            }
            Front::Bytes(length, _) => {
                let read = length.min(buffer.len());
                self.state.borrow_mut().take(&mut buffer[..read]);
                self.writers.wake();
                Poll::Ready(Ok(read))
            }
            _ if self.is_broken() => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            Front::End(_) => Poll::Ready(Ok(0)),
            Front::Nothing if self.state.borrow().reader_closed => Poll::Ready(Ok(0)),
            Front::Nothing => {
                self.readers.join(context.waker());
                Poll::Pending
            }
        }
    }

    /// Writes what there is room for, or waits for room.
    pub(super) fn poll_write(
        &self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_broken() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let mut state = self.state.borrow_mut();
        if state.end.is_some() || state.reader_closed {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let room = self.manner.capacity - state.bytes.len();
        if room == 0 {
            drop(state);
            self.writers.join(context.waker());
            return Poll::Pending;
        }
        let mut length = room.min(bytes.len());
        if let Some(segment) = self.manner.segment {
            length = length.min(segment);
        }
        if let Some(limit) = self.manner.break_after {
            let left = limit - state.carried;
            length = length.min(usize::try_from(left).unwrap_or(usize::MAX));
        }
        state.put(&bytes[..length], self.manner, self.due());
        if self.manner.break_after == Some(state.carried) {
            self.broken.set(true);
        }
        drop(state);
        self.readers.wake();
        Poll::Ready(Ok(length))
    }

    /// Ends the stream. What is on its way still arrives.
    pub(super) fn close_writer(&self) {
        let due = self.due();
        self.state.borrow_mut().end.get_or_insert(due);
        self.wake_all();
    }

    /// Says that nobody will read any more, and throws away what is on its way.
    pub(super) fn close_reader(&self) {
        let mut state = self.state.borrow_mut();
        state.reader_closed = true;
        state.bytes.clear();
        state.segments.clear();
        drop(state);
        drop(self.alarm.take());
        self.wake_all();
    }

    /// When what is written now arrives. Outside a loop there is no clock to wait by.
    fn due(&self) -> Due {
        match oneloop::Loop::current() {
            Ok(handle) if !self.manner.delay.is_zero() => Due::At(handle.now() + self.manner.delay),
            _ => Due::Now,
        }
    }

    /// Tells whether something has arrived, and sets the alarm if it has not.
    fn has_arrived(&self, due: Due, context: &mut Context<'_>) -> bool {
        let Due::At(at) = due else { return true };
        let mut alarm = match self.alarm.take() {
            Some(alarm) if alarm.at == at => alarm,
            _ => Alarm {
                at,
                sleep: Box::pin(oneloop::sleep_until(at)),
                reader: context.waker().clone(),
            },
        };
        if !alarm.reader.will_wake(context.waker()) {
            let former = mem::replace(&mut alarm.reader, context.waker().clone());
            self.readers.join(&former);
        }
        match alarm.sleep.as_mut().poll(context) {
            Poll::Ready(()) => {
                // There may be enough for them, too.
                self.readers.wake();
                true
            }
            Poll::Pending => {
                self.alarm.set(Some(alarm));
                false
            }
        }
    }

    /// Tells whether the connection broke.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.get()
    }

    /// Wakes both ends, to look at what has changed.
    pub(super) fn wake_all(&self) {
        self.readers.wake();
        self.writers.wake();
    }

    /// Returns how many bytes wait to be read or are on their way.
    pub(super) fn buffered(&self) -> usize {
        self.state.borrow().bytes.len()
    }
}

impl State {
    /// Looks at what comes next.
    fn front(&self) -> Front {
        match (self.segments.front(), self.end) {
            (Some(segment), _) => Front::Bytes(segment.length, segment.due),
            (None, Some(due)) => Front::End(due),
            (None, None) => Front::Nothing,
        }
    }

    /// Appends bytes: to the last segment if nothing tells the two apart, else as one of their own.
    fn put(&mut self, bytes: &[u8], manner: Manner, due: Due) {
        self.bytes.extend(bytes);
        self.carried += bytes.len() as u64;
        match self.segments.back_mut() {
            Some(last) if manner.segment.is_none() && last.due == due => last.length += bytes.len(),
            _ => self.segments.push_back(Segment {
                length: bytes.len(),
                due,
            }),
        }
    }

    /// Fills the buffer, which is no longer than the first segment.
    fn take(&mut self, buffer: &mut [u8]) {
        let first = self.segments.front_mut().expect("the front was looked at");
        first.length -= buffer.len();
        if first.length == 0 {
            self.segments.pop_front();
        }
        self.bytes
            .read_exact(buffer)
            .expect("the segments add up to the bytes");
    }
}
