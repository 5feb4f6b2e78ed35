//! What a writer was given and the kernel has not taken yet. Next: `writer.rs`.
//!
//! One future sends at a time, the flusher: the loop drives it from the first bytes until none are
//! left. So bytes leave without anybody's `drain`, as in asyncio, and what is written in one step of a
//! task leaves in one system call. Everybody else waits until the flusher has come far enough. It is
//! no task, so that cancelling all tasks, as the end of a program does, cancels nobody's last words.
//!
//! ```text
//!             write                 write_eof                    close
//!   open ───────────────▶ open ───────────────▶ half closed ───────────────▶ closed
//!             (the flusher closes only when all bytes before are out)
//! ```

use super::again::again;
use super::connection::Sink;
use super::unsent::{Ending, Marks, Unsent};
use oneloop::sync::Event;
use oneloop::time::Sleep;
use oneloop::{Handle, Loop, Report};
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

/// Shared by a writer and its flusher.
pub(super) struct Outgoing {
    /// Borrowed by the flusher while it polls, and by nobody else for longer than a call.
    pub(super) sink: RefCell<Box<dyn Sink>>,
    pub(super) state: RefCell<Unsent>,
    marks: Cell<Marks>,
    /// Wakes who waits in `drain` and `wait_closed`.
    moved: Event,
    /// Wakes the flusher, when what it waits for is closed under it, or is to be waited for no longer.
    flusher: Cell<Option<Waker>>,
    /// How long the peer may take nothing, once the end was asked for.
    close_limit: Cell<Option<Duration>>,
    /// Runs since it took something. The flusher's own.
    close_timer: RefCell<Option<Pin<Box<Sleep>>>>,
    /// To whom it goes, for reports.
    peer: String,
    /// The loop that was to send last: it hears of what was lost.
    home: RefCell<Option<Handle>>,
}

impl Outgoing {
    pub(super) fn new(sink: impl Sink + 'static, peer: String) -> Rc<Outgoing> {
        Rc::new(Outgoing {
            sink: RefCell::new(Box::new(sink)),
            state: RefCell::default(),
            marks: Cell::default(),
            moved: Event::new(),
            flusher: Cell::default(),
            close_limit: Cell::default(),
            close_timer: RefCell::default(),
            peer,
            home: RefCell::default(),
        })
    }

    pub(super) fn set_marks(&self, high: usize, low: usize) {
        self.marks.set(Marks { high, low });
    }

    pub(super) fn set_close_limit(&self, limit: Option<Duration>) {
        self.close_limit.set(limit);
        drop(self.close_timer.take()); // It may be that of another limit.
        self.wake_flusher();
    }

    /// Has the flusher look again at what it waits for.
    fn wake_flusher(&self) {
        if let Some(flusher) = self.flusher.take() {
            flusher.wake();
        }
    }

    /// How many bytes wait.
    pub(super) fn len(&self) -> usize {
        self.state.borrow().unsent()
    }

    /// Whether the end was asked for.
    pub(super) fn is_ending(&self) -> bool {
        self.state.borrow().ending != Ending::Open
    }

    /// Whether closing was asked for.
    pub(super) fn is_closing(&self) -> bool {
        self.state.borrow().ending == Ending::Closed
    }

    /// To whom it goes, and how far that has come, in words for people.
    pub(super) fn names(&self) -> (&str, &'static str) {
        (&self.peer, self.state.borrow().name())
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
            state.push(bytes, self.marks.get());
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
        self.wake_flusher();
        self.flush();
    }

    /// Closes at once; bytes that are not sent are lost.
    pub(super) fn abort(&self) {
        {
            let mut state = self.state.borrow_mut();
            state.clear();
            state.ending = Ending::Closed;
        }
        self.close();
        self.wake_flusher();
    }

    /// Sees to it that somebody sends.
    pub(super) fn flush(self: &Rc<Self>) {
        if self.state.borrow_mut().start() {
            let flusher = Flusher(self.clone());
            let send = async move { poll_fn(|context| flusher.0.poll_in_time(context)).await };
            match Loop::current() {
                Ok(handle) => {
                    let driven = handle.drive(send);
                    drop((driven, self.home.replace(Some(handle))));
                }
                // Outside a loop only what the kernel takes at once can be sent; `Flusher` tries.
                Err(_) => drop(send),
            }
        }
    }

    /// Sends, and gives up a peer that takes nothing when it has been given its end.
    fn poll_in_time(&self, context: &mut Context<'_>) -> Poll<()> {
        if self.poll_send(context).is_pending() {
            self.tried();
            let limit = ready!(self.poll_too_late(context));
            self.fail(&self.too_late(limit));
        }
        Poll::Ready(())
    }

