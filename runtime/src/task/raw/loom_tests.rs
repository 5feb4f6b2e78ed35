//! Every order in which two or three threads can meet at the atomics, one model for each protocol.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p oneloop --lib loom`
//!
//! Memory that is freed too early shows by the block's witness (see `task/sync.rs`); memory that
//! is never freed by the count of live blocks, which every model looks at, at its end.

use super::{Join, Ran, Scheduler};
use crate::task::doorbell::Doorbell;
use crate::task::owner;
use crate::trace::Tracer;
use loom::sync::Arc as LoomArc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::sync::{Condvar, Mutex};
use loom::thread;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Checks a model, and says how many orders it went through.
fn check(name: &str, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    // `LOOM_MAX_PREEMPTIONS` asks for more.
    builder.preemption_bound = builder.preemption_bound.or(Some(3));
    builder.max_branches = 20_000;

    let orders = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = orders.clone();
    builder.check(move || {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        model();
    });
    println!(
        "{name}: {} orders",
        orders.load(std::sync::atomic::Ordering::Relaxed)
    );
}

/// What a ring reaches: a sleeper. It is no part of what is checked, so it is a mutex and a
/// condition, on which loom reports a deadlock if the loop sleeps and nobody will ring.
#[derive(Default)]
struct Bed {
    rung: Mutex<bool>,
    rings: Condvar,
}

impl Bed {
    fn ring(&self) {
        *self.rung.lock().unwrap() = true;
        self.rings.notify_one();
    }

    fn sleep(&self) {
        let mut rung = self.rung.lock().unwrap();
        while !*rung {
            rung = self.rings.wait(rung).unwrap();
        }
        *rung = false;
    }
}

/// A doorbell, and the bed beside it.
fn doorbell() -> (Arc<Doorbell>, LoomArc<Bed>) {
    let bed = LoomArc::new(Bed::default());
    let rung = bed.clone();
    (Arc::new(Doorbell::new(Box::new(move || rung.ring()))), bed)
}

/// A loop of the model: a scheduler that sleeps when it may.
struct Model {
    scheduler: Rc<Scheduler>,
    doorbell: Arc<Doorbell>,
    bed: LoomArc<Bed>,
}

impl Model {
    fn new() -> Model {
        let (doorbell, bed) = doorbell();
        let scheduler = Scheduler::new(doorbell.clone(), Rc::new(Tracer::new(None)));
        Model {
            scheduler,
            doorbell,
            bed,
        }
    }

    fn enter<R>(&self, body: impl FnOnce() -> R) -> R {
        owner::enter(self.scheduler.identity(), body)
    }

    fn spawn<F: Future + 'static>(&self, future: F) -> Join<F::Output> {
        self.scheduler.spawn(future, None, Location::caller())
    }

    fn run(&self) {
        self.enter(|| {
            self.scheduler.drain();
            while self.scheduler.run(100) == Ran::Budget {}
        });
    }

    /// Turns, and sleeps when there is nothing to do, until `done`. A lost wake is a deadlock.
    fn run_until(&self, done: impl Fn() -> bool) {
        self.doorbell.awake();
        loop {
            self.run();
            if done() {
                return;
            }
            self.doorbell.sleeping();
            if self.scheduler.nothing_remote() {
                self.bed.sleep();
            }
            self.doorbell.awake();
        }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.enter(|| self.scheduler.shutdown());
    }
}

/// A task that gives its waker away and ends when `ready` is set, and its wakers.
fn waiting(model: &Model, ready: &LoomArc<AtomicBool>) -> (Join<()>, Waker) {
    let slot: Rc<Cell<Option<Waker>>> = Rc::default();
    let (given, ready) = (slot.clone(), ready.clone());
    let join = model.spawn(poll_fn(move |cx| {
        if ready.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        if let Some(old) = given.replace(Some(cx.waker().clone())) {
            drop(old);
        }
        Poll::Pending
    }));
    model.run();
    let waker = slot.take().expect("the task was polled");
    (join, waker)
}

/// A wake that meets the end of a poll, or the loop falling asleep, is not lost.
#[test]
fn loom_wake_against_the_end_of_a_poll() {
    check("wake against the end of a poll", || {
        let model = Model::new();
        let ready = LoomArc::new(AtomicBool::new(false));
        let (join, waker) = waiting(&model, &ready);
        let thread = thread::spawn(move || {
            ready.store(true, Ordering::Relaxed);
            waker.wake();
        });
        // A second wake from home, so that a poll is under way when the other arrives.
        model.enter(|| join.task_ref().waker().wake());
        model.run_until(|| join.is_done());
        thread.join().unwrap();
        drop(join);
        model.run();
        assert_eq!(model.scheduler.blocks(), 0);
    });
}

/// A crossing that two threads pass: loom tries every order in which they do. (It notices by
/// itself that two read-modify-writes of one atomic may come in either order, but overlooks a
/// plain load that an exchange of another thread could precede, if that thread loaded before.)
#[derive(Clone, Default)]
struct Crossing(LoomArc<AtomicUsize>);

