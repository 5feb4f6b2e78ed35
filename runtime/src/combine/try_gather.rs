//! [`try_gather`]: several futures at once, until the first error.
//!
//! Who uses it: programs that need all answers or none. Read next: `race.rs`.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::children::Children;
use super::gather::{Iterated, Tuple};
use super::slot::Slot;
use crate::task::raw::PinnedSlice;
use crate::task::scope::Construct;

/// Runs several futures that return `Result`s concurrently and gives all values in the order of the
/// arguments, or the first error.
///
/// On an error the others are asked to end, as by [`cancel`](crate::Task::cancel), and waited for,
/// clean-up included; children that have not begun never start. That is how asyncio's `TaskGroup`
/// fails, in the form of `gather`. It takes what [`gather`](crate::gather) takes.
///
/// A [`Task`](crate::Task) is awaited for a `Result` of its own, which is an `Err` if the task was
/// cancelled or panicked. For the error that a task returns, [flatten](crate::Task::flatten) it:
/// `try_gather((a.flatten(), b.flatten()))`, `try_gather(tasks.map(Task::flatten))`.
///
/// # Errors
/// The error of the child that failed first.
///
/// # Panics
/// When a child panics, with its panic, once the others have ended.
///
/// Cancel safety: as [`gather`](crate::gather).
///
/// ```
/// oneloop::run(async {
///     let both = oneloop::try_gather((async { Ok::<_, String>(1) }, async { Ok("two") }));
///     assert_eq!(both.await, Ok((1, "two")));
///
///     let parse = |text: &'static str| async move { text.parse::<u32>() };
///     assert!(oneloop::try_gather([parse("1"), parse("two")]).await.is_err());
/// });
/// ```
pub fn try_gather<Marker, G: TryGather<Marker>>(
    children: G,
) -> impl Future<Output = Result<G::Output, G::Error>> {
    children.try_gather()
}

#[diagnostic::on_unimplemented(
    message = "`try_gather` can't run `{Self}`",
    label = "not one tuple, array, `Vec` or iterator of futures that return `Result`s of one error",
    note = "it takes one argument: `try_gather((a, b))`"
)]
/// What [`try_gather`] takes. `Marker` is explained at [`Gather`](super::Gather).
///
/// ```
/// use oneloop::combine::TryGather;
///
/// async fn sum<M, G>(parts: G) -> Result<u32, String>
/// where
///     G: TryGather<M, Output = Vec<u32>, Error = String>,
/// {
///     Ok(oneloop::try_gather(parts).await?.iter().sum())
/// }
/// oneloop::run(async {
///     let parts = [1, 2].map(|part| async move { Ok(part) });
///     assert_eq!(sum(parts).await, Ok(3));
/// });
/// ```
pub trait TryGather<Marker> {
    /// The children's values, in the order of the arguments.
    type Output;
    /// What the children may fail with.
    type Error;

    /// Returns the future that runs the children.
    ///
    /// ```
    /// use oneloop::combine::TryGather;
    /// oneloop::run(async {
    ///     let both = (async { Ok::<_, ()>(1) }, async { Ok('b') });
    ///     assert_eq!(both.try_gather().await, Ok((1, 'b')));
    /// });
    /// ```
    fn try_gather(self) -> impl Future<Output = Result<Self::Output, Self::Error>>;
}

impl<I, T, E> TryGather<Iterated> for I
where
    I: IntoIterator<Item: IntoFuture<Output = Result<T, E>>>,
{
    type Output = Vec<T>;
    type Error = E;

    fn try_gather(self) -> impl Future<Output = Result<Vec<T>, E>> {
        let slots = PinnedSlice::new(self.into_iter().map(Slot::new));
        TryGatherVec {
            children: Children::new(Construct::TryGather, slots.len()),
            slots,
        }
    }
}

/// The future for any number of children of one type, in one box.
struct TryGatherVec<F: Future> {
    children: Children,
    slots: PinnedSlice<Slot<F>>,
}

// The children are pinned in their box; outputs are moved, never pinned.
impl<F: Future> Unpin for TryGatherVec<F> {}

