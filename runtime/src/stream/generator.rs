//! [`generator`]: a stream written as a function that gives its items. Next: `yielder.rs`.
//!
//! The body is a future in a box, polled by whoever asks for the next item: as in Python it runs in
//! that task. It is the body of an [`Until`], whose stop is that the generator is closed; so a close ends
//! it as a deadline would, with all the clean-up that there is inside. Between two items it takes no
//! part in anybody's cancellation, since nobody would poll it.

use super::open::{self, Ticket};
use super::yielder::{Slot, Yielder};
use crate::cancel::{Cancelled, Ended, Until, masked};
use crate::task::Task;
use crate::task::scope::Construct;
use futures_core::Stream;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

/// Makes a stream of what `body` gives: asyncio's asynchronous generator, an `async def` with `yield`.
///
/// `body` runs in the task that asks for the next item, and only while it does; nothing happens before
/// it is asked for the first. It begins anew where it gave an item, and its end is the stream's.
///
/// ```
/// use oneloop::stream::generator;
/// use oneloop::{try_finally, yield_now};
///
/// oneloop::run(async {
///     let mut pages = generator(async |yielder| {
///         try_finally!({
///             for page in 1.. {
///                 yielder.give(page).await;
///             }
///         } finally {
///             yield_now().await;
///             println!("closed");
///         })
///     });
///     while let Some(page) = pages.next().await {
///         if page == 3 {
///             break;
///         }
///     }
///     pages.aclose().await; // Prints "closed".
///     assert_eq!(pages.next().await, None);
/// });
/// ```
#[track_caller]
pub fn generator<T: 'static>(body: impl AsyncFnOnce(Yielder<T>) + 'static) -> Generator<T> {
    let slot = Rc::new(Slot::new());
    let (yielder, closed) = (Yielder { slot: slot.clone() }, slot.clone());
    let body = async move { body(yielder).await };
    let stop = poll_fn(move |_| match closed.closing.get() {
        true => Poll::Ready(()),
        false => Poll::Pending,
    });
    let close = slot.clone();
    Generator {
        slot,
        running: Rc::new(Running {
            body: RefCell::new(Some(Box::pin(Until::new(Construct::Generator, body, stop)))),
            close: Box::new(move || close.closing.set(true)),
            begun: Cell::new(false),
            polled: Cell::new(false),
            ticket: RefCell::new(None),
            closing: RefCell::default(),
            waiting: RefCell::default(),
            place: Location::caller(),
        }),
    }
}

/// A stream whose items a function gives: see [`generator`].
///
/// **Closing.** A generator that is left before its end has not cleaned up yet.
/// [`aclose`](Generator::aclose) lets it, and waits for it. One that is dropped after it has begun is
/// closed by a task that the loop makes for that, as asyncio does; one that is still held when
/// [`run`](crate::run) ends is closed then: after all tasks have ended, before threads are waited for.
///
/// **Cancel safety.** A request to end (a timeout's, too) that comes while `next` waits goes into the
/// body, which cleans up and is at its end then, as in Python. Foreign code that drops `next` where it
/// waits loses nothing.
///
/// ```
/// use oneloop::stream::{Generator, generator};
/// oneloop::run(async {
///     let mut numbers: Generator<u32> = generator(async |yielder| yielder.give(7).await);
///     assert_eq!((numbers.next().await, numbers.next().await), (Some(7), None));
/// });
/// ```
#[must_use = "nothing runs unless it is asked for the next item"]
pub struct Generator<T> {
    slot: Rc<Slot<T>>,
    running: Rc<Running>,
}

/// The body, as the loop sees it.
pub(super) struct Running {
    /// `None` once it has ended, and while it is polled.
    body: RefCell<Option<Pin<Box<dyn Body>>>>,
    close: Box<dyn Fn()>,
    begun: Cell<bool>,
    polled: Cell<bool>,
    /// The place among the loop's open generators, from its beginning to its end.
    ticket: RefCell<Option<Ticket>>,
    /// The task that closes it. From there on nobody else polls the body: a request that is on its way
    /// to its clean-up would not survive a move.
    closing: RefCell<Option<Rc<Task<()>>>>,
    /// Whoever asked last for an item while it is closed: nobody else does at the same time.
    waiting: RefCell<Option<Waker>>,
    /// Where it was made.
    pub(super) place: &'static Location<'static>,
}

