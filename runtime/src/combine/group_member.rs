//! [`Member`]: the future of a task in a group, whose failure is the group's. Next:
//! `local_scope.rs`, for children that borrow.
//!
//! A failure is noted at once, and the group asked in the next batch, by a second poll of the member
//! that failed: what the others give in the batch of the failure counts. The member's task lasts until
//! then, as whoever awaits it is to be asked before it ends.
//!
//! Where somebody asked the member itself to end, and it fails at that, its task ends now: so the group
//! is asked now, a batch earlier than in CPython (which calls `_on_task_done` in the next one, also
//! then). A value that is due with such a failure stands, but a sibling that has not begun never does.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::group::{Group, Phase};
use super::group_error::Why;
use crate::cancel::is_about_to_end;
use crate::context::with_core;

pin_project! {
    /// A member's future, whose failure is the group's.
    pub(super) struct Member<F, E> {
        #[pin]
        future: Option<F>,
        // It failed, and the group is not asked for that yet.
        noted: bool,
        membership: Membership<E>,
    }
}

impl<F, E> Member<F, E> {
    pub(super) fn new(future: F, group: Rc<Group<E>>, number: usize) -> Member<F, E> {
        Member {
            future: Some(future),
            noted: false,
            membership: Membership { group, number },
        }
    }
}

impl<F: Future<Output = Result<T, E>>, T, E> Future for Member<F, E> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut this = self.project();
        let group = &this.membership.group;
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            if std::mem::take(this.noted) {
                ask(group);
            }
            return Poll::Pending; // It ends as cancelled.
        };
        match catch_unwind(AssertUnwindSafe(|| future.poll(context))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(value))) => {
                this.future.set(None);
                return Poll::Ready(value);
            }
            Ok(Poll::Ready(Err(error))) => {
                this.future.set(None);
                group.note_error(error);
            }
            Err(payload) => {
                this.future.set(None);
                group.note_panic(payload);
            }
        }
        // A request that lies here ends it now: then there is no second poll.
        if group.phase() != Phase::Open || is_about_to_end() {
            ask(group);
        } else {
            *this.noted = true;
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

/// Asks all members for the failure of the one that runs, which is one of them; and that one in any case.
fn ask<E>(group: &Group<E>) {
    if !group.fall(Why::MemberFailed)
        && let Some(task) = with_core(|core| core.and_then(|core| core.scheduler.current()))
    {
        task.cancel();
    }
}

/// A place in the group, given up when the member's future is gone.
struct Membership<E> {
    group: Rc<Group<E>>,
    number: usize,
}

impl<E> Drop for Membership<E> {
    fn drop(&mut self) {
        self.group.forget_member(self.number);
    }
}
