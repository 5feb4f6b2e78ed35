//! [`Children`]: several futures of one task that take part in cancellation.
//!
//! Who uses it: `gather.rs`, `try_gather.rs`, `race.rs`, `select.rs`, `local_scope.rs`. Read next:
//! `wakes.rs`, how they are woken.
//!
//! Each child is a scope of its own. A request reaches all of them at once; a failure, or a panic,
//! of one asks the others. Either way all are waited for, clean-up included, before the construct
//! goes on: asyncio's `gather` comes back earlier and leaves its children behind.

use super::fan::Fan;
use super::few::Few;
use super::wakes::{Begun, Wakes};
use crate::cancel::{Cancelled, Child, Outward, Visit, is_debug, note_batch, register};
use crate::quietly::{Payload, forget_payload};
use crate::task::scope::{Construct, Kind, Participant, Request};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll, Waker};

/// How a child ended.
pub(crate) enum ChildEnd {
    /// With a value that leaves the others alone.
    Value,
    /// With a value that ends the construct: the others are asked to end.
    Decides,
    /// By a request, which it did not suppress. In a box, since hardly any does, and all are moved.
    Cancelled(Box<Cancelled>),
}

/// How a child was polled that had no place before, and was given one by that.
pub(crate) enum Polled {
    /// It is suspended.
    Suspended(Participant),
    /// It gave an output that ends the construct.
    Won(Participant),
}

/// What to tell who awaits a construct once more.
pub(crate) const AGAIN: &str = "the future of a `gather`, `try_gather`, `race` or `select!` was awaited \
    again after it had given its output: keep the output, or make a new one";

/// Several children of one task, polled when they are woken.
pub(crate) struct Children {
    wakes: Wakes,
    rest: Rest,
}

/// What is known of the children besides whom to poll.
struct Rest {
    /// What pictures call it.
    construct: Construct,
    participant: Option<Participant>,
    together: bool,
    /// How many there are, ended ones too.
    count: usize,
    begun: Begun,
    /// The child that decided, if one did.
    first: Option<usize>,
    /// The others were over with it.
    all_ended: bool,
    /// What ended otherwise than with a value. In a box, since hardly anything does.
    unusual: Option<Box<Unusual>>,
    /// Whether the others were asked.
    stopped: Stopped,
    /// The outcome was told.
    told: bool,
    /// How often idle children of the loop had been given places when those of these were taken over.
    populations: u64,
    /// Such places, by the children's numbers, until these are polled.
    places: Option<BTreeMap<u32, Participant>>,
    /// The one that is just handed to its child.
    handed: Cell<Option<Participant>>,
}

/// How children ended that gave no value.
#[derive(Default)]
struct Unusual {
    /// The requests that children were ended by.
    cancelled: Vec<Cancelled>,
    panic: Option<Payload>,
    /// The request that ended them all went on outward, and this stays pending.
    raised: Option<Outward>,
}

/// Why children were asked to end, the stronger reason last.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Stopped {
    No,
    ByRequest,
    ByItself,
}

impl Children {
    /// So many children, none of them begun, each with a waker of its own.
    pub(crate) fn new(construct: Construct, count: usize) -> Children {
        Children::woken(Wakes::Apart(Box::new(Fan::new(count))), construct, count)
    }

    /// So many children, which are all polled when the task is, in their order. A picture can't say then
    /// which of them waits for what: so in debug mode each has its waker.
    pub(crate) fn together(construct: Construct, count: usize) -> Children {
        let wakes = match count > Few::MOST || is_debug() {
            true => Wakes::Apart(Box::new(Fan::in_order(count))),
            false => Wakes::Together(Few::new(count)),
        };
        Children::woken(wakes, construct, count)
    }

    fn woken(wakes: Wakes, construct: Construct, count: usize) -> Children {
        let together = matches!(wakes, Wakes::Together(_));
        Children {
            wakes,
            rest: Rest {
                construct,
                participant: None,
                together,
                count,
                begun: Begun::default(),
                first: None,
                all_ended: false,
                unusual: None,
                stopped: Stopped::No,
                told: false,
                populations: 0,
                places: None,
                handed: Cell::new(None),
            },
        }
    }

