//! [`catch`]: the place where a request to end can be stopped. Next: `finally.rs`.

use super::here::{poll_placed, register, try_out};
use super::token::Cancelled;
use crate::task::scope::{Construct, Kind, Participant, Presence, Request};
use pin_project_lite::pin_project;
use std::cell::Cell;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Awaits `body`, and comes back when it is cancelled: asyncio's `try: … except CancelledError`.
///
/// A request drops the body where it waits, inside out, and gives the request as a value. The body
/// may borrow from outside. Outside a task nothing can be cancelled, and this is the body alone.
///
/// # Errors
/// [`Cancelled`], which has to be [resumed](Cancelled::resume) or
/// [suppressed](Cancelled::suppress).
///
/// Cancel safety: dropping it drops the body where it waits. A request that lies at it then goes to
/// the scope around it.
///
/// ```
/// use oneloop::cancel::{Caught, catch};
/// oneloop::run(async {
///     let task = oneloop::create_task(async {
///         let mut steps = vec![];
///         let result = catch(async {
///             steps.push("began");
///             oneloop::sleep(std::time::Duration::from_secs(3600)).await;
///             steps.push("never");
///         })
///         .await;
///         steps.push("cleaned up");
///         assert_eq!(steps, ["began", "cleaned up"]);
///         result.or_resume().await
///     });
///     oneloop::yield_now().await;
///     task.cancel();
///     assert!(task.await.unwrap_err().is_cancelled());
/// });
/// ```
pub fn catch<B: IntoFuture>(body: B) -> Catch<B::IntoFuture> {
    catch_in(Construct::Catch, body)
}

/// As [`catch`], for the body of another construct, which pictures show by that name.
pub(crate) fn catch_in<B: IntoFuture>(construct: Construct, body: B) -> Catch<B::IntoFuture> {
    Catch {
        body: Some(body.into_future()),
        presence: Presence::nowhere(),
        asked: false,
        construct,
    }
}

/// As [`catch`], for [`try_finally!`](crate::try_finally).
#[doc(hidden)]
pub fn catch_before_finally<B: IntoFuture>(body: B) -> Catch<B::IntoFuture> {
    catch_in(Construct::Finally, body)
}

pin_project! {
    /// The future of [`catch`].
    ///
    /// ```
    /// use oneloop::cancel::{Catch, catch};
    /// oneloop::run(async {
    ///     let caught: Catch<std::future::Ready<i32>> = catch(std::future::ready(1));
    ///     assert_eq!(caught.await.unwrap(), 1);
    /// });
    /// ```
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct Catch<F> {
        #[pin]
        body: Option<F>,
        presence: Presence,
        asked: bool,
        // What pictures call it.
        construct: Construct,
    }
}

impl<F> Catch<F> {
    /// Its place in the tree, while it waits. Not by `&self`: a body that waits may point into itself,
    /// and a shared borrow of the whole would invalidate what it writes through.
    pub(crate) fn participant(self: Pin<&mut Self>) -> Option<&Participant> {
        self.project().presence.settle()
    }

    /// Whether what ended the body came from outside, and not from a stop of its own.
    pub(crate) fn was_asked(&self) -> bool {
        self.asked
    }

    /// Drops the body, which panicked: nobody polls it any more, so nothing may be asked of it.
    pub(crate) fn abandon(self: Pin<&mut Self>) {
        let mut this = self.project();
        if let Some(participant) = this.presence.slot().take() {
            participant.give_back();
        }
        this.body.set(None);
    }

    /// Takes the body out of the waiting task's cancellation, until it is polled again.
    pub(crate) fn set_aside(self: Pin<&mut Self>) {
        if let Some(participant) = self.project().presence.slot().take() {
            participant.finish();
        }
    }

    /// Drops the body for `request` (edge 4 of the scopes' diagram).
    fn caught(self: Pin<&mut Self>, request: Request) -> Option<Cancelled> {
        let mut this = self.project();
        let participant = this.presence.slot().take()?;
        *this.asked = participant.owes();
        participant.unwind();
        // Should a destructor panic here, the participant's drop answers for us.
        this.body.set(None);
        Some(Cancelled::new(participant.into_token(request)))
    }
}

/// One of several children of a construct, as that polls it.
#[derive(Clone, Copy)]
pub(crate) struct Child<'a> {
    /// Which it is.
    pub(crate) number: u32,
    /// The place of the construct. `None` outside a task, where nothing can be asked.
    pub(crate) fan: Option<&'a Participant>,
    /// Its own place, to be taken over, if it got one since it was polled.
    pub(crate) place: Option<&'a Cell<Option<Participant>>>,
    /// It has the waker of the whole, as its siblings.
    pub(crate) together: bool,
    pub(crate) visit: Visit,
}

/// What a child is visited for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Visit {
    Poll,
    /// It was polled already, is suspended, and takes its place over, where a request may lie.
    Settle,
    /// It is to be dropped, if nobody in there could clean up.
    Drop,
    /// It has panicked, and is to be dropped whoever is in there.
    Abandon,
}

impl Child<'_> {
    /// Which it is, for a list.
    pub(crate) fn index(&self) -> usize {
        self.number as usize
    }
}

