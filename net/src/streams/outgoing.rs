//! What a writer was given and the kernel has not taken yet. Next: `writer.rs`.
//!
//! One future sends at a time, the flusher: a task that is made when the first bytes come, and ends
//! when none are left. So bytes leave without anybody's `drain`, as in asyncio, and what is written in
//! one step of a task leaves in one system call. Everybody else waits until the flusher has come far
//! enough.
//!
//! ```text
//!             write                 write_eof                    close
//!   open ───────────────▶ open ───────────────▶ half closed ───────────────▶ closed
//!             (the flusher closes only when all bytes before are out)
//! ```

use super::connection::Sink;
use oneloop::task;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

/// The mark above which `drain` waits, in bytes, and the one down to which it does: asyncio's.
const HIGH: usize = 64 * 1024;
const LOW: usize = HIGH / 4;

/// Shared by a writer and its flusher.
pub(super) struct Outgoing {
    /// Borrowed by the flusher while it polls, and by nobody else for longer than a call.
    sink: RefCell<Box<dyn Sink>>,
    state: RefCell<State>,
    marks: Cell<Marks>,
    /// Wakes the flusher, when what it waits for is closed under it.
    flusher: Cell<Option<Waker>>,
}

#[derive(Clone, Copy)]
struct Marks {
    high: usize,
    low: usize,
}

#[derive(Default)]
struct State {
    /// What is to be sent; the first `sent` bytes are.
    bytes: Vec<u8>,
    sent: usize,
    /// The end is to be sent after the bytes; and then, perhaps, all is to be closed.
    ending: Ending,
    /// How far that has come.
    reached: Ending,
    /// What the stream failed with.
    failed: Option<(io::ErrorKind, String)>,
    /// A flusher is on its way.
    flushing: bool,
    /// There was more than the high mark, and there is more than the low one still.
    full: bool,
    /// Who waits in `drain` and `wait_closed`.
    waiting: Vec<Waker>,
}

#[derive(Clone, Copy, Default, PartialEq, PartialOrd)]
pub(super) enum Ending {
    #[default]
    Open,
    HalfClosed,
    Closed,
}

impl Outgoing {
    pub(super) fn new(sink: impl Sink + 'static) -> Rc<Outgoing> {
        Rc::new(Outgoing {
            sink: RefCell::new(Box::new(sink)),
            state: RefCell::default(),
            marks: Cell::new(Marks {
                high: HIGH,
                low: LOW,
            }),
            flusher: Cell::default(),
        })
    }

    pub(super) fn set_marks(&self, high: usize, low: usize) {
        self.marks.set(Marks { high, low });
    }

    /// How many bytes wait.
    pub(super) fn len(&self) -> usize {
        let state = self.state.borrow();
        state.bytes.len() - state.sent
    }

    /// Whether the end was asked for.
    pub(super) fn is_ending(&self) -> bool {
        self.state.borrow().ending != Ending::Open
    }

    /// Whether closing was asked for.
    pub(super) fn is_closing(&self) -> bool {
        self.state.borrow().ending == Ending::Closed
    }

    /// Leaves bytes to be sent.
    pub(super) fn push(self: &Rc<Self>, bytes: &[u8]) -> io::Result<()> {
        {
            let mut state = self.state.borrow_mut();
            state.failure()?;
            if state.ending != Ending::Open {
                let text = "bytes were written after `write_eof`, `close` or `abort`";
                return Err(io::Error::new(io::ErrorKind::NotConnected, text));
            }
            state.bytes.extend_from_slice(bytes);
            let waiting = state.bytes.len() - state.sent;
            state.full |= waiting > self.marks.get().high;
        }
        self.flush();
        Ok(())
    }

    /// Asks for the end, once all bytes are sent.
    pub(super) fn end(self: &Rc<Self>, ending: Ending) {
        {
            let mut state = self.state.borrow_mut();
            if state.ending >= ending {
                return;
            }
            state.ending = ending;
        }
        self.flush();
    }

    /// Closes at once; bytes that are not sent are lost.
    pub(super) fn abort(&self) {
        {
            let mut state = self.state.borrow_mut();
            state.bytes = Vec::new();
            state.sent = 0;
            state.full = false;
            state.ending = Ending::Closed;
        }
        self.close();
        if let Some(flusher) = self.flusher.take() {
            flusher.wake();
        }
    }

    /// Sees to it that somebody sends.
    fn flush(self: &Rc<Self>) {
        if self.state.borrow_mut().start() {
            let flusher = Flusher(self.clone());
            let send = async move { poll_fn(|context| flusher.0.poll_send(context)).await };
            match oneloop::Loop::current() {
                Ok(_) => drop(task::Builder::new().name("flusher").create_task(send)),
                // Outside a loop only what the kernel takes at once can be sent; `Flusher` tries.
                Err(_) => drop(send),
            }
        }
    }

