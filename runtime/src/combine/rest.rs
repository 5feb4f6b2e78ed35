//! [`Rest`]: how children ended, and whom that asks.
//!
//! Who uses it: `children.rs`. Read next: `wakes.rs`, how children are woken.

use super::children::{ChildEnd, Polled};
use super::wakes::Begun;
use crate::cancel::{Cancelled, Child, Outward, Visit, note_batch};
use crate::quietly::{Payload, forget_payload};
use crate::task::scope::{Construct, Participant, Request};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll, Waker};

/// What is known of the children besides whom to poll.
pub(super) struct Rest {
    /// What pictures call it.
    pub(super) construct: Construct,
    pub(super) participant: Option<Participant>,
    together: bool,
    /// How many there are, ended ones too.
    pub(super) count: usize,
    pub(super) begun: Begun,
    /// The child that decided, if one did.
    pub(super) first: Option<usize>,
    /// The others were over with it.
    pub(super) all_ended: bool,
    /// What ended otherwise than with a value. In a box, since hardly anything does.
    unusual: Option<Box<Unusual>>,
    /// Whether the others were asked.
    stopped: Stopped,
    /// The outcome was told.
    pub(super) told: bool,
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

impl Rest {
    pub(super) fn new(construct: Construct, count: usize, together: bool) -> Rest {
        Rest {
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
        }
    }

    /// What ended them all and went on outward.
    pub(super) fn raised(&self) -> Option<&Outward> {
        self.unusual.as_ref()?.raised.as_ref()
    }

    /// Polls one child, and does what comes of it.
    #[inline]
    pub(super) fn poll(
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
    pub(super) fn take_over(
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
    pub(super) fn drop_child(
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
    pub(super) fn end(&mut self) -> Poll<Option<usize>> {
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