/// An [`Until`] of any body.
trait Body {
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Cancelled>>;
    fn set_aside(self: Pin<&mut Self>);
}

impl<F: Future<Output = ()>, S: Future<Output = ()>> Body for Until<F, S> {
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Cancelled>> {
        Poll::Ready(match ready!(Future::poll(self, context)) {
            Ended::Done(()) | Ended::Stopped(()) => None,
            Ended::Cancelled(cancelled) => Some(cancelled),
        })
    }

    fn set_aside(self: Pin<&mut Self>) {
        Until::set_aside(self);
    }
}

/// What a step of the body came to.
enum Step {
    Waits,
    Ended,
    Cancelled,
}

impl Running {
    /// Lets the body take a step.
    fn step(self: &Rc<Running>, context: &mut Context<'_>) -> Step {
        if self.polled.get() {
            panic!(
                "the generator made at {} was asked for an item by its own body, which would wait for \
                 itself",
                self.place
            );
        }
        let Some(mut body) = self.body.take() else {
            return Step::Ended;
        };
        if !self.begun.replace(true) {
            let ticket = open::register(self);
            self.ticket.replace(ticket);
        }
        self.polled.set(true);
        let mut stepping = Stepping {
            running: self,
            waits: false,
        };
        let polled = body.as_mut().poll(context);
        stepping.waits = polled.is_pending();
        let Poll::Ready(cancelled) = polled else {
            self.body.replace(Some(body));
            return Step::Waits;
        };
        drop(body);
        drop(stepping);
        match cancelled {
            Some(cancelled) => {
                cancelled.go_on();
                Step::Cancelled
            }
            None => Step::Ended,
        }
    }

    /// Nobody polls the body until somebody asks for the next item: no request shall wait for it.
    fn set_aside(&self) {
        if self.closing.borrow().is_none()
            && let Some(body) = &mut *self.body.borrow_mut()
        {
            body.as_mut().set_aside();
        }
    }

    /// Asks the body to end, by a task of its own. `None` if there is nothing to end, or no loop.
    pub(super) fn start_closing(self: &Rc<Running>) -> Option<Rc<Task<()>>> {
        (self.close)();
        if !self.begun.get() {
            let unbegun = self.body.take();
            drop(unbegun);
        }
        let known = self.closing.borrow().clone();
        if !self.is_open() {
            return known;
        }
        // One that somebody cancelled before its first step never began.
        if let Some(task) = known.filter(|task| !task.done()) {
            return Some(task);
        }
        self.set_aside();
        let task = Rc::new(open::close(self)?);
        let former = self.closing.replace(Some(task.clone()));
        drop(former);
        Some(task)
    }

    pub(super) fn forget_closing(&self) {
        let former = self.closing.take();
        drop(former);
    }

    /// Lets this one be woken at the body's end, and nobody who asked before.
    fn wait_for_end(&self, waker: &Waker) {
        let known = self.waiting.borrow();
        if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            drop(known);
            let former = self.waiting.replace(Some(waker.clone()));
            drop(former);
        }
    }

    /// Whether the body has not ended.
    fn is_open(&self) -> bool {
        self.polled.get() || self.body.borrow().is_some()
    }

    /// Lets the body come to its end.
    pub(super) async fn close(self: Rc<Running>) {
        poll_fn(|context| match self.step(context) {
            Step::Ended => Poll::Ready(()),
            Step::Waits | Step::Cancelled => Poll::Pending,
        })
        .await;
    }
}

/// A step of the body. If it was the last one, by a panic too, the loop need not know it any more.
struct Stepping<'a> {
    running: &'a Running,
    waits: bool,
}

