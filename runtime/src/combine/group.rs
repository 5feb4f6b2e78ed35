//! What a task group's body, members and handles share, and how all of them are asked to end.
//! Next: `group_error.rs`.
//!
//! Members and body are asked at one moment, by one request: a body that awaits a member is not to
//! ask it twice. A member that fails asks in the batch after its failure, but before it ends: so what is
//! due together with the failure still counts, and whoever awaits the member is being ended by then, and
//! does not take its end for somebody else's doing.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use slab::Slab;

use super::group_error::Why;
use super::group_member::Member;
use crate::cancel::{Cancelled, Catch, Counted, catch_in, note_batch};
use crate::debug::Members;
use crate::part_cell::PartCell;
use crate::quietly::{Payload, keep_first};
use crate::task::Task;
use crate::task::raw::TaskRef;
use crate::task::scope::{Construct, Key, Place};

/// One group.
pub(super) struct Group<E> {
    members: RefCell<Slab<Option<TaskRef>>>,
    errors: RefCell<Vec<E>>,
    panic: PartCell<Option<Payload>>,
    phase: Cell<Phase>,
    /// Where the body is to be asked, once it was suspended and as long as it runs.
    place: RefCell<Option<Place>>,
    /// The body is to end for a reason of the group's own.
    stopping: Cell<bool>,
    /// Of whoever awaits the scope.
    waker: Cell<Option<Waker>>,
}

/// Whether a group takes new tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase {
    Open,
    /// All are asked to end, or it is over; no new member starts.
    Closed(Why),
}

/// How the body ended.
pub(super) enum End<T> {
    Returned(T),
    /// The group ended it.
    Stopped,
    /// A request from outside did.
    Cancelled(Cancelled),
    /// The group keeps its panic.
    Panicked,
}