    /// Children of which these, a bit each, were polled without this, with the waker of the task. With the
    /// place of the whole, if it has one.
    pub(crate) fn taken_over(
        construct: Construct,
        count: usize,
        polled: u64,
        place: Option<Participant>,
    ) -> Children {
        let wakes = Wakes::Together(Few::new(count));
        let mut children = Children::woken(wakes, construct, count);
        children.rest.begun = Begun::of(polled);
        children.rest.participant = place;
        children
    }

    /// As [`poll`](Children::poll), behind the child of this number if one was polled already.
    pub(crate) fn go_on(
        &mut self,
        context: &mut Context<'_>,
        last: Option<(u32, Polled)>,
        poll_child: impl FnMut(Child<'_>, &mut Context<'_>) -> Poll<ChildEnd>,
    ) -> Poll<Option<usize>> {
        match self.poll_pass(context, last, poll_child) {
            true => self.conclude(),
            false => Poll::Pending,
        }
    }

    /// Adds a child, at the place of one that has ended if there is one.
    pub(crate) fn add(&mut self, ended: Option<usize>) -> usize {
        let index = match &mut self.wakes {
            Wakes::Apart(fan) => fan.add(ended),
            Wakes::Together(_) => unreachable!("children are added to those that are woken apart"),
        };
        self.rest.count = self.rest.count.max(index + 1);
        self.rest.begun.forget(index);
        index
    }

    /// Polls the children that were woken. Ready when all have ended, with the one that decided; it
    /// stays pending if they were cancelled, since that goes on outward.
    ///
    /// # Panics
    /// When all have ended and a child panicked, with its panic; and when it is polled after it was
    /// ready.
    pub(crate) fn poll(
        &mut self,
        context: &mut Context<'_>,
        poll_child: impl FnMut(Child<'_>, &mut Context<'_>) -> Poll<ChildEnd>,
    ) -> Poll<Option<usize>> {
        match self.poll_woken(context, poll_child) {
            true => self.conclude(),
            false => Poll::Pending,
        }
    }

    /// The first half of [`poll`](Children::poll): says whether all have ended.
    pub(crate) fn poll_woken(
        &mut self,
        context: &mut Context<'_>,
        poll_child: impl FnMut(Child<'_>, &mut Context<'_>) -> Poll<ChildEnd>,
    ) -> bool {
        self.poll_pass(context, None, poll_child)
    }

    /// As [`poll_woken`](Children::poll_woken), behind the child of this number if one was polled already.
    fn poll_pass(
        &mut self,
        context: &mut Context<'_>,
        last: Option<(u32, Polled)>,
        mut poll_child: impl FnMut(Child<'_>, &mut Context<'_>) -> Poll<ChildEnd>,
    ) -> bool {
        let Children { wakes, rest } = self;
        assert!(!rest.told, "{AGAIN}");
        if let Some(raised) = rest.unusual.as_ref().and_then(|ends| ends.raised.as_ref()) {
            raised.check("a gather, race, `select!` or `local_scope`");
            return false;
        }
        let mut is_new_here = false;
        let kind = || {
            is_new_here = true;
            Kind::Fan(rest.construct)
        };
        register(&mut rest.participant, kind, Some(context.waker()));
        if is_new_here && !rest.begun.is_nobody() {
            wakes.wake_all(); // Where nobody knows of them, a request would pass them by.
        }
        let undecided = rest.first.is_none();
        let inside = rest.participant.as_ref().map(Participant::stay_in);
        let mut first = 0;
        if let Some((number, polled)) = last {
            first = number as usize + 1;
            if rest
                .take_over(number, polled, context, &mut poll_child)
                .is_ready()
            {
                wakes.finish(number as usize);
            }
        }
        let all = wakes.poll(first, context, |index, context| {
            rest.poll(index, context, &mut poll_child)
        });
        if all.is_ready() {
            return true;
        }
        if undecided && rest.first.is_some() {
            if rest.all_ended {
                return true;
            }
            // Those that were dropped for it were not woken.
            for index in 0..rest.count {
                if wakes.is_unfinished(index)
                    && rest.drop_child(index, Visit::Drop, &mut poll_child)
                {
                    wakes.finish(index);
                }
            }
        }
        drop(inside);
        if let Some(participant) = &rest.participant {
            participant.pass_on();
        }
        wakes.unfinished() == 0
    }