impl Drop for Stepping<'_> {
    fn drop(&mut self) {
        let running = self.running;
        running.polled.set(false);
        if self.waits {
            return;
        }
        let ticket = running.ticket.take();
        if let Some(ticket) = ticket {
            open::forget(ticket);
        }
        let waiting = running.waiting.take();
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}

/// Takes the body out of the waiting task's cancellation when the wait is over, or given up.
struct SetAside<'a>(&'a Running);

impl Drop for SetAside<'_> {
    fn drop(&mut self) {
        self.0.set_aside();
    }
}

impl<T> Generator<T> {
    /// Awaits the next item; `None` at the end: Python's `__anext__`.
    ///
    /// Cancel safety: see [`Generator`].
    ///
    /// ```
    /// use oneloop::stream::generator;
    /// oneloop::run(async {
    ///     let mut two = generator(async |yielder| {
    ///         yielder.give(1).await;
    ///         yielder.give(2).await;
    ///     });
    ///     assert_eq!((two.next().await, two.next().await, two.next().await), (Some(1), Some(2), None));
    /// });
    /// ```
    pub async fn next(&mut self) -> Option<T> {
        let running = self.running.clone();
        let _aside = SetAside(&running);
        poll_fn(|context| self.poll_item(context)).await
    }

    /// Ends the body where it gave its last item, and awaits its clean-up: Python's `aclose`. Then there
    /// are no more items. Nothing happens to one that has ended, or never began.
    ///
    /// A task of its own lets the body end, which no request to end interrupts: whoever is asked while
    /// he waits here goes on when the clean-up is through. (asyncio's runs in the task that waits.)
    ///
    /// Cancel safety: given up by foreign code, the clean-up goes on all the same.
    ///
    /// # Panics
    /// When the clean-up does.
    ///
    /// ```
    /// use oneloop::stream::generator;
    /// oneloop::run(async {
    ///     let mut endless = generator(async |yielder| loop { yielder.give(()).await });
    ///     endless.next().await;
    ///     endless.aclose().await;
    ///     assert_eq!(endless.next().await, None);
    /// });
    /// ```
    pub async fn aclose(&mut self) {
        let former = self.slot.take();
        drop(former);
        let running = &self.running;
        while let Some(task) = running.start_closing() {
            let ended = masked(async { (&*task).await }).await;
            if let Err(error) = ended
                && let Ok(payload) = error.into_panic()
            {
                resume_unwind(payload);
            }
            if !running.is_open() {
                return;
            }
        }
        // Outside a loop there is nobody but us to let it end.
        running.clone().close().await;
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let running = &self.running;
        if running.closing.borrow().is_some() {
            if !running.is_open() {
                return Poll::Ready(None);
            }
            running.wait_for_end(context.waker());
            return Poll::Pending;
        }
        self.slot.ask(context.waker());
        if let Some(item) = self.slot.take() {
            return Poll::Ready(Some(item)); // Given beside the body.
        }
        let step = running.step(context);
        match (self.slot.take(), step) {
            // The last item may come with the end.
            (Some(item), Step::Waits | Step::Ended) => {
                running.set_aside();
                Poll::Ready(Some(item))
            }
            (_, Step::Ended) => Poll::Ready(None),
            (_, Step::Waits | Step::Cancelled) => Poll::Pending,
        }
    }
}

impl<T> Stream for Generator<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_item(context)
    }
}

impl<T> Drop for Generator<T> {
    fn drop(&mut self) {
        let ticket = self.running.ticket.borrow();
        if ticket.as_ref().is_some_and(Ticket::is_here) {
            // The task goes on by itself.
            drop(self.running.start_closing());
        } else {
            self.running.set_aside();
        }
    }
}

impl<T> fmt::Debug for Generator<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = self.running.body.borrow().is_none();
        f.debug_struct("Generator")
            .field("begun", &self.running.begun.get())
            .field("ended", &ended)
            .finish()
    }
}
