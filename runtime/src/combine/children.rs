//! [`Children`]: several futures of one task that take part in cancellation.
//!
//! Who uses it: `gather.rs`, `try_gather.rs`, `race.rs`, `select.rs`, `local_scope.rs`. Read next:
//! `rest.rs`, what comes of their ends.
//!
//! Each child is a scope of its own. A request reaches all of them at once; a failure, or a panic,
//! of one asks the others. Either way all are waited for, clean-up included, before the construct
//! goes on: asyncio's `gather` comes back earlier and leaves its children behind.

use super::fan::Fan;
use super::few::Few;
use super::rest::Rest;
use super::wakes::{Begun, Wakes};
use crate::cancel::{Cancelled, Child, Visit, is_debug, register};
use crate::task::scope::{Construct, Kind, Participant};
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
            rest: Rest::new(construct, count, together),
        }
    }

    /// Children of which these, a bit each, were polled without this, with the waker of the task. With the
    /// place of the whole; if it has none, it is given one, where a request finds those that were not
    /// polled again.
    pub(crate) fn taken_over(
        construct: Construct,
        count: usize,
        polled: u64,
        mut place: Option<Participant>,
        waker: &Waker,
    ) -> Children {
        if place.is_none()
            && let Some(fan) = register(&mut place, || Kind::Fan(construct), Some(waker))
        {
            fan.children_are_idle(polled);
        }
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
        if let Some(raised) = rest.raised() {
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