    /// The second half: all have ended, and none is added any more.
    pub(crate) fn conclude(&mut self) -> Poll<Option<usize>> {
        self.rest.end()
    }
}

impl Rest {
    /// Polls one child, and does what comes of it.
    #[inline]
    fn poll(
        &mut self,
        index: usize,
        context: &mut Context<'_>,
        poll_child: &mut impl FnMut(Child<'_>, &mut Context<'_>) -> Poll<ChildEnd>,
    ) -> Poll<()> {
        let is_new = self.begun.begin(index);
        if is_new && (self.first.is_some() || self.unusual.is_some()) {
            return Poll::Ready(()); // What is on its way out starts nothing new.
        }
        if self.first.is_some() && self.drop_child(index, Visit::Drop, poll_child) {
            return Poll::Ready(());
        }
        let polled = self.visit(index, Visit::Poll, context, poll_child);
        self.polled(index, polled, poll_child)
    }

    /// Does what comes of the poll of a child that had no place before.
    fn take_over(
        &mut self,
        number: u32,
        polled: Polled,
        context: &mut Context<'_>,
        poll_child: &mut impl FnMut(Child<'_>, &mut Context<'_>) -> Poll<ChildEnd>,
    ) -> Poll<()> {
        let polled = match polled {
            Polled::Suspended(place) => {
                self.handed.set(Some(place));
                let child = Child {
                    place: Some(&self.handed),
                    ..self.child(number, Visit::Settle)
                };
                catch_unwind(AssertUnwindSafe(|| poll_child(child, context)))
            }
            Polled::Won(place) => {
                place.finish();
                Ok(Poll::Ready(ChildEnd::Decides))
            }
        };
        self.polled(number as usize, polled, poll_child)
    }

