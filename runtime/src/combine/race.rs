//! [`race`]: several futures at once, until the first output.
//!
//! Who uses it: programs with several ways to one answer. Read next: `select.rs`, for futures of
//! different types.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::children::Children;
use super::several::Several;
use super::slot::Slot;
use crate::task::raw::PinnedSlice;
use crate::task::scope::Construct;

/// Runs several futures of one type concurrently and gives the first output, with its number.
///
/// The others are asked to end, as by [`cancel`](crate::Task::cancel), and waited for, clean-up
/// included, or dropped at once where nothing could clean up; an item, a permit or a lock that one of them was handed in that very moment goes to the
/// next in line. Children are polled first in the order of the arguments, then as they are woken; of
/// several that are ready at once the first in that order wins.
///
/// # Panics
/// If there is no future, since nobody could win; and when a child panics before one has won, with
/// its panic, once the others have ended.
///
/// Cancel safety: cancelling whoever awaits it cancels the children, and waits for them. Foreign
/// code that drops it (not a request) drops them where they wait.
///
/// ```
/// use std::time::Duration;
/// oneloop::run(async {
///     let after = |milliseconds| async move {
///         oneloop::sleep(Duration::from_millis(milliseconds)).await;
///         milliseconds
///     };
///     assert_eq!(oneloop::race([after(3_600_000), after(1)]).await, (1, 1));
/// });
/// ```
#[track_caller]
pub fn race<F: IntoFuture>(children: impl Several<F>) -> Race<F::IntoFuture> {
    let slots = PinnedSlice::new(children.each().map(Slot::new));
    assert!(
        slots.len() > 0,
        "`race` was given no future, so nobody could win: look whether there is one first"
    );
    Race {
        children: Children::new(Construct::Race, slots.len()),
        slots,
    }
}

/// The future of [`race`].
///
/// ```
/// use oneloop::combine::Race;
/// use std::future::{Ready, ready};
/// oneloop::run(async {
///     let race: Race<Ready<char>> = oneloop::race([ready('a'), ready('b')]);
///     assert_eq!(race.await, (0, 'a'));
/// });
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct Race<F: Future> {
    children: Children,
    slots: PinnedSlice<Slot<F>>,
}

// The children are pinned in their box; outputs are moved, never pinned.
impl<F: Future> Unpin for Race<F> {}

impl<F: Future> Future for Race<F> {
    type Output = (usize, F::Output);

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Race { children, slots } = self.get_mut();
        let winner = ready!(children.poll(context, |child, context| {
            slots.get(child.index()).poll(child, context, |_| true)
        }));
        let winner = winner.expect("when all have ended without a request, one of them was first");
        Poll::Ready((winner, slots.get(winner).take()))
    }
}

impl<F: Future> fmt::Debug for Race<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Race")
            .field("children", &self.slots.len())
            .finish()
    }
}
