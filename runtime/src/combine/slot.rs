//! [`Slot`]: where an inline child lives, first as a future, then as its output.
//!
//! Who uses it: `gather.rs`, `try_gather.rs`, `race.rs`.

use super::children::ChildEnd;
use crate::cancel::{Catch, Child, Visit, catch_in};
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

    /// Polls the child, or drops it if it is to go and nothing is at work in it. When it ends, its future is dropped at once and its output kept; `decides`
    /// says whether that output ends the others.
    pub(crate) fn poll(
        mut self: Pin<&mut Self>,
        child: Child<'_>,
        context: &mut Context<'_>,
        decides: impl FnOnce(&F::Output) -> bool,
    ) -> Poll<ChildEnd> {
        let SlotProjection::Running { future } = self.as_mut().project() else {
            return Poll::Ready(ChildEnd::Value);
        };
        if child.visit != Visit::Poll {
            return match future.drop_if_idle(child) {
                true => {
                    self.set(Slot::Ended { output: None });
                    Poll::Ready(ChildEnd::Value)
                }
                false => Poll::Pending,
            };
        }
        let (output, end) = match ready!(future.poll_child(child, context)) {
            Ok(output) => match decides(&output) {
                true => (Some(output), ChildEnd::Decides),
                false => (Some(output), ChildEnd::Value),
            },
            Err(cancelled) => (None, ChildEnd::Cancelled(Box::new(cancelled))),
        };
        self.set(Slot::Ended { output });
        Poll::Ready(end)
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
