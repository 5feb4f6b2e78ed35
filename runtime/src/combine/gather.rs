//! [`gather`]: several futures at once, their outputs in the order of the arguments.
//!
//! Who uses it: programs that want several answers before they go on. Read next: `children.rs`.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::children::Children;
use super::slot::Slot;
use crate::task::raw::PinnedSlice;
use crate::task::scope::Construct;

/// Runs several futures concurrently and waits for all of them; outputs come in the order of the
/// arguments. asyncio's `gather(*aws)`.
///
/// It takes a tuple of up to 12 futures of different types, or anything that iterates over futures
/// of one type (an array, a `Vec`, an iterator), which gives a `Vec`. Whatever can be awaited can be
/// gathered: futures, tasks, references to tasks.
///
/// The children are polled by the awaiting task and may borrow from it: first in the order of the
/// arguments, then whichever was woken. Nothing runs before the gather is first polled (asyncio's
/// starts its children at the call). An error is an output like any other: collect the outputs
/// into a `Result` for the first one.
///
/// Cancelling whoever awaits it cancels each child, and waits until all have cleaned up; so does a
/// panic in one of them, which then goes on. (asyncio's `gather` comes back earlier.) If each child
/// suppresses the request, there are outputs, and the gather goes on with them (asyncio's raises
/// all the same).
///
/// Cancel safety: foreign code that drops it (not a request) drops the children where they wait.
///
/// ```
/// use oneloop::gather;
///
/// oneloop::run(async {
///     let name = String::from("loop");
///     let length = async { name.len() }; // borrows from outside
///     let greeting = async { format!("hello {name}") };
///     assert_eq!(gather((length, greeting)).await, (4, "hello loop".to_string()));
///
///     let squares = (1..=3).map(|number| async move { number * number });
///     assert_eq!(gather(squares).await, [1, 4, 9]);
/// });
/// ```
pub fn gather<Marker, G: Gather<Marker>>(children: G) -> impl Future<Output = G::Output> {
    children.gather()
}

#[diagnostic::on_unimplemented(
    message = "`gather` can't run `{Self}`",
    label = "not a tuple, array, `Vec` or iterator of what can be awaited",
    note = "`gather` takes one argument that holds all futures: `gather((a, b)).await` for up to \
            12 of different types, `gather([a, b]).await`, a `Vec` or an iterator for any number \
            of one type",
    note = "a reference to a task, `&task`, can be awaited if the task's output is `Clone`"
)]
/// What [`gather`] takes: tuples of futures, and all that iterates over futures.
///
/// `Marker` only tells the two apart: a tuple might one day iterate, as far as the compiler knows,
/// so the two are implementations of two traits, `Gather<Tuple>` and `Gather<Iterated>`. The compiler
/// finds the one that fits.
///
/// ```
/// use std::future::ready;
/// use oneloop::combine::Gather;
///
/// async fn sum<M, G: Gather<M, Output = Vec<u32>>>(parts: G) -> u32 {
///     oneloop::gather(parts).await.iter().sum()
/// }
/// oneloop::run(async {
///     assert_eq!(sum([ready(1), ready(2)]).await, 3);
/// });
/// ```
pub trait Gather<Marker> {
    /// The children's outputs, in the order of the arguments.
    type Output;

    /// Returns the future that runs the children.
    ///
    /// ```
    /// use oneloop::combine::Gather;
    ///
    /// oneloop::run(async {
    ///     assert_eq!((async { 1 }, async { 'b' }).gather().await, (1, 'b'));
    /// });
    /// ```
    fn gather(self) -> impl Future<Output = Self::Output>;
}

/// Marks the [`Gather`] of tuples.
///
/// ```
/// use oneloop::combine::{Gather, Tuple};
///
/// fn accepts<G: Gather<Tuple>>(_: G) {}
/// accepts((async { 1 }, async { "two" }));
/// ```
#[derive(Debug)]
pub enum Tuple {}

