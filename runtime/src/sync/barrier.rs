//! [`Barrier`]: wait until so many have come. asyncio's `Barrier`.
//!
//! Read next: the folder `queue`.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker, ready};

use super::place::{Place, Standing};
use super::wait_queue::WaitQueue;
use crate::debug::Thing;

/// Holds its parties back until the last one has come, then lets all pass: asyncio's `Barrier`.
///
/// It can be used again at once: who comes after the last one is the first of the next round. asyncio's
/// newcomer waits until all of the former round have gone on. The rounds are the same and the numbers,
/// but not always the order in which parties go on: of four tasks in turn at a barrier for two, the
/// numbers 1, 1, 0, 0 come here in the order of the second task, the fourth, the first, the third, since
/// who completes a round does not suspend; in asyncio the first comes before the fourth.
///
/// ```
/// use oneloop::{gather, sync::Barrier};
///
/// oneloop::run(async {
///     let barrier = Barrier::new(3);
///     let indices = gather((0..3).map(|_| barrier.wait())).await;
///     assert_eq!(indices, [Ok(0), Ok(1), Ok(2)]);
/// });
/// ```
pub struct Barrier {
    parties: usize,
    /// Invariant: fewer than `parties`, and nobody while it is broken.
    waiting: WaitQueue<Party>,
    broken: Cell<bool>,
}

/// Who waits, and where it will find how the wait ended.
type Party = (Waker, Rc<Verdict>);

/// How a wait ended. `None`: not yet.
type Verdict = Cell<Option<Result<usize, BrokenBarrier>>>;

impl Barrier {
    /// Creates a barrier for so many parties.
    ///
    /// # Panics
    ///
    /// If there are none (asyncio's `ValueError`).
    ///
    /// ```
    /// let barrier = oneloop::sync::Barrier::new(3);
    /// assert_eq!((barrier.parties(), barrier.n_waiting()), (3, 0));
    /// ```
    #[track_caller]
    pub const fn new(parties: usize) -> Barrier {
        assert!(parties > 0, "a barrier needs at least one party");
        Barrier {
            parties,
            waiting: WaitQueue::new(),
            broken: Cell::new(false),
        }
    }

    /// Waits for the others. Gives each party of a round another number, in the order in which they
    /// came, so that one of them can be chosen; the last one does not suspend.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] if it is [aborted](Barrier::abort), or [reset](Barrier::reset) meanwhile.
    ///
    /// # Cancel safety
    ///
    /// Who is cancelled has not come: the others wait for one more. A request to end wins against
    /// the arrival of the last one in the same moment; the others pass then all the same.
    ///
    /// ```
    /// oneloop::run(async {
    ///     assert_eq!(oneloop::sync::Barrier::new(1).wait().await, Ok(0));
    /// });
    /// ```
    pub async fn wait(&self) -> Result<usize, BrokenBarrier> {
        let verdict = Rc::new(Verdict::new(None));
        let mut place = Place::new(&self.waiting, Thing::Barrier);
        poll_fn(|context| {
            let is_over = |standing| match standing {
                Standing::Newcomer => self.broken.get() || self.waiting.len() + 1 == self.parties,
                Standing::Waiting | Standing::Served => verdict.get().is_some(),
            };
            let party = |waker| (waker, verdict.clone());
            let standing = ready!(place.poll(context, party, is_over));
            Poll::Ready(match verdict.get() {
                Some(verdict) => verdict,
                None => self.arrive_last(standing),
            })
        })
        .await
    }

    /// Breaks the barrier: who waits, and who comes, gets an error, until it is
    /// [reset](Barrier::reset).
    ///
    /// ```
    /// use oneloop::sync::{Barrier, BrokenBarrier};
    ///
    /// oneloop::run(async {
    ///     let barrier = Barrier::new(2);
    ///     barrier.abort();
    ///     assert!(barrier.broken());
    ///     assert_eq!(barrier.wait().await, Err(BrokenBarrier));
    /// });
    /// ```
    pub fn abort(&self) {
        self.broken.set(true);
        self.end_round(|_| Err(BrokenBarrier));
    }

    /// Makes the barrier as new. Who waits gets an error; who comes is the first of a new round.
    ///
    /// ```
    /// let barrier = oneloop::sync::Barrier::new(2);
    /// barrier.abort();
    /// barrier.reset();
    /// assert!(!barrier.broken());
    /// ```
    pub fn reset(&self) {
        self.broken.set(false);
        self.end_round(|_| Err(BrokenBarrier));
    }

    /// Returns how many parties pass together.
    ///
    /// ```
    /// assert_eq!(oneloop::sync::Barrier::new(2).parties(), 2);
    /// ```
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// Returns how many wait.
    ///
    /// ```
    /// assert_eq!(oneloop::sync::Barrier::new(2).n_waiting(), 0);
    /// ```
    pub fn n_waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Returns whether the barrier was aborted.
    ///
    /// ```
    /// assert!(!oneloop::sync::Barrier::new(2).broken());
    /// ```
    pub fn broken(&self) -> bool {
        self.broken.get()
    }

    /// For the party that need not wait: it completes the round, or the barrier is broken.
    fn arrive_last(&self, standing: Standing) -> Result<usize, BrokenBarrier> {
        debug_assert_eq!(standing, Standing::Newcomer);
        if self.broken.get() {
            return Err(BrokenBarrier);
        }
        self.end_round(Ok);
        Ok(self.parties - 1)
    }

    /// Tells all who wait how it ended, by their numbers, and then wakes them.
    fn end_round(&self, verdict_of: impl Fn(usize) -> Result<usize, BrokenBarrier>) {
        let parties: Vec<Party> = self.waiting.serve_all().collect();
        for (number, (_, verdict)) in parties.iter().enumerate() {
            verdict.set(Some(verdict_of(number)));
        }
        for (waker, _) in parties {
            waker.wake();
        }
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties)
            .field("line", &self.waiting)
            .field("broken", &self.broken())
            .finish()
    }
}

/// The barrier was aborted, or reset while somebody waited: asyncio's `BrokenBarrierError`.
///
/// ```
/// let text = oneloop::sync::BrokenBarrier.to_string();
/// assert!(text.starts_with("the barrier is broken"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken, by `abort` or `reset`: `reset` makes it whole again")
    }
}

impl Error for BrokenBarrier {}
