//! [`Member`]: the future of a task in a group, whose failure is the group's. Next:
//! `local_scope.rs`, for children that borrow.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::group::Group;
use crate::context::with_core;

pin_project! {
    /// A member's future, whose failure is the group's.
    pub(super) struct Member<F, E> {
        #[pin]
        future: Option<F>,
        membership: Membership<E>,
    }
}

impl<F, E> Member<F, E> {
    pub(super) fn new(future: F, group: Rc<Group<E>>, number: usize) -> Member<F, E> {
        Member {
            future: Some(future),
            membership: Membership { group, number },
        }
    }
}

impl<F: Future<Output = Result<T, E>>, T, E> Future for Member<F, E> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Pending; // It failed, and ends as cancelled.
        };
        let group = &this.membership.group;
        let asked = match catch_unwind(AssertUnwindSafe(|| future.poll(context))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(value))) => {
                this.future.set(None);
                return Poll::Ready(value);
            }
            Ok(Poll::Ready(Err(error))) => {
                this.future.set(None);
                group.fail(error)
            }
            Err(payload) => {
                this.future.set(None);
                group.panicked(payload)
            }
        };
        if !asked
            && let Some(task) = with_core(|core| core.and_then(|core| core.scheduler.current()))
        {
            task.cancel();
        }
        Poll::Pending
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
