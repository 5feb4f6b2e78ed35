//! [`select!`](crate::select): several futures of different types, until the first output.
//!
//! Who uses it: programs that wait for whatever comes first. Read next: `as_completed.rs`.
//!
//! The branches are a list, one inside the other: `Branch(a, Branch(b, End))`. So is the choice:
//! `Rest(First(output of b))`, which the macro takes apart branch by branch.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::children::{ChildEnd, Children};
use super::slot::Slot;
use crate::cancel::Child;
use crate::task::scope::Construct;

/// Waits for the first of several futures, which may be of different types, and runs its branch.
///
/// `select! { pattern = future => expression, … }`; after a block no comma is needed. Whenever the task
/// goes on, all futures are polled in the order of the branches; of several that are ready at once the
/// first in that order wins. The others are asked to end, as by [`cancel`](crate::Task::cancel), and
/// waited for, clean-up included, before the branch runs; those in which nothing could clean up are
/// dropped at once. An item, a permit or a lock that a loser was handed in that very moment goes to the
/// next in line. (A foreign `select!` drops all its losers at once, so that awaiting clean-up never
/// runs.) Patterns must match always. The expressions may use what the
/// futures borrowed, and `return`, `break` and `?` work in them.
///
/// To keep a loser that is a task, `outcome = shield(&mut task)` ([`shield`](crate::shield)): it runs on
/// and can be awaited again. Only `&mut task` is not enough, since whoever is cancelled cancels the task
/// that it awaits, as in asyncio. A future that is no task is kept by reference (`value = &mut future`)
/// behind [`paused`](crate::cancel::paused), so that it is not asked to end either.
///
/// ```
/// use std::time::Duration;
/// oneloop::run(async {
///     let text = oneloop::select! {
///         number = async { 7 } => format!("number {number}"),
///         () = oneloop::sleep(Duration::from_secs(3600)) => "time-out".to_string(),
///     };
///     assert_eq!(text, "number 7");
///
///     let mut missed = 0;
///     oneloop::select! {
///         () = std::future::pending() => { missed += 1 }
///         () = std::future::ready(()) => {}
///     }
///     assert_eq!(missed, 0);
///
///     let mut task = oneloop::create_task(oneloop::sleep(Duration::from_millis(2)));
///     oneloop::select! {
///         _ = oneloop::shield(&mut task) => unreachable!("it takes longer"),
///         () = oneloop::yield_now() => {}
///     }
///     assert!(task.await.is_ok(), "it was not cancelled");
/// });
/// ```
#[macro_export]
macro_rules! select {
    // The branches are read one by one into brackets, since one that ends in a block needs no comma.
    (@read [$($read:tt)*] $pattern:pat = $future:expr => $then:block, $($rest:tt)*) => {
        $crate::select!(@read [$($read)* [$pattern] [$future] [$then]] $($rest)*)
    };
    (@read [$($read:tt)*] $pattern:pat = $future:expr => $then:block $($rest:tt)*) => {
        $crate::select!(@read [$($read)* [$pattern] [$future] [$then]] $($rest)*)
    };
    (@read [$($read:tt)*] $pattern:pat = $future:expr => $then:expr, $($rest:tt)*) => {
        $crate::select!(@read [$($read)* [$pattern] [$future] [$then]] $($rest)*)
    };
    (@read [$($read:tt)*] $pattern:pat = $future:expr => $then:expr) => {
        $crate::select!(@read [$($read)* [$pattern] [$future] [$then]])
    };
    (@read [$([$pattern:pat] [$future:expr] [$then:expr])+]) => {
        match $crate::combine::select($crate::select!(@list $($future,)+)).await {
            choice => $crate::select!(@match choice $($pattern => $then,)+),
        }
    };
    (@read $($unread:tt)*) => {
        ::core::compile_error!(
            "`select!` takes branches `pattern = future => expression`, with commas between them \
             (after a block `{ .. }` none is needed)"
        )
    };
    (@list) => { $crate::combine::End };
    (@list $first:expr, $($rest:expr,)*) => {
        $crate::combine::branch($first, $crate::select!(@list $($rest,)*))
    };
    (@match $choice:ident) => { match $choice {} };
    (@match $choice:ident $pattern:pat => $then:expr, $($rest:pat => $others:expr,)*) => {
        match $choice {
            $crate::combine::Choice::First($pattern) => $then,
            $crate::combine::Choice::Rest(choice) => {
                $crate::select!(@match choice $($rest => $others,)*)
            }
        }
    };
    ($($branches:tt)*) => { $crate::select!(@read [] $($branches)*) };
}

/// What [`select!`](crate::select) expands to.
#[doc(hidden)]
pub fn select<B: Branches>(branches: B) -> impl Future<Output = B::Choice> {
    Select {
        children: Children::together(Construct::Select, B::COUNT),
        branches,
    }
}

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

/// What a branch is polled for. Opaque.
#[doc(hidden)]
pub struct Turn<'a>(Child<'a>);

/// How a branch ended. Opaque.
#[doc(hidden)]
pub struct Ended(ChildEnd);

impl Branches for End {
    type Choice = Nobody;
    const COUNT: usize = 0;

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

pin_project! {
    struct Select<B> {
        children: Children,
        #[pin]
        branches: B,
    }
}

impl<B: Branches> Future for Select<B> {
    type Output = B::Choice;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<B::Choice> {
        let mut this = self.project();
        let winner = ready!(this.children.poll(context, |child, context| {
            let (branches, index) = (this.branches.as_mut(), child.index());
            let polled = branches.poll_branch(index, Turn(child), context);
            polled.map(|Ended(end)| end)
        }));
        let winner = winner.expect("when all have ended without a request, one of them was first");
        Poll::Ready(this.branches.take(winner))
    }
}