    /// Sends until nothing is left, and then does what the end asks for.
    fn poll_send(&self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let panics = FailOnPanic(self);
            let step = self.poll_step(context);
            std::mem::forget(panics);
            let sent = match step {
                Poll::Pending => {
                    drop(self.flusher.replace(Some(context.waker().clone())));
                    return Poll::Pending;
                }
                Poll::Ready(sent) => {
                    // It took something: it has all the time again.
                    drop(self.close_timer.take());
                    sent
                }
            };
            match sent {
                Ok(true) => {}
                Ok(false) => {
                    // Aborted from within the sink, it could not be shut then.
                    if self.state.borrow().reached == Ending::Closed {
                        self.close();
                    }
                    return Poll::Ready(());
                }
                Err(error) => {
                    self.fail(&error);
                    return Poll::Ready(());
                }
            }
        }
    }

    /// Whether the peer has taken nothing for as long as it may.
    fn poll_too_late(&self, context: &mut Context<'_>) -> Poll<Duration> {
        let limit = self.close_limit.get().filter(|_| self.is_ending());
        let mut timer = self.close_timer.borrow_mut();
        let Some(limit) = limit else {
            *timer = None;
            return Poll::Pending;
        };
        let timer = timer.get_or_insert_with(|| Box::pin(oneloop::sleep(limit)));
        timer.as_mut().poll(context).map(|()| limit)
    }

    #[cold]
    fn too_late(&self, limit: Duration) -> io::Error {
        let text = format!(
            "the peer took nothing for {limit:?} after the end was asked for, and {} bytes are not \
             sent: see `set_close_timeout`",
            self.len()
        );
        io::Error::new(io::ErrorKind::TimedOut, text)
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
            state.out = bytes.len();
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
        let emptied = {
            let mut state = self.state.borrow_mut();
            state.put_back(bytes);
            match &written {
                Poll::Ready(Ok(written)) => {
                    // Less than before, if it was aborted meanwhile.
                    state.sent = (state.sent + written).min(state.bytes.len());
                    state.shrink();
                    state.emptied(self.marks.get())
                }
                _ => false,
            }
        };
        if emptied {
            self.tell();
        }
        match ready!(written) {
            Ok(0) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Ok(_) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn reach(&self, ending: Ending) {
        self.state.borrow_mut().reached = ending;
        self.tell();
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
            state.failed = Some(again(error));
            state.clear();
        }
        self.close();
    }

    /// Notes that the flusher has tried what it was made for.
    fn tried(&self) {
        let untried = std::mem::take(&mut self.state.borrow_mut().untried);
        if untried {
            self.tell();
        }
    }

    /// Waits until there is room, and what the stream takes at once is sent.
    pub(super) async fn drained(&self) -> io::Result<()> {
        self.until(|state| !state.full && !state.untried).await
    }

    /// Waits until all is sent and closed.
    pub(super) async fn closed(&self) -> io::Result<()> {
        self.until(|state| state.reached == Ending::Closed).await
    }

    /// Waits until all is sent, and its end, too.
    pub(super) async fn ended(&self) -> io::Result<()> {
        self.until(|state| state.reached > Ending::Open && !state.has_work())
            .await
    }

    pub(super) async fn until(&self, reached: fn(&Unsent) -> bool) -> io::Result<()> {
        loop {
            {
                let state = self.state.borrow();
                state.failure()?;
                if reached(&state) {
                    return Ok(());
                }
            }
            self.moved.wait().await;
        }
    }

    /// Wakes all who wait, to look again.
    fn tell(&self) {
        self.moved.set();
        self.moved.clear();
    }
}

/// The sink's code panicked: the bytes that were with it are lost, and whoever waits is told.
struct FailOnPanic<'a>(&'a Outgoing);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        self.0.fail(&io::Error::other(
            "the stream panicked when it was written to",
        ));
    }
}

/// The future that sends. Dropped before its end, which is the loop's, it tries once more what the
/// kernel takes without waiting: a last word is mostly short.
struct Flusher(Rc<Outgoing>);

impl Drop for Flusher {
    fn drop(&mut self) {
        let outgoing = &self.0;
        if outgoing.state.borrow().has_work() {
            let mut context = Context::from_waker(Waker::noop());
            let _ = outgoing.poll_send(&mut context);
        }
        {
            let mut state = outgoing.state.borrow_mut();
            (state.flushing, state.untried) = (false, false);
        }
        outgoing.tell();
    }
}

/// Nobody is left who could send: the loop has ended before the peer had taken everything.
impl Drop for Outgoing {
    fn drop(&mut self) {
        let lost = self.state.get_mut().unsent();
        if let (Some(home), true) = (self.home.take(), lost > 0) {
            home.call_exception_handler(&lost_bytes(lost, &self.peer));
        }
    }
}

#[cold]
fn lost_bytes(lost: usize, peer: &str) -> Report {
    Report::new(format!(
        "{lost} bytes to {peer} were not sent: the loop ended before they were taken; end with \
         `writer.close()` and `writer.wait_closed().await`, which waits for them"
    ))
}