    /// Sends until nothing is left, and then does what the end asks for.
    fn poll_send(&self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let sent = match self.poll_step(context) {
                Poll::Pending => {
                    drop(self.flusher.replace(Some(context.waker().clone())));
                    return Poll::Pending;
                }
                Poll::Ready(sent) => sent,
            };
            match sent {
                Ok(true) => {}
                Ok(false) => return Poll::Ready(()),
                Err(error) => {
                    self.fail(&error);
                    return Poll::Ready(());
                }
            }
        }
    }

    /// One step; false if there is nothing to do.
    fn poll_step(&self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        // The bytes are taken out while foreign code sees them, and put back with what came meanwhile.
        let (bytes, sent, ending, reached) = {
            let mut state = self.state.borrow_mut();
            if state.failed.is_some() {
                return Poll::Ready(Ok(false));
            }
            let bytes = std::mem::take(&mut state.bytes);
            (bytes, state.sent, state.ending, state.reached)
        };
        if sent < bytes.len() {
            let written = self.with_sink(|sink| sink.poll_write(context, &bytes[sent..]));
            let written = self.put_back(bytes, written);
            return written.map(|written| written.map(|()| true));
        }
        self.state.borrow_mut().reset(bytes);
        ready!(self.with_sink(|sink| sink.poll_flush(context)))?;
        if reached == Ending::Open && ending >= Ending::HalfClosed {
            ready!(self.with_sink(|sink| sink.poll_close(context)))?;
            self.reach(Ending::HalfClosed);
            return Poll::Ready(Ok(true));
        }
        if reached < Ending::Closed && ending == Ending::Closed {
            self.close();
        }
        // Something may have come while foreign code ran.
        Poll::Ready(Ok(self.state.borrow().has_work()))
    }

    fn with_sink<R>(&self, call: impl FnOnce(Pin<&mut dyn Sink>) -> R) -> R {
        call(Pin::new(&mut **self.sink.borrow_mut()))
    }

    /// Puts the bytes back, and notes how many of them were sent.
    fn put_back(&self, bytes: Vec<u8>, written: Poll<io::Result<usize>>) -> Poll<io::Result<()>> {
        let wakers = {
            let mut state = self.state.borrow_mut();
            state.put_back(bytes);
            match &written {
                Poll::Ready(Ok(written)) => {
                    state.sent += written;
                    state.shrink();
                    state.emptied(self.marks.get())
                }
                _ => Vec::new(),
            }
        };
        wakers.into_iter().for_each(Waker::wake);
        match ready!(written) {
            Ok(0) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Ok(_) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn reach(&self, ending: Ending) {
        let wakers = {
            let mut state = self.state.borrow_mut();
            state.reached = ending;
            std::mem::take(&mut state.waiting)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    fn close(&self) {
        if let Ok(mut sink) = self.sink.try_borrow_mut() {
            sink.shut();
        }
        self.reach(Ending::Closed);
    }

    fn fail(&self, error: &io::Error) {
        {
            let mut state = self.state.borrow_mut();
            state.failed = Some((error.kind(), error.to_string()));
            state.bytes = Vec::new();
            state.sent = 0;
            state.full = false;
        }
        self.close();
    }

    /// Waits until there is room.
    pub(super) fn poll_drain(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_until(context, |state| !state.full)
    }

    /// Waits until all is sent and closed.
    pub(super) fn poll_closed(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_until(context, |state| state.reached == Ending::Closed)
    }

    fn poll_until(
        &self,
        context: &mut Context<'_>,
        reached: impl Fn(&State) -> bool,
    ) -> Poll<io::Result<()>> {
        // Cloned and dropped while nothing is borrowed: that may be foreign code.
        let waker = context.waker().clone();
        let mut state = self.state.borrow_mut();
        state.failure()?;
        if reached(&state) {
            return Poll::Ready(Ok(()));
        }
        let known = state
            .waiting
            .iter()
            .position(|known| known.will_wake(&waker));
        let spare = match known {
            Some(_) => Some(waker),
            None => {
                state.waiting.push(waker);
                None
            }
        };
        drop(state);
        drop(spare);
        Poll::Pending
    }
}

impl State {
    /// Whether a flusher is to be made.
    fn start(&mut self) -> bool {
        let start = !self.flushing && self.has_work();
        self.flushing |= start;
        start
    }

    /// Says again what the stream has failed with.
    fn failure(&self) -> io::Result<()> {
        match &self.failed {
            Some((kind, text)) => Err(io::Error::new(*kind, text.clone())),
            None => Ok(()),
        }
    }

    fn has_work(&self) -> bool {
        let rest = self.sent < self.bytes.len();
        self.failed.is_none() && (rest || self.reached < self.ending)
    }

    /// Puts bytes back in front of those that came meanwhile.
    fn put_back(&mut self, mut bytes: Vec<u8>) {
        if !self.bytes.is_empty() {
            bytes.extend_from_slice(&self.bytes);
        }
        self.bytes = bytes;
    }

    /// All was sent: keeps the room, unless there was very much.
    fn reset(&mut self, mut bytes: Vec<u8>) {
        bytes.clear();
        bytes.shrink_to(HIGH);
        self.sent = 0;
        self.put_back(bytes);
    }

    /// Gives room back in a long transfer, at most once for each byte.
    fn shrink(&mut self) {
        if self.sent > self.bytes.len() / 2 {
            self.bytes.drain(..self.sent);
            self.sent = 0;
        }
    }

    /// Whom to wake now that less is left.
    fn emptied(&mut self, marks: Marks) -> Vec<Waker> {
        if self.full && self.bytes.len() - self.sent <= marks.low {
            self.full = false;
            return std::mem::take(&mut self.waiting);
        }
        Vec::new()
    }
}

/// The future that sends. Dropped before its end (the loop ends, or all tasks are cancelled), it tries
/// once more what the kernel takes without waiting: a last word is mostly short.
struct Flusher(Rc<Outgoing>);

impl Drop for Flusher {
    fn drop(&mut self) {
        let outgoing = &self.0;
        if outgoing.state.borrow().has_work() {
            let mut context = Context::from_waker(Waker::noop());
            let _ = outgoing.poll_send(&mut context);
        }
        outgoing.state.borrow_mut().flushing = false;
    }
}