/// Marks the [`Gather`] of arrays, `Vec`s, iterators.
///
/// ```
/// use oneloop::combine::{Gather, Iterated};
///
/// fn accepts<G: Gather<Iterated>>(_: G) {}
/// accepts(vec![async { 1 }]);
/// ```
#[derive(Debug)]
pub enum Iterated {}

// What is neither is told of `Gather` as a whole, not that it "is not an iterator".
#[diagnostic::do_not_recommend]
impl<I> Gather<Iterated> for I
where
    I: IntoIterator<Item: IntoFuture>,
{
    type Output = Vec<<I::Item as IntoFuture>::Output>;

    fn gather(self) -> impl Future<Output = Self::Output> {
        let slots = PinnedSlice::new(self.into_iter().map(Slot::new));
        GatherVec {
            children: Children::new(Construct::Gather, slots.len()),
            slots,
        }
    }
}

/// The future for any number of children of one type, in one box.
struct GatherVec<F: Future> {
    children: Children,
    slots: PinnedSlice<Slot<F>>,
}

// The children are pinned in their box; outputs are moved, never pinned.
impl<F: Future> Unpin for GatherVec<F> {}

impl<F: Future> Future for GatherVec<F> {
    type Output = Vec<F::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let GatherVec { children, slots } = self.get_mut();
        ready!(children.poll(context, |child, context| {
            slots.get(child.index()).poll(child, context, |_| false)
        }));
        Poll::Ready(
            (0..slots.len())
                .map(|index| slots.get(index).take())
                .collect(),
        )
    }
}

/// Writes, for tuples of one length, the future that holds the children in place.
macro_rules! gather_tuple {
    ($name:ident $count:literal: $($field:ident $Type:ident $index:literal),+) => {
        pin_project! {
            struct $name<$($Type: Future),+> {
                children: Children,
                $(#[pin] $field: Slot<$Type>,)+
            }
        }

        impl<$($Type: IntoFuture),+> Gather<Tuple> for ($($Type,)+) {
            type Output = ($($Type::Output,)+);

            fn gather(self) -> impl Future<Output = Self::Output> {
                let ($($field,)+) = self;
                $name {
                    children: Children::new(Construct::Gather, $count),
                    $($field: Slot::new($field),)+
                }
            }
        }

        impl<$($Type: Future),+> Future for $name<$($Type),+> {
            type Output = ($($Type::Output,)+);

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
                let mut this = self.project();
                ready!(this.children.poll(context, |child, context| match child.index() {
                    $($index => this.$field.as_mut().poll(child, context, |_| false),)+
                    _ => unreachable!("there are as many children as the tuple has fields"),
                }));
                Poll::Ready(($(this.$field.take(),)+))
            }
        }
    };
}

gather_tuple!(Gather1 1: a A 0);
gather_tuple!(Gather2 2: a A 0, b B 1);
gather_tuple!(Gather3 3: a A 0, b B 1, c C 2);
gather_tuple!(Gather4 4: a A 0, b B 1, c C 2, d D 3);
gather_tuple!(Gather5 5: a A 0, b B 1, c C 2, d D 3, e E 4);
gather_tuple!(Gather6 6: a A 0, b B 1, c C 2, d D 3, e E 4, f F 5);
gather_tuple!(Gather7 7: a A 0, b B 1, c C 2, d D 3, e E 4, f F 5, g G 6);
gather_tuple!(Gather8 8: a A 0, b B 1, c C 2, d D 3, e E 4, f F 5, g G 6, h H 7);
gather_tuple!(Gather9 9: a A 0, b B 1, c C 2, d D 3, e E 4, f F 5, g G 6, h H 7, i I 8);
gather_tuple!(Gather10 10: a A 0, b B 1, c C 2, d D 3, e E 4, f F 5, g G 6, h H 7, i I 8, j J 9);
gather_tuple!(
    Gather11 11: a A 0, b B 1, c C 2, d D 3, e E 4, f F 5, g G 6, h H 7, i I 8, j J 9, k K 10
);
gather_tuple!(
    Gather12 12: a A 0, b B 1, c C 2, d D 3, e E 4, f F 5, g G 6, h H 7, i I 8, j J 9, k K 10,
    l L 11
);