    /// Does what comes of a child's poll.
    #[inline]
    fn polled(
        &mut self,
        index: usize,
        polled: Result<Poll<ChildEnd>, Payload>,
        poll_child: &mut impl FnMut(Child<'_>, &mut Context<'_>) -> Poll<ChildEnd>,
    ) -> Poll<()> {
        match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(end)) => self.child_ended(index, end, poll_child),
            Err(payload) => {
                self.keep_panic(payload);
                // Nobody polls it any more: it would owe an answer to the stop, and to all, for ever.
                self.drop_child(index, Visit::Abandon, poll_child);
                self.stop_the_others(None);
            }
        }
        Poll::Ready(())
    }

    /// Drops a child that another one's end ends, if nobody in there could clean up, or that has panicked.
    /// Says whether it has ended.
    fn drop_child(
        &mut self,
        index: usize,
        visit: Visit,
        poll_child: &mut impl FnMut(Child<'_>, &mut Context<'_>) -> Poll<ChildEnd>,
    ) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        match self.visit(index, visit, &mut context, poll_child) {
            Ok(polled) => polled.is_ready(),
            Err(payload) => {
                self.keep_panic(payload);
                self.stop_the_others(None);
                true
            }
        }
    }

    #[inline(always)]
    fn visit(
        &mut self,
        index: usize,
        visit: Visit,
        context: &mut Context<'_>,
        poll_child: &mut impl FnMut(Child<'_>, &mut Context<'_>) -> Poll<ChildEnd>,
    ) -> Result<Poll<ChildEnd>, Payload> {
        if let Some(fan) = &self.participant
            && fan.populations() != self.populations
        {
            self.populations = fan.populations();
            let places = self.places.get_or_insert_default();
            places.extend(fan.claim());
        }
        let has_place = match &mut self.places {
            None => false,
            Some(places) => {
                self.handed.set(places.remove(&(index as u32)));
                true
            }
        };
        let child = Child {
            place: has_place.then_some(&self.handed),
            ..self.child(index as u32, visit)
        };
        catch_unwind(AssertUnwindSafe(|| poll_child(child, context)))
    }

    /// A child, to be visited.
    #[inline(always)]
    fn child(&self, number: u32, visit: Visit) -> Child<'_> {
        Child {
            number,
            fan: self.participant.as_ref(),
            place: None,
            together: self.together,
            visit,
        }
    }

    #[inline]
    fn child_ended(
        &mut self,
        index: usize,
        end: ChildEnd,
        poll_child: &mut impl FnMut(Child<'_>, &mut Context<'_>) -> Poll<ChildEnd>,
    ) {
        match end {
            ChildEnd::Value => {}
            ChildEnd::Decides => {
                if self.first.is_none() {
                    self.first = Some(index);
                    self.end_the_others(index, poll_child);
                }
            }
            ChildEnd::Cancelled(cancelled) => {
                let request = cancelled.token().map(|token| token.request().clone());
                self.unusual().cancelled.push(*cancelled);
                self.stop_the_others(request);
            }
        }
    }

    /// One has decided: drops those in which nobody could clean up, and asks the others. Nobody sees
    /// whether the former were asked, but by how long it takes.
    fn end_the_others(
        &mut self,
        index: usize,
        poll_child: &mut impl FnMut(Child<'_>, &mut Context<'_>) -> Poll<ChildEnd>,
    ) {
        if let Some(participant) = &self.participant {
            participant.drops_idle();
        }
        let mut all_ended = true;
        for other in 0..self.count {
            if other != index {
                all_ended &= self.drop_child(other, Visit::Drop, poll_child);
            }
        }
        self.all_ended = all_ended;
        if !all_ended {
            self.stop_the_others(None);
        }
    }

    #[cold]
    fn keep_panic(&mut self, payload: Payload) {
        match &mut self.unusual().panic {
            empty @ None => *empty = Some(payload),
            Some(_) => forget_payload(payload),
        }
    }

    fn unusual(&mut self) -> &mut Unusual {
        self.unusual.get_or_insert_default()
    }

    /// Once by a request, and then once for a reason of its own, which asks also those who suppressed
    /// that request.
    fn stop_the_others(&mut self, request: Option<Request>) {
        let reason = match request {
            Some(_) => Stopped::ByRequest,
            None => Stopped::ByItself,
        };
        if reason > self.stopped {
            self.stopped = reason;
            if let Some(participant) = &self.participant {
                note_batch();
                participant.stop_the_rest(request);
            }
        }
    }

    /// All children have ended.
    fn end(&mut self) -> Poll<Option<usize>> {
        if self.unusual.is_some() {
            return self.end_unusually();
        }
        if let Some(participant) = self.participant.take() {
            participant.give_back();
        }
        self.told = true;
        Poll::Ready(self.first)
    }

    #[cold]
    fn end_unusually(&mut self) -> Poll<Option<usize>> {
        let participant = self.participant.take();
        let Unusual {
            cancelled, panic, ..
        } = std::mem::take(self.unusual());
        let request = match (&panic, self.first, cancelled.first()) {
            (None, None, Some(first)) => first.token().map(|token| token.request().clone()),
            _ => None,
        };
        if let Some(participant) = participant {
            match request {
                Some(request) => {
                    // The children's own tokens have nobody to answer to from here on.
                    self.unusual().raised = Some(Outward::from_here());
                    participant.raise(Some(request));
                    return Poll::Pending;
                }
                None => participant.give_back(),
            }
        }
        self.told = true;
        drop(cancelled);
        if let Some(payload) = panic {
            resume_unwind(payload);
        }
        Poll::Ready(self.first)
    }
}
