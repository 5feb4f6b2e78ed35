//! [`Slot`]: where an inline child lives, first as a future, then as its output.
//!
//! Who uses it: `gather.rs`, `try_gather.rs`, `race.rs`, `branches.rs`.

use super::children::{AGAIN, ChildEnd};
use crate::cancel::{Cancelled, Catch, Child, Visit, catch_in};
use crate::task::scope::Construct;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

pin_project! {
    /// One child, a scope of its own. Future and output share the place, so a gather is as large as
    /// its children.
    #[project = SlotProjection]
    pub(crate) enum Slot<F: Future> {
        Running { #[pin] future: Catch<F> },
        Ended { output: Option<F::Output> },
    }
}

impl<F: Future> Slot<F> {
    pub(crate) fn new(future: impl IntoFuture<IntoFuture = F, Output = F::Output>) -> Slot<F> {
        Slot::Running {
            future: catch_in(Construct::Child, future),
        }
    }

    /// Does what it is the child's turn to. When it ends, its future is dropped at once and its output kept;
    /// `decides` says whether that output ends the others.
    pub(crate) fn poll(
        mut self: Pin<&mut Self>,
        child: Child<'_>,
        context: &mut Context<'_>,
        decides: impl FnOnce(&F::Output) -> bool,
    ) -> Poll<ChildEnd> {
        let SlotProjection::Running { future } = self.as_mut().project() else {
            return Poll::Ready(ChildEnd::Value);
        };
        let polled = match child.visit {
            Visit::Poll => future.poll_child(child, context),
            Visit::Settle => future.settle_child(child, context),
            Visit::Drop | Visit::Abandon => {
                if !future.drop_if_idle(child) {
                    return Poll::Pending;
                }
                self.set(Slot::Ended { output: None });
                return Poll::Ready(ChildEnd::Value);
            }
        };
        let ended = ready!(polled);
        Poll::Ready(self.end(ended, decides))
    }

    /// Keeps what the child gave, and says how that ended it.
    fn end(
        mut self: Pin<&mut Self>,
        ended: Result<F::Output, Cancelled>,
        decides: impl FnOnce(&F::Output) -> bool,
    ) -> ChildEnd {
        let (output, end) = match ended {
            Ok(output) => match decides(&output) {
                true => (Some(output), ChildEnd::Decides),
                false => (Some(output), ChildEnd::Value),
            },
            Err(cancelled) => (None, ChildEnd::Cancelled(Box::new(cancelled))),
        };
        self.set(Slot::Ended { output });
        end
    }

    /// Polls a child that has no place, and whose construct has none. It says whether there is an output.
    #[inline]
    pub(crate) fn poll_unplaced(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> bool {
        let SlotProjection::Running { future } = self.as_mut().project() else {
            panic!("{AGAIN}");
        };
        let Poll::Ready(output) = future.poll_unplaced(context) else {
            return false;
        };
        let output = Some(output);
        self.set(Slot::Ended { output });
        true
    }

    /// Drops a child that has no place.
    #[inline]
    pub(crate) fn discard(mut self: Pin<&mut Self>) {
        self.set(Slot::Ended { output: None });
    }

    /// Takes the output of a child that has ended.
    pub(crate) fn take(self: Pin<&mut Self>) -> F::Output {
        match self.project() {
            SlotProjection::Ended { output } => output.take(),
            SlotProjection::Running { .. } => None,
        }
        .expect("only taken when all children have ended, once")
    }
}