impl<F: Future<Output = Result<T, E>>, T, E> Future for TryGatherVec<F> {
    type Output = Result<Vec<T>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let TryGatherVec { children, slots } = self.get_mut();
        let failed = ready!(children.poll(context, |child, context| {
            slots
                .get(child.index())
                .poll(child, context, Result::is_err)
        }));
        Poll::Ready(match failed {
            Some(failed) => slots.get(failed).take().map(|_| Vec::new()),
            None => (0..slots.len())
                .map(|index| slots.get(index).take())
                .collect(),
        })
    }
}

/// Writes, for tuples of one length, the future that holds the children in place.
macro_rules! try_gather_tuple {
    ($name:ident $count:literal: $($field:ident $Type:ident $Value:ident $index:literal),+) => {
        pin_project! {
            struct $name<$($Type: Future),+> {
                children: Children,
                $(#[pin] $field: Slot<$Type>,)+
            }
        }

        impl<Error, $($Value,)+ $($Type: IntoFuture<Output = Result<$Value, Error>>),+>
            TryGather<Tuple> for ($($Type,)+)
        {
            type Output = ($($Value,)+);
            type Error = Error;

            fn try_gather(self) -> impl Future<Output = Result<Self::Output, Error>> {
                let ($($field,)+) = self;
                $name {
                    children: Children::new(Construct::TryGather, $count),
                    $($field: Slot::new($field),)+
                }
            }
        }

        impl<Error, $($Value,)+ $($Type: Future<Output = Result<$Value, Error>>),+> Future
            for $name<$($Type),+>
        {
            type Output = Result<($($Value,)+), Error>;

            fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
                let mut this = self.project();
                let failed = ready!(this.children.poll(context, |child, context| match child.index() {
                    $($index => this.$field.as_mut().poll(child, context, Result::is_err),)+
                    _ => unreachable!("there are as many children as the tuple has fields"),
                }));
                $(
                    if failed == Some($index)
                        && let Err(error) = this.$field.as_mut().take()
                    {
                        return Poll::Ready(Err(error));
                    }
                )+
                // Without a failure these are values, all of them.
                Poll::Ready(Ok(($(
                    match this.$field.take() {
                        Ok(value) => value,
                        Err(error) => return Poll::Ready(Err(error)),
                    },
                )+)))
            }
        }
    };
}

try_gather_tuple!(TryGather1 1: a A TA 0);
try_gather_tuple!(TryGather2 2: a A TA 0, b B TB 1);
try_gather_tuple!(TryGather3 3: a A TA 0, b B TB 1, c C TC 2);
try_gather_tuple!(TryGather4 4: a A TA 0, b B TB 1, c C TC 2, d D TD 3);
try_gather_tuple!(TryGather5 5: a A TA 0, b B TB 1, c C TC 2, d D TD 3, e E TE 4);
try_gather_tuple!(TryGather6 6: a A TA 0, b B TB 1, c C TC 2, d D TD 3, e E TE 4, f F TF 5);
try_gather_tuple!(
    TryGather7 7: a A TA 0, b B TB 1, c C TC 2, d D TD 3, e E TE 4, f F TF 5, g G TG 6
);
try_gather_tuple!(
    TryGather8 8: a A TA 0, b B TB 1, c C TC 2, d D TD 3, e E TE 4, f F TF 5, g G TG 6, h H TH 7
);
try_gather_tuple!(
    TryGather9 9: a A TA 0, b B TB 1, c C TC 2, d D TD 3, e E TE 4, f F TF 5, g G TG 6, h H TH 7,
    i I TI 8
);
try_gather_tuple!(
    TryGather10 10: a A TA 0, b B TB 1, c C TC 2, d D TD 3, e E TE 4, f F TF 5, g G TG 6, h H TH 7,
    i I TI 8, j J TJ 9
);
try_gather_tuple!(
    TryGather11 11: a A TA 0, b B TB 1, c C TC 2, d D TD 3, e E TE 4, f F TF 5, g G TG 6, h H TH 7,
    i I TI 8, j J TJ 9, k K TK 10
);
try_gather_tuple!(
    TryGather12 12: a A TA 0, b B TB 1, c C TC 2, d D TD 3, e E TE 4, f F TF 5, g G TG 6, h H TH 7,
    i I TI 8, j J TJ 9, k K TK 10, l L TL 11
);
