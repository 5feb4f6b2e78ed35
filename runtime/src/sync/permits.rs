//! [`Permits`]: what a lock, a semaphore and a queue hand from one to the next.
//!
//! A permit that is given back goes to whoever has waited longest, and only if nobody waits into the
//! pool. So a permit in the pool says that nobody waits, whoever finds one there overtakes nobody,
//! and one that was handed over is its receiver's own: nobody can come in between, not even the one
//! who gave it back (no barging). A receiver that is dropped before it took notice passes it on.
//!
//! Who uses it: `lock.rs` (one permit), `semaphore.rs` (many), `queue` (one for each item, and one
//! for each room). Read next: `lock.rs`.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::place::{AgainstRequests, Place, Standing};
use super::wait_queue::WaitQueue;
use crate::debug::Thing;

/// A number of permits, and who waits for one.
pub(crate) struct Permits {
    /// The permits that nobody holds.
    /// Invariant: it is 0 while somebody waits.
    pool: Cell<usize>,
    /// To be served is to get a permit.
    waiting: WaitQueue,
    /// Whether nobody waits any more.
    closed: Cell<bool>,
    /// What a permit stands for.
    thing: Thing,
}

impl Permits {
    pub(crate) const fn new(count: usize, thing: Thing) -> Permits {
        Permits {
            pool: Cell::new(count),
            waiting: WaitQueue::new(),
            closed: Cell::new(false),
            thing,
        }
    }

    /// How many permits can be had at once.
    pub(crate) fn available(&self) -> usize {
        self.pool.get()
    }

    /// Takes a permit if there is one that nobody waits for.
    #[inline]
    pub(crate) fn try_acquire(&self) -> Option<Permit<'_>> {
        let left = self.pool.get().checked_sub(1)?;
        self.pool.set(left);
        Some(Permit(self))
    }

    /// Waits for a permit, in line. A request to end wins against one that was handed over.
    #[inline]
    pub(crate) fn acquire(&self) -> Acquire<'_> {
        Acquire {
            permits: self,
            place: Place::new(&self.waiting, self.thing),
        }
    }

    /// The same, for who loses something if a request wins.
    #[inline]
    pub(crate) fn acquire_by_all_means(&self) -> Acquire<'_> {
        Acquire {
            permits: self,
            place: Place::new(&self.waiting, self.thing).against_requests(AgainstRequests::Wins),
        }
    }

    /// Gives a permit to whoever has waited longest, or else to the pool. Foreign code may run
    /// (a waker), when all is done.
    pub(crate) fn give(&self) {
        let pool = self.pool.get();
        // A permit in the pool says that nobody waits, so the queue need not be asked.
        match (pool == 0).then(|| self.waiting.serve()).flatten() {
            Some(waker) => waker.wake(),
            None => self
                .pool
                .set(pool.checked_add(1).expect("permits are counted in a usize")),
        }
    }

    /// Gives several permits, the first to those who wait.
    pub(crate) fn give_many(&self, count: usize) {
        for left in (0..count).rev() {
            self.give();
            // Nobody waits: the rest needs no handing over.
            if self.pool.get() > 0 {
                let sum = self.pool.get().checked_add(left);
                return self.pool.set(sum.expect("permits are counted in a usize"));
            }
        }
    }

    /// Lets nobody wait any more; those who do learn it by [`turn_away`](Permits::turn_away).
    /// Permits can still be had where nobody need wait.
    pub(crate) fn refuse(&self) {
        self.closed.set(true);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Tells all who wait that they do so in vain. Foreign code runs (wakers).
    pub(crate) fn turn_away(&self) {
        for waker in self.waiting.take_all() {
            waker.wake();
        }
    }

    /// Takes all permits out of the pool.
    pub(crate) fn empty_pool(&self) {
        self.pool.set(0);
    }
}

impl fmt::Debug for Permits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} permits, {:?}", self.pool.get(), self.waiting)
    }
}

/// A permit in somebody's hand. Dropping it gives it back.
pub(crate) struct Permit<'a>(&'a Permits);

impl Permit<'_> {
    /// Keeps the permit: whoever does this owes a [`give`](Permits::give).
    pub(crate) fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.give();
    }
}

/// Nobody waits here any more.
#[derive(Debug)]
pub(crate) struct Closed;

/// The wait for a permit.
pub(crate) struct Acquire<'a> {
    permits: &'a Permits,
    place: Place<'a>,
}

impl<'a> Future for Acquire<'a> {
    type Output = Result<Permit<'a>, Closed>;

    // The usual case, that there is a permit, is inlined: it asks one word and changes one.
    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.place.standing() == Standing::Newcomer
            && let Some(permit) = this.permits.try_acquire()
        {
            return Poll::Ready(Ok(permit));
        }
        this.wait(context)
    }
}

impl<'a> Acquire<'a> {
    /// A poll that has to look at the queue.
    #[inline(never)]
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<Result<Permit<'a>, Closed>> {
        let permits = self.permits;
        // Who was turned away looks into the pool once more: one who was served may have left.
        let is_over = |standing| match standing {
            Standing::Served => true,
            Standing::Newcomer => permits.closed.get() || permits.pool.get() > 0,
            Standing::Waiting => permits.closed.get(),
        };
        let standing = ready!(self.place.poll(context, |waker| waker, is_over));
        self.place.forget();
        Poll::Ready(match standing {
            Standing::Served => Ok(Permit(permits)),
            Standing::Newcomer | Standing::Waiting => permits.try_acquire().ok_or(Closed),
        })
    }
}

impl Drop for Acquire<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.place.standing() == Standing::Served {
            self.permits.give();
        }
    }
}