impl Crossing {
    fn pass(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A wake that meets a cancellation: the task ends once, and its memory is freed once.
#[test]
fn loom_wake_against_cancel() {
    check("wake against cancel", || {
        let model = Model::new();
        let (join, waker) = waiting(&model, &LoomArc::new(AtomicBool::new(false)));
        let crossing = Crossing::default();
        let theirs = crossing.clone();
        let thread = thread::spawn(move || {
            theirs.pass();
            waker.wake();
            theirs.pass();
        });
        crossing.pass();
        model.enter(|| join.task_ref().cancel());
        crossing.pass();
        model.run();
        assert!(join.is_done());
        crossing.pass();
        model.enter(|| drop(join));
        crossing.pass();
        thread.join().unwrap();
        model.run();
        assert_eq!(model.scheduler.blocks(), 0);
    });
}

/// A wake, or a clone, that meets the loop's death: exactly one of the two frees the block.
#[test]
fn loom_wake_against_the_loops_drop() {
    check("wake against the loop's drop", || {
        let model = Model::new();
        let (join, waker) = waiting(&model, &LoomArc::new(AtomicBool::new(false)));
        drop(join);
        let thread = thread::spawn(move || {
            let second = waker.clone();
            waker.wake();
            drop(second);
        });
        drop(model);
        thread.join().unwrap();
    });
}

/// The last references of a finished task are dropped by two other threads.
#[test]
fn loom_last_drop_elsewhere() {
    check("last drop elsewhere", || {
        let model = Model::new();
        let (join, waker) = waiting(&model, &LoomArc::new(AtomicBool::new(false)));
        let second = model.enter(|| waker.clone());
        model.enter(|| join.task_ref().cancel());
        model.run();
        model.enter(|| drop(join));
        let one = thread::spawn(move || drop(waker));
        let two = thread::spawn(move || drop(second));
        model.run();
        one.join().unwrap();
        two.join().unwrap();
        model.run();
        assert_eq!(model.scheduler.blocks(), 0);
    });
}

/// The same, of a loop that is gone: whoever is last frees the block and the loop's remains.
#[test]
fn loom_last_drop_after_the_loop() {
    check("last drop after the loop", || {
        let model = Model::new();
        let (join, waker) = waiting(&model, &LoomArc::new(AtomicBool::new(false)));
        let second = model.enter(|| waker.clone());
        drop(join);
        drop(model);
        let thread = thread::spawn(move || drop(waker));
        drop(second);
        thread.join().unwrap();
    });
}

/// A task that ends while its awaiter's waker is on its way to be dropped elsewhere.
#[test]
fn loom_join_against_completion() {
    check("join against completion", || {
        let model = Model::new();
        let ready = LoomArc::new(AtomicBool::new(false));
        let (mut join, waker) = waiting(&model, &ready);
        let (awaiter, awaiters) = waiting(&model, &ready);
        model.enter(|| {
            assert!(join.poll(&mut Context::from_waker(&awaiters)).is_pending());
        });
        drop(awaiters);
        let thread = thread::spawn(move || {
            ready.store(true, Ordering::Relaxed);
            waker.wake();
        });
        model.run_until(|| awaiter.is_done());
        assert!(join.is_done());
        thread.join().unwrap();
        drop((join, awaiter));
        model.run();
        assert_eq!(model.scheduler.blocks(), 0);
    });
}

/// A clone made abroad is dropped at home while another is dropped abroad: the two counts differ
/// in sign, and only their sum is zero.
#[test]
fn loom_merging_the_counts() {
    check("merging the counts", || {
        let model = Model::new();
        let (join, one) = waiting(&model, &LoomArc::new(AtomicBool::new(false)));
        let two = model.enter(|| one.clone());
        model.enter(|| join.task_ref().cancel());
        model.run();
        model.enter(|| drop(join));
        let crossing = Crossing::default();
        let theirs = crossing.clone();
        let thread = thread::spawn(move || {
            let clone = two.clone();
            theirs.pass();
            drop(two);
            theirs.pass();
            clone
        });
        crossing.pass();
        model.enter(|| drop(one));
        crossing.pass();
        model.run();
        crossing.pass();
        let clone = thread.join().unwrap();
        model.enter(|| drop(clone));
        model.run();
        assert_eq!(model.scheduler.blocks(), 0);
    });
}

/// Two pushes, of which one is a mere drop, against a loop that falls asleep: one of them rings.
#[test]
fn loom_push_against_the_bell() {
    check("push against the bell", || {
        let model = Model::new();
        let ready = LoomArc::new(AtomicBool::new(false));
        let (join, waker) = waiting(&model, &ready);
        let second = model.enter(|| waker.clone());
        let dropper = thread::spawn(move || drop(second));
        let thread = thread::spawn(move || {
            ready.store(true, Ordering::Relaxed);
            waker.wake();
        });
        model.run_until(|| join.is_done());
        dropper.join().unwrap();
        thread.join().unwrap();
    });
}

/// A push that meets the closing of the list: nothing is left on it, nothing is freed twice.
#[test]
fn loom_push_against_the_closing_of_the_list() {
    check("push against the closing of the list", || {
        let model = Model::new();
        let (one, first) = waiting(&model, &LoomArc::new(AtomicBool::new(false)));
        let (two, second) = waiting(&model, &LoomArc::new(AtomicBool::new(false)));
        drop((one, two));
        let thread = thread::spawn(move || {
            first.wake_by_ref();
            drop(second);
            drop(first);
        });
        drop(model);
        thread.join().unwrap();
    });
}

/// The bell alone: a thread leaves something and rings while the loop falls asleep.
#[test]
fn loom_doorbell() {
    check("doorbell", || {
        let (bell, bed) = doorbell();
        bell.awake();
        let left = LoomArc::new(AtomicBool::new(false));
        let (theirs, their_bell) = (left.clone(), bell.clone());
        let thread = thread::spawn(move || {
            theirs.store(true, Ordering::SeqCst);
            their_bell.ring();
        });
        bell.sleeping();
        if !left.load(Ordering::SeqCst) {
            bed.sleep();
        }
        bell.awake();
        assert!(left.load(Ordering::SeqCst));
        thread.join().unwrap();
    });
}
