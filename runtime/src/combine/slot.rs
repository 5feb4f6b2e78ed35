//! [`Slot`]: where an inline child lives, first as a future, then as its output.
//!
//! Who uses it: `gather.rs`.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

pin_project! {
    /// One child. Future and output share the place, so a gather is as large as its children.
    #[project = SlotProjection]
    pub(crate) enum Slot<F: Future> {
        Running { #[pin] future: F },
        Ended { output: Option<F::Output> },
    }
}

impl<F: Future> Slot<F> {
    pub(crate) fn new(future: F) -> Slot<F> {
        Slot::Running { future }
    }

    /// Polls the child. When it ends, its future is dropped at once and its output kept.
    pub(crate) fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let SlotProjection::Running { future } = self.as_mut().project() {
            let output = Some(ready!(future.poll(context)));
            self.set(Slot::Ended { output });
        }
        Poll::Ready(())
    }

    /// Takes the output of a child that has ended.
    pub(crate) fn take(self: Pin<&mut Self>) -> F::Output {
        match self.project() {
            SlotProjection::Ended { output } => output.take(),
            SlotProjection::Running { .. } => None,
        }
        .expect("a gather must not be polled after it was ready")
    }
}