impl<F: Future> Catch<F> {
    /// Polls the body of one of several children. While nothing is asked of it, and nobody is inside, it
    /// has no place of its own in the tree.
    #[inline]
    pub(crate) fn poll_child(
        mut self: Pin<&mut Self>,
        child: Child<'_>,
        context: &mut Context<'_>,
    ) -> Poll<Result<F::Output, Cancelled>> {
        let this = self.as_mut().project();
        if let Some(place) = child.place.and_then(Cell::take) {
            *this.presence = Presence::placed(Some(place));
        }
        let Some(fan) = child.fan.filter(|_| this.presence.is_nowhere()) else {
            return self.poll(context);
        };
        let Some(body) = this.body.as_pin_mut() else {
            panic!("{AGAIN}");
        };
        let (polled, is_settled) = fan.try_child(child.number, || body.poll(context));
        if is_settled {
            let place = fan.childs_place();
            if let Some(place) = place.as_ref().filter(|_| polled.is_pending()) {
                place.set_waker(context.waker());
            }
            *this.presence = Presence::placed(place);
            return self.polled(polled);
        }
        if let Poll::Ready(value) = polled {
            fan.child_ended(child.number);
            self.project().body.set(None);
            return Poll::Ready(Ok(value));
        }
        let own_waker = (!child.together).then(|| context.waker());
        if fan.child_is_idle(child.number, own_waker) {
            return Poll::Pending;
        }
        let place = fan.register_child(child.number, context.waker());
        *this.presence = Presence::placed(Some(place));
        self.polled(polled)
    }

    /// Polls the body of a child whose construct has no place in the tree either.
    #[inline]
    pub(crate) fn poll_unplaced(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<F::Output> {
        match self.project().body.as_pin_mut() {
            Some(body) => body.poll(context),
            None => panic!("{AGAIN}"),
        }
    }

    /// The body, of a child, was given a place in the poll that is just over, and is suspended.
    pub(crate) fn settle_child(
        mut self: Pin<&mut Self>,
        child: Child<'_>,
        context: &mut Context<'_>,
    ) -> Poll<Result<F::Output, Cancelled>> {
        if let Some(place) = child.place.and_then(Cell::take) {
            place.set_waker(context.waker());
            *self.as_mut().project().presence = Presence::placed(Some(place));
        }
        self.polled(Poll::Pending)
    }

    /// Drops the body of a child that has no place in the tree, or has panicked: nobody polls it any more.
    /// False if it has a place, and may clean up.
    pub(crate) fn drop_if_idle(mut self: Pin<&mut Self>, child: Child<'_>) -> bool {
        let mut this = self.as_mut().project();
        if let Some(place) = child.place.and_then(Cell::take) {
            *this.presence = Presence::placed(Some(place));
        }
        if child.visit == Visit::Abandon {
            if let Some(fan) = child.fan {
                fan.child_ended(child.number);
            }
            self.abandon();
            return true;
        }
        let is_idle = this.presence.slot().is_none();
        if is_idle {
            this.body.set(None);
        }
        is_idle
    }

    /// What comes of a poll of the body.
    #[inline]
    fn polled(
        mut self: Pin<&mut Self>,
        polled: Poll<F::Output>,
    ) -> Poll<Result<F::Output, Cancelled>> {
        let mut this = self.as_mut().project();
        if let Poll::Ready(value) = polled {
            if !this.presence.is_nowhere()
                && let Some(participant) = this.presence.slot().take()
            {
                participant.finish();
            }
            this.body.set(None);
            return Poll::Ready(Ok(value));
        }
        let place = this.presence.slot().as_ref();
        let request = place.and_then(Participant::deliver);
        match request.and_then(|request| self.caught(request)) {
            Some(cancelled) => Poll::Ready(Err(cancelled)),
            None => Poll::Pending,
        }
    }
}

impl<F: Future> Future for Catch<F> {
    type Output = Result<F::Output, Cancelled>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.as_mut().project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            panic!("{AGAIN}");
        };
        let kind = || Kind::Scope(*this.construct);
        // From here on it is not idle any more.
        if !this.presence.is_nowhere()
            && let slot @ Some(_) = this.presence.slot()
        {
            let polled = match register(slot, kind, Some(context.waker())) {
                None => body.poll(context),
                Some(_) => poll_placed(slot, || body.poll(context)),
            };
            return self.polled(polled);
        }
        let (polled, needs_no_place) =
            try_out(this.presence, *this.construct, context, |context| {
                body.poll(context)
            });
        if needs_no_place {
            return polled.map(|value| {
                this.body.set(None);
                Ok(value)
            });
        }
        if polled.is_pending() {
            register(this.presence.slot(), kind, Some(context.waker()));
        }
        self.polled(polled)
    }
}

/// Whose future it was is not known here, and to note it would cost each of them a word.
const AGAIN: &str = "the future of a `timeout`, `wait_for`, `until` or `catch` was awaited again after \
    it had given its output: keep the output, or make a new one";

impl<F> fmt::Debug for Catch<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catch")
            .field("ended", &self.body.is_none())
            .finish_non_exhaustive()
    }
}
