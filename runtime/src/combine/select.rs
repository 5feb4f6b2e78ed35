//! [`select!`](crate::select): several futures of different types, until the first output.
//!
//! Who uses it: programs that wait for whatever comes first. Read next: `branches.rs`.
//!
//! Nearly always its branches wait for something that takes no part in cancellation. Then it is polled
//! without a place in the task's tree, and in a pass that knows nothing of children. As soon as one of them
//! gets a place, they are [`Children`] as those of any other construct.

use super::branches::{Branches, Passed, Passing, poll_child};
use super::children::{AGAIN, Children, Polled};
use super::few::Few;
use crate::cancel::{idle_here, resume_idle};
use crate::task::scope::{Construct, IdleScope, Participant, Places};
use pin_project_lite::pin_project;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

/// Waits for the first of several futures, which may be of different types, and runs its branch.
///
/// `select! { pattern = future => expression, … }`; after a block no comma is needed. Whenever the task
/// goes on, all futures are polled in the order of the branches; of several that are ready at once the
/// first in that order wins. The others are asked to end, as by [`cancel`](crate::Task::cancel), and
/// waited for, clean-up included, before the branch runs; those in which nothing could clean up are
/// dropped at once. An item, a permit or a lock that a loser was handed in that very moment goes to the
/// next in line. (A foreign `select!` drops all its losers at once, so that awaiting clean-up never
/// runs.) Patterns must match always. The expressions may use what the
/// futures borrowed, and `return`, `break` and `?` work in them. With 64 branches and more a crate needs a
/// higher `recursion_limit`.
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
        state: State::New,
        branches,
    }
}

pin_project! {
    struct Select<B> {
        state: State,
        #[pin]
        branches: B,
    }
}

/// Whether the branches have a place in the tree, or one among them.
enum State {
    New,
    /// None has one. It is noted while they are suspended; when it is not, they have given their output, or
    /// one has panicked.
    Idle(IdleScope),
    /// As the children of other constructs.
    Placed(Box<Children>),
}

impl State {
    /// The branches are new, and are polled without a place.
    #[inline]
    fn begin(&mut self, idle: IdleScope) -> &mut IdleScope {
        // Nothing is dropped by this.
        mem::forget(mem::replace(self, State::Idle(idle)));
        match self {
            State::Idle(idle) => idle,
            _ => unreachable!("it has just begun"),
        }
    }

    /// The branches need places. Returns that of the construct, if it was given one while they were idle.
    fn leave(&mut self) -> Option<Participant> {
        match mem::replace(self, State::New) {
            State::Idle(mut idle) => idle.leave(),
            _ => None,
        }
    }
}

impl<B: Branches> Select<B> {
    /// All branches, a bit each.
    const ALL: u64 = match B::COUNT {
        some @ 1..=Few::MOST => u64::MAX >> (Few::MOST - some),
        _ => 0,
    };

    /// From here on the branches are as children of other constructs. Those that are `suspended` were
    /// polled before. The construct has this `place`, if it was just given one.
    #[cold]
    fn place(self: Pin<&mut Self>, suspended: u64, place: Option<Participant>, waker: &Waker) {
        let state = self.project().state;
        let place = place.or(state.leave());
        let children = match suspended {
            0 => Children::together(Construct::Select, B::COUNT),
            _ => Children::taken_over(Construct::Select, B::COUNT, suspended, place, waker),
        };
        // Nothing is dropped by this.
        mem::forget(mem::replace(state, State::Placed(Box::new(children))));
    }

    /// Polls branches that are given places first.
    #[cold]
    fn poll_needy(
        mut self: Pin<&mut Self>,
        suspended: u64,
        context: &mut Context<'_>,
    ) -> Poll<B::Choice> {
        self.as_mut().place(suspended, None, context.waker());
        self.poll_placed(None, context)
    }

    /// One of the branches was given a place when it was polled, and the construct too.
    #[cold]
    fn poll_settled(
        mut self: Pin<&mut Self>,
        suspended: u64,
        passed: Passed,
        places: Places,
        context: &mut Context<'_>,
    ) -> Poll<B::Choice> {
        let polled = suspended | u64::MAX >> (Few::MOST - 1 - places.number as usize);
        let place = Some(places.construct);
        self.as_mut().place(polled, place, context.waker());
        let last = match passed {
            Passed::Won(_) => Polled::Won(places.child),
            Passed::Settled(_) | Passed::All => Polled::Suspended(places.child),
        };
        self.poll_placed(Some((places.number, last)), context)
    }

    /// Polls the branches, behind the one of this number if one was polled already.
    #[inline(never)]
    fn poll_placed(
        self: Pin<&mut Self>,
        last: Option<(u32, Polled)>,
        context: &mut Context<'_>,
    ) -> Poll<B::Choice> {
        let mut this = self.project();
        let State::Placed(children) = this.state else {
            unreachable!("only called when they are");
        };
        let winner = ready!(children.go_on(context, last, |child, context| {
            poll_child(this.branches.as_mut(), child, context)
        }));
        let winner = winner.expect("when all have ended without a request, one of them was first");
        Poll::Ready(this.branches.take(winner))
    }
}

impl<B: Branches> Future for Select<B> {
    type Output = B::Choice;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<B::Choice> {
        let this = self.as_mut().project();
        let (suspended, idle) = match this.state {
            State::Idle(idle) => {
                let is_suspended = idle.is_noted();
                match resume_idle(idle, context.waker()) {
                    true => (Self::ALL, idle),
                    false if is_suspended => return self.poll_needy(Self::ALL, context),
                    false => panic!("{AGAIN}"),
                }
            }
            State::Placed(_) => return self.poll_placed(None, context),
            State::New if B::COUNT > Few::MOST => return self.poll_needy(0, context),
            State::New => match idle_here(context.waker()) {
                Some(idle) => (0, this.state.begin(idle)),
                None => return self.poll_needy(0, context),
            },
        };
        let mut branches = this.branches;
        let (passed, is_settled) =
            idle.scopes
                .try_branches(idle.root(), Construct::Select, suspended, |pass| {
                    Passing(branches.as_mut()).poll(pass, context)
                });
        if is_settled && let Some(places) = idle.scopes.take_places() {
            return self.poll_settled(suspended, passed, places, context);
        }
        match passed {
            Passed::Won(winner) => Poll::Ready(branches.take(winner as usize)),
            Passed::All | Passed::Settled(_) => {
                idle.note(Construct::Select, Self::ALL);
                Poll::Pending
            }
        }
    }
}