impl<E> Group<E> {
    pub(super) fn new() -> Group<E> {
        Group {
            members: RefCell::default(),
            errors: RefCell::default(),
            panic: PartCell::default(),
            phase: Cell::new(Phase::Open),
            place: RefCell::default(),
            stopping: Cell::new(false),
            waker: Cell::default(),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// How many members have not ended.
    pub(super) fn len(&self) -> usize {
        self.members.borrow().len()
    }

    /// All members have ended. Returns their errors.
    ///
    /// # Panics
    /// When one of them panicked, or the body.
    pub(super) fn conclude(&self) -> Vec<E> {
        self.phase.set(Phase::Closed(Why::Ended));
        if let Some(payload) = self.panic.take() {
            resume_unwind(payload);
        }
        self.errors.take()
    }

    /// A request from outside came while the members were waited for. Those that were asked already
    /// clean up in peace, as in asyncio: it is for the scope's end, which waits for them.
    pub(super) fn asked_from_outside(&self) {
        self.abort(Why::AwaiterCancelled);
    }

    /// Makes a member's future, and keeps a place for its task.
    pub(super) fn admit<F>(self: &Rc<Self>, future: F) -> (Member<F, E>, usize) {
        let number = self.members.borrow_mut().insert(None);
        (Member::new(future, self.clone(), number), number)
    }

    /// Puts the task of a member into its place.
    pub(super) fn admitted<T>(&self, number: usize, task: Task<T>) -> Task<T> {
        if let Some(place) = self.members.borrow_mut().get_mut(number) {
            *place = Some(task.task_ref());
        }
        task
    }

    /// A member failed, for which nobody is asked yet.
    pub(super) fn note_error(&self, error: E) {
        self.errors.borrow_mut().push(error);
    }

    /// The same for a panic.
    pub(super) fn note_panic(&self, payload: Payload) {
        keep_first(&self.panic, payload);
    }

    /// A member's future is gone.
    pub(super) fn forget_member(&self, number: usize) {
        let member = self.members.borrow_mut().try_remove(number);
        drop(member);
        if self.members.borrow().is_empty() {
            self.wake();
        }
    }

    /// Awaits the body, in a scope of its own.
    pub(super) async fn run_body<F: Future>(&self, body: F) -> End<F::Output> {
        let mut body = pin!(catch_in(Construct::Body, body));
        let mut counted = Counted::default();
        poll_fn(|context| self.poll_body(body.as_mut(), &mut counted, context)).await
    }

    fn poll_body<F: Future>(
        &self,
        mut body: Pin<&mut Catch<F>>,
        counted: &mut Counted,
        context: &mut Context<'_>,
    ) -> Poll<End<F::Output>> {
        if self.stopping.get() {
            counted.begin();
        }
        let polled = catch_unwind(AssertUnwindSafe(|| body.as_mut().poll(context)));
        let end = match polled {
            Ok(Poll::Pending) if !self.is_to_end(body.as_mut()) => {
                self.waker.set(Some(context.waker().clone()));
                return Poll::Pending;
            }
            Ok(Poll::Pending) => End::Stopped,
            Ok(Poll::Ready(Ok(output))) => End::Returned(output),
            Ok(Poll::Ready(Err(cancelled))) if self.stopping.get() && !body.was_asked() => {
                cancelled.suppress();
                End::Stopped
            }
            Ok(Poll::Ready(Err(cancelled))) => End::Cancelled(cancelled),
            Err(payload) => {
                keep_first(&self.panic, payload);
                body.abandon();
                End::Panicked
            }
        };
        let place = self.place.take();
        drop(place);
        if let End::Panicked = end {
            self.abort(Why::BodyFailed);
        }
        counted.end();
        Poll::Ready(end)
    }

    /// The body is suspended. Remembers where it can be asked, and asks it, if that is due and has
    /// not been done there; true if there is nobody to be asked, outside a task.
    fn is_to_end<F>(&self, body: Pin<&mut Catch<F>>) -> bool {
        let Some(participant) = body.participant() else {
            return self.stopping.get();
        };
        let here = |place: &Place| place.is_of(participant);
        if self.place.borrow().as_ref().is_some_and(here) {
            return false;
        }
        let place = participant.place();
        if self.stopping.get() {
            note_batch();
            place.stop(|_| ());
        }
        self.place.replace(Some(place));
        false
    }

    /// The group ends by itself: the members and then the body are asked, once, and at one moment.
    /// asyncio's `_abort`, and the `cancel` of the parent. False if they were asked before.
    pub(super) fn fall(&self, why: Why) -> bool {
        if self.phase.get() != Phase::Open {
            return false;
        }
        self.stopping.set(true);
        let place = self.place.borrow().clone();
        match place {
            Some(place) => {
                self.phase.set(Phase::Closed(why));
                note_batch();
                place.stop(|request| {
                    for member in self.living() {
                        member.cancel_for(request);
                    }
                });
            }
            None => self.abort(why),
        }
        self.wake();
        true
    }

    /// Closes the group, and asks all members to end.
    pub(super) fn abort(&self, why: Why) {
        if self.phase.get() == Phase::Open {
            self.phase.set(Phase::Closed(why));
            self.ask_all();
        }
    }

    /// Asks all members to end, those that clean up already too.
    fn ask_all(&self) {
        for member in self.living() {
            member.cancel();
        }
    }

    /// The members that have not ended.
    fn living(&self) -> Vec<TaskRef> {
        let members = self.members.borrow();
        members
            .iter()
            .filter_map(|(_, member)| member.clone())
            .collect()
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Done when no member is left.
    pub(super) fn emptied(&self) -> impl Future<Output = ()> {
        poll_fn(|context| match self.members.borrow().is_empty() {
            true => Poll::Ready(()),
            false => {
                self.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
    }
}

impl<E> Members for Group<E> {
    fn members(&self) -> Vec<TaskRef> {
        self.living()
    }

    fn body(&self) -> Option<Key> {
        self.place.borrow().as_ref().map(Place::key)
    }
}

/// Ends the group with its scope, whoever dropped that.
pub(super) struct CloseOnDrop<'a, E>(pub(super) &'a Group<E>);

impl<E> Drop for CloseOnDrop<'_, E> {
    fn drop(&mut self) {
        if self.0.phase.get() != Phase::Closed(Why::Ended) {
            self.0.phase.set(Phase::Closed(Why::Ended));
            self.0.ask_all();
        }
    }
}
