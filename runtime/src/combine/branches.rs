//! The branches of a [`select!`](crate::select), as a list, and how a pass over them ends.
//!
//! Who uses it: `select.rs`. Read next: `as_completed.rs`.
//!
//! They are one inside the other: `Branch(a, Branch(b, End))`. So is the choice: `Rest(First(output of
//! b))`, which the macro takes apart branch by branch.

use super::children::ChildEnd;
use super::slot::Slot;
use crate::cancel::Child;
use crate::quietly::quietly;
use crate::task::scope::Pass;
use pin_project_lite::pin_project;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A branch in front of the others.
#[doc(hidden)]
pub fn branch<F: IntoFuture, R>(first: F, rest: R) -> Branch<F::IntoFuture, R> {
    Branch {
        first: Slot::new(first),
        rest,
    }
}

/// Which branch it was.
#[doc(hidden)]
#[derive(Debug)]
pub enum Choice<A, B> {
    /// The first of those that are left.
    First(A),
    /// One behind it.
    Rest(B),
}

/// The choice of no branch.
#[doc(hidden)]
#[derive(Debug)]
pub enum Nobody {}

pin_project! {
    #[doc(hidden)]
    pub struct Branch<F: Future, R> {
        #[pin]
        first: Slot<F>,
        #[pin]
        rest: R,
    }
}

/// No branch any more.
#[doc(hidden)]
#[derive(Debug)]
pub struct End;

/// A list of branches.
#[doc(hidden)]
pub trait Branches {
    /// What each of them may give.
    type Choice;
    /// How many there are.
    const COUNT: usize;

    /// Polls all in their order, of which the first has this number and none has a place, until one has an
    /// output or is given a place. Says which.
    fn pass(
        self: Pin<&mut Self>,
        number: u32,
        pass: Unplaced<'_>,
        context: &mut Context<'_>,
    ) -> Passed;

    /// Drops all but the winner in their order, of which the first has this number and none has a place,
    /// until one of them or the winner is given a place by that.
    fn discard_others(self: Pin<&mut Self>, winner: u32, number: u32, pass: Unplaced<'_>);

    /// Drops all, also if a destructor panics.
    fn discard_all(self: Pin<&mut Self>);

    /// Polls the branch of this number.
    fn poll_branch(
        self: Pin<&mut Self>,
        index: usize,
        turn: Turn<'_>,
        context: &mut Context<'_>,
    ) -> Poll<Ended>;

    /// Takes the output of the branch of this number.
    fn take(self: Pin<&mut Self>, index: usize) -> Self::Choice;
}

/// Polls a branch, as the child of a construct.
pub(super) fn poll_child<B: Branches>(
    branches: Pin<&mut B>,
    child: Child<'_>,
    context: &mut Context<'_>,
) -> Poll<ChildEnd> {
    let polled = branches.poll_branch(child.index(), Turn(child), context);
    polled.map(|Ended(end)| end)
}

/// Branches without a place. Opaque.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Unplaced<'a>(&'a Pass<'a>);

/// How a pass over them ended.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Passed {
    /// All are suspended.
    All,
    /// This one has an output.
    Won(u32),
    /// This one was given a place, and is suspended.
    Settled(u32),
}

/// What a branch is polled for. Opaque.
#[doc(hidden)]
pub struct Turn<'a>(Child<'a>);

/// How a branch ended. Opaque.
#[doc(hidden)]
pub struct Ended(ChildEnd);

impl Branches for End {
    type Choice = Nobody;
    const COUNT: usize = 0;

    #[inline]
    fn pass(self: Pin<&mut Self>, _: u32, _: Unplaced<'_>, _: &mut Context<'_>) -> Passed {
        Passed::All
    }

    #[inline]
    fn discard_others(self: Pin<&mut Self>, _: u32, _: u32, _: Unplaced<'_>) {}

    fn discard_all(self: Pin<&mut Self>) {}

    fn poll_branch(
        self: Pin<&mut Self>,
        _: usize,
        _: Turn<'_>,
        _: &mut Context<'_>,
    ) -> Poll<Ended> {
        unreachable!("there are as many children as branches")
    }

    fn take(self: Pin<&mut Self>, _: usize) -> Nobody {
        unreachable!("there are as many children as branches")
    }
}

impl<F: Future, R: Branches> Branches for Branch<F, R> {
    type Choice = Choice<F::Output, R::Choice>;
    const COUNT: usize = 1 + R::COUNT;

    #[inline]
    fn pass(
        self: Pin<&mut Self>,
        number: u32,
        pass: Unplaced<'_>,
        context: &mut Context<'_>,
    ) -> Passed {
        let this = self.project();
        if number > 0 {
            pass.0.go_to(number);
        }
        if this.first.poll_unplaced(context) {
            return Passed::Won(number);
        }
        if pass.0.is_settled() {
            return Passed::Settled(number);
        }
        this.rest.pass(number + 1, pass, context)
    }

    #[inline]
    fn discard_others(self: Pin<&mut Self>, winner: u32, number: u32, pass: Unplaced<'_>) {
        let this = self.project();
        if !pass.0.is_settled() {
            if number != winner {
                this.first.discard();
            }
            this.rest.discard_others(winner, number + 1, pass);
        }
    }

    fn discard_all(self: Pin<&mut Self>) {
        let this = self.project();
        quietly(|| this.first.discard());
        this.rest.discard_all();
    }

    #[inline]
    fn poll_branch(
        self: Pin<&mut Self>,
        index: usize,
        turn: Turn<'_>,
        context: &mut Context<'_>,
    ) -> Poll<Ended> {
        let this = self.project();
        match index {
            0 => this.first.poll(turn.0, context, |_| true).map(Ended),
            _ => this.rest.poll_branch(index - 1, turn, context),
        }
    }

    fn take(self: Pin<&mut Self>, index: usize) -> Self::Choice {
        let this = self.project();
        match index {
            0 => Choice::First(this.first.take()),
            _ => Choice::Rest(this.rest.take(index - 1)),
        }
    }
}

/// A pass over branches without a place. A panic ends it, and drops them all before it goes on.
pub(super) struct Passing<'a, B: Branches>(pub(super) Pin<&'a mut B>);

impl<B: Branches> Passing<'_, B> {
    #[inline]
    pub(super) fn poll(mut self, pass: &Pass<'_>, context: &mut Context<'_>) -> Passed {
        let pass = Unplaced(pass);
        let passed = self.0.as_mut().pass(0, pass, context);
        if let Passed::Won(winner) = passed {
            pass.0.drops_others();
            self.0.as_mut().discard_others(winner, 0, pass);
        }
        std::mem::forget(self);
        passed
    }
}

impl<B: Branches> Drop for Passing<'_, B> {
    #[cold]
    fn drop(&mut self) {
        self.0.as_mut().discard_all();
    }
}
