//! [`Children`]: a [`Fan`] whose children take part in cancellation.
//!
//! Who uses it: `gather.rs`, `try_gather.rs`, `race.rs`, `local_scope.rs`. Read next: `slot.rs`.
//!
//! Each child is a scope of its own. A request reaches all of them at once; a failure, or a panic,
//! of one asks the others. Either way all are waited for, clean-up included, before the construct
//! goes on: asyncio's `gather` comes back earlier and leaves its children behind.

use super::fan::Fan;
use crate::cancel::{Cancelled, Outward, note_batch, register};
use crate::quietly::{Payload, forget_payload};
use crate::task::scope::{Construct, Kind, Participant, Request};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll};

/// How a child ended.
pub(crate) enum ChildEnd {
    /// With a value that leaves the others alone.
    Value,
    /// With a value that ends the construct: the others are asked to end.
    Decides,
    /// By a request, which it did not suppress.
    Cancelled(Cancelled),
}

/// Several children of one task, polled when they are woken.
pub(crate) struct Children {
    fan: Fan,
    rest: Rest,
}

/// What is known of the children besides whom to poll.
struct Rest {
    /// What pictures call it.
    construct: Construct,
    participant: Option<Participant>,
    started: Vec<bool>,
    /// The child that decided, if one did.
    first: Option<usize>,
    /// The requests that children were ended by.
    cancelled: Vec<Cancelled>,
    panic: Option<Payload>,
    /// The request that ended them all went on outward, and this stays pending.
    raised: Option<Outward>,
    /// Whether the others were asked.
    stopped: Stopped,
    /// The outcome was told.
    told: bool,
}

/// Why children were asked to end, the stronger reason last.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Stopped {
    No,
    ByRequest,
    ByItself,
}

impl Children {
    /// So many children, none of them begun.
    pub(crate) fn new(construct: Construct, count: usize) -> Children {
        Children {
            fan: Fan::new(count),
            rest: Rest {
                construct,
                participant: None,
                started: vec![false; count],
                first: None,
                cancelled: Vec::new(),
                panic: None,
                raised: None,
                stopped: Stopped::No,
                told: false,
            },
        }
    }

    /// Adds a child, at the place of one that has ended if there is one.
    pub(crate) fn add(&mut self, ended: Option<usize>) -> usize {
        let index = self.fan.add(ended);
        match self.rest.started.get_mut(index) {
            Some(started) => *started = false,
            None => self.rest.started.push(false),
        }
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
        poll_child: impl FnMut(usize, &mut Context<'_>) -> Poll<ChildEnd>,
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
        mut poll_child: impl FnMut(usize, &mut Context<'_>) -> Poll<ChildEnd>,
    ) -> bool {
        let Children { fan, rest } = self;
        assert!(
            !rest.told,
            "the future of a `gather`, `try_gather`, `race` or `select!` was awaited again after it had \
             given its output: keep the output, or make a new one"
        );
        if let Some(raised) = &rest.raised {
            raised.check("a gather, race, `select!` or `local_scope`");
            return false;
        }
        if let Some(participant) = register(&mut rest.participant, || Kind::Fan(rest.construct)) {
            participant.set_waker(context.waker());
        }
        let all = fan.poll(context, |index, context| {
            if rest.is_not_to_start(index) {
                return Poll::Ready(());
            }
            let polled = catch_unwind(AssertUnwindSafe(|| match &rest.participant {
                None => poll_child(index, context),
                Some(participant) => participant.enter(|| poll_child(index, context)),
            }));
            match polled {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(end)) => rest.child_ended(index, end),
                Err(payload) => rest.child_panicked(payload),
            }
            Poll::Ready(())
        });
        if let (Poll::Pending, Some(participant)) = (all, &rest.participant) {
            participant.pass_on();
        }
        all.is_ready()
    }

    /// The second half: all have ended, and none is added any more.
    pub(crate) fn conclude(&mut self) -> Poll<Option<usize>> {
        self.rest.end()
    }
}

impl Rest {
    /// What is on its way out starts nothing new.
    fn is_not_to_start(&mut self, index: usize) -> bool {
        !std::mem::replace(&mut self.started[index], true)
            && (self.first.is_some() || !self.cancelled.is_empty() || self.panic.is_some())
    }

    fn child_ended(&mut self, index: usize, end: ChildEnd) {
        match end {
            ChildEnd::Value => return,
            ChildEnd::Decides if self.first.is_some() => return,
            ChildEnd::Decides => self.first = Some(index),
            ChildEnd::Cancelled(cancelled) => {
                let request = cancelled.token().map(|token| token.request().clone());
                self.cancelled.push(cancelled);
                return self.stop_the_others(request);
            }
        }
        self.stop_the_others(None);
    }

    fn child_panicked(&mut self, payload: Payload) {
        match &self.panic {
            None => self.panic = Some(payload),
            Some(_) => forget_payload(payload),
        }
        self.stop_the_others(None);
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
        let participant = self.participant.take();
        let cancelled = std::mem::take(&mut self.cancelled);
        let request = match (&self.panic, self.first, cancelled.first()) {
            (None, None, Some(first)) => first.token().map(|token| token.request().clone()),
            _ => None,
        };
        if let Some(participant) = participant {
            match request {
                Some(request) => {
                    // The children's own tokens have nobody to answer to from here on.
                    self.raised = Some(Outward::from_here());
                    participant.raise(Some(request));
                    return Poll::Pending;
                }
                None => participant.give_back(),
            }
        }
        self.told = true;
        drop(cancelled);
        if let Some(payload) = self.panic.take() {
            resume_unwind(payload);
        }
        Poll::Ready(self.first)
    }
}
