//! What the raw tasks promise, edge by edge, without a loop around them: a scheduler, a bell that
//! counts its rings, and a thread that turns it by hand. All of it runs under Miri too.
//!
//! Read `life.rs` first.

mod life;
mod count;
mod shutdown;
mod reentrancy;
mod requests;
mod waiters;
mod foreign;
mod depth;
mod stress;
mod siblings;

use super::{Join, Ran, Scheduler};
use crate::task::doorbell::Doorbell;
use crate::task::{JoinError, owner};
use crate::trace::Tracer;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// A scheduler to turn by hand.
struct Harness {
    scheduler: Rc<Scheduler>,
    doorbell: Arc<Doorbell>,
    rings: Arc<AtomicUsize>,
}

impl Harness {
    fn new() -> Harness {
        let rings = Arc::new(AtomicUsize::new(0));
        let count = rings.clone();
        let doorbell = Arc::new(Doorbell::new(Box::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        })));
        let scheduler = Scheduler::new(doorbell.clone(), Rc::new(Tracer::new(None)));
        Harness {
            scheduler,
            doorbell,
            rings,
        }
    }

    fn enter<R>(&self, body: impl FnOnce() -> R) -> R {
        owner::enter(self.scheduler.identity(), body)
    }

    #[track_caller]
    fn spawn<F: Future + 'static>(&self, future: F) -> Join<F::Output> {
        self.scheduler.spawn(future, None, Location::caller())
    }

    /// Turns until nothing is ready.
    fn run(&self) {
        self.enter(|| {
            self.scheduler.drain();
            while self.scheduler.run(1000) == Ran::Budget {}
        });
    }

    /// How many blocks are not freed. What was dropped while the loop was not entered is taken in
    /// first: that goes by the remote list.
    fn blocks(&self) -> usize {
        self.enter(|| self.scheduler.drain());
        self.scheduler.blocks()
    }

    fn rings(&self) -> usize {
        self.rings.load(Ordering::SeqCst)
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        self.enter(|| self.scheduler.shutdown());
    }
}

/// What a finished task's handle gives.
fn outcome<T>(join: &mut Join<T>) -> Result<T, JoinError> {
    match join.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("the task has not ended"),
    }
}

/// A future that gives its waker away at each poll and is ready once `ready` says so.
fn wait_for(ready: &Rc<Cell<bool>>, wakers: &Wakers) -> impl Future<Output = u32> + use<> {
    let (ready, wakers) = (ready.clone(), wakers.clone());
    let mut polls = 0;
    poll_fn(move |cx| {
        polls += 1;
        if ready.get() {
            return Poll::Ready(polls);
        }
        wakers.lock().unwrap().push(cx.waker().clone());
        Poll::Pending
    })
}

/// Runs its closure when it is dropped.
struct OnDrop<F: FnMut()>(F);
impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

type Wakers = Arc<Mutex<Vec<Waker>>>;
