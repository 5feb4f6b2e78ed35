//! What the raw tasks promise, edge by edge, without a loop around them: a scheduler, a bell that
//! counts its rings, and a thread that turns it by hand. All of it runs under Miri too.

use super::{Join, Ran, Scheduler};
use crate::task::doorbell::Doorbell;
use crate::task::{JoinError, owner};
use crate::trace::Tracer;
use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::Location;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

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

#[test]
fn a_task_runs_when_the_loop_does_not_before() {
    let harness = Harness::new();
    let ran = Rc::new(Cell::new(false));
    let set = ran.clone();
    let mut join = harness.spawn(async move { set.set(true) });
    assert!(!ran.get());
    harness.run();
    assert!(ran.get());
    outcome(&mut join).unwrap();
    drop(join);
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn tasks_run_first_in_first_out() {
    let harness = Harness::new();
    let story = Rc::new(RefCell::new(Vec::new()));
    for number in 0..1000 {
        let story = story.clone();
        drop(harness.spawn(async move { story.borrow_mut().push(number) }));
    }
    harness.run();
    assert_eq!(*story.borrow(), (0..1000).collect::<Vec<_>>());
    assert_eq!((harness.scheduler.live(), harness.blocks()), (0, 0));
}

#[test]
fn a_wake_during_poll_queues_the_task_again() {
    let harness = Harness::new();
    let mut join = harness.spawn(async {
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            cx.waker().wake_by_ref();
            if polls == 3 {
                Poll::Ready(polls)
            } else {
                Poll::Pending
            }
        })
        .await
    });
    harness.run();
    assert_eq!(
        outcome(&mut join).unwrap(),
        3,
        "two wakes in one poll are one more poll"
    );
    drop(join);
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn cancel_drops_the_future_where_it_waits() {
    let harness = Harness::new();
    let dropped = Rc::new(Cell::new(0));
    let count = dropped.clone();
    let mut join = harness.spawn(async move {
        let _guard = OnDrop(move || count.set(count.get() + 1));
        pending::<()>().await
    });
    harness.run();
    assert_eq!(dropped.get(), 0);
    assert!(harness.enter(|| join.task_ref().cancel()));
    assert_eq!(dropped.get(), 0, "not inside cancel()");
    harness.run();
    assert_eq!(dropped.get(), 1);
    assert!(outcome(&mut join).unwrap_err().is_cancelled());
    assert!(!join.task_ref().cancel(), "it has ended");
}

#[test]
fn what_is_cancelled_before_its_first_poll_never_starts() {
    let harness = Harness::new();
    let polled = Rc::new(Cell::new(false));
    let set = polled.clone();
    let mut join = harness.spawn(async move { set.set(true) });
    join.task_ref().cancel();
    harness.run();
    assert!(!polled.get());
    assert!(outcome(&mut join).unwrap_err().is_cancelled());
}

#[test]
fn a_task_that_cancels_itself_ends_at_its_next_suspension() {
    let harness = Harness::new();
    let me: Rc<RefCell<Option<Join<()>>>> = Rc::default();
    let mine = me.clone();
    let story = Rc::new(RefCell::new(Vec::new()));
    let told = story.clone();
    *me.borrow_mut() = Some(harness.spawn(async move {
        mine.borrow().as_ref().unwrap().task_ref().cancel();
        told.borrow_mut().push("goes on");
        pending::<()>().await;
        told.borrow_mut().push("never");
    }));
    harness.run();
    assert_eq!(*story.borrow(), ["goes on"]);
    let mut join = me.borrow_mut().take().unwrap();
    assert!(outcome(&mut join).unwrap_err().is_cancelled());
}

#[test]
fn a_result_that_is_ready_stands_although_cancel_was_called() {
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let mut join = harness.spawn(wait_for(&ready, &wakers));
    harness.run();
    ready.set(true);
    join.task_ref().cancel();
    harness.run();
    assert_eq!(outcome(&mut join).unwrap(), 2);
}

#[test]
fn a_panic_in_poll_is_the_tasks_error() {
    let harness = Harness::new();
    let dropped = Rc::new(Cell::new(false));
    let set = dropped.clone();
    let mut join: Join<()> = harness.spawn(async move {
        let _guard = OnDrop(move || set.set(true));
        panic!("in poll")
    });
    harness.run();
    assert!(dropped.get(), "the future is dropped all the same");
    let error = outcome(&mut join).unwrap_err();
    assert_eq!(error.to_string(), "the task panicked: in poll");
    assert_eq!(
        *error.into_panic().unwrap().downcast::<&str>().unwrap(),
        "in poll"
    );
    drop(join);
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn a_panic_in_a_drop_is_the_tasks_error() {
    let harness = Harness::new();
    // The future returns, and panics when it is dropped after that.
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }
    let bad = Bad;
    let mut returned = harness.spawn(poll_fn(move |_| {
        let _keep = &bad;
        Poll::Ready(())
    }));
    // The future waits, is cancelled, and panics when it is dropped for that.
    let mut cancelled = harness.spawn(async {
        let _bad = Bad;
        pending::<()>().await
    });
    // The output panics when nobody takes it.
    drop(harness.spawn(async { Bad }));
    // The future panics in its poll and again in its drop: the first is the one to tell.
    let mut twice: Join<()> = harness.spawn({
        let bad = Bad;
        poll_fn(move |_| {
            let _keep = &bad;
            panic!("in poll")
        })
    });
    harness.run();
    cancelled.task_ref().cancel();
    harness.run();
    assert_eq!(
        outcome(&mut returned).unwrap_err().to_string(),
        "the task panicked: in drop"
    );
    assert_eq!(
        outcome(&mut cancelled).unwrap_err().to_string(),
        "the task panicked: in drop"
    );
    assert_eq!(
        outcome(&mut twice).unwrap_err().to_string(),
        "the task panicked: in poll"
    );
    drop((returned, cancelled, twice));
    assert_eq!((harness.scheduler.live(), harness.blocks()), (0, 0));
}

#[test]
fn a_panic_in_a_waker_keeps_nobody_from_being_woken() {
    struct Bad;
    impl Wake for Bad {
        fn wake(self: Arc<Bad>) {
            panic!("in wake");
        }
    }
    let harness = Harness::new();
    let mut join = harness.spawn(async { 1 });
    let waker = Waker::from(Arc::new(Bad));
    assert!(join.poll(&mut Context::from_waker(&waker)).is_pending());
    let after = harness.spawn(async {});
    harness.run();
    assert!(after.is_done());
    assert_eq!(outcome(&mut join).unwrap(), 1);
}

#[test]
fn a_wake_after_completion_goes_nowhere() {
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let join = harness.spawn(wait_for(&ready, &wakers));
    harness.run();
    ready.set(true);
    let spare = wakers.lock().unwrap()[0].clone();
    harness.enter(|| spare.wake_by_ref());
    harness.run();
    assert!(join.is_done());
    harness.enter(|| {
        spare.wake_by_ref();
        assert_eq!(harness.scheduler.ready(), 0);
    });
    drop(join);
    assert_eq!(harness.blocks(), 1, "two wakers are left");
    wakers.lock().unwrap().clear();
    harness.enter(|| drop(spare));
    harness.run();
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn a_wake_and_a_drop_from_other_threads_ring_and_are_taken_in() {
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let mut join = harness.spawn(wait_for(&ready, &wakers));
    harness.run();
    ready.set(true);
    let waker = wakers.lock().unwrap().pop().unwrap();
    harness.doorbell.sleeping();
    let before = harness.rings();
    thread::spawn(move || {
        let second = waker.clone();
        drop(waker);
        second.wake();
    })
    .join()
    .unwrap();
    assert_eq!(
        harness.rings() - before,
        1,
        "the first push rings, and the loop is awake then"
    );
    assert!(!harness.scheduler.nothing_remote());
    harness.run();
    assert_eq!(outcome(&mut join).unwrap(), 2);
    drop(join);
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn a_mere_drop_from_another_thread_rings_too() {
    let harness = Harness::new();
    let wakers = Wakers::default();
    let _join = harness.spawn(wait_for(&Rc::default(), &wakers));
    harness.run();
    let waker = wakers.lock().unwrap().pop().unwrap();
    harness.doorbell.sleeping();
    let before = harness.rings();
    thread::spawn(move || drop(waker)).join().unwrap();
    assert_eq!(harness.rings() - before, 1);
}

#[test]
fn wakers_cloned_abroad_and_dropped_at_home_are_counted_right() {
    let harness = Harness::new();
    let wakers = Wakers::default();
    let join = harness.spawn(wait_for(&Rc::default(), &wakers));
    harness.run();
    let waker = wakers.lock().unwrap().pop().unwrap();
    let clones = thread::spawn(move || {
        let clones: Vec<Waker> = (0..100).map(|_| waker.clone()).collect();
        (clones, waker)
    })
    .join()
    .unwrap();
    join.task_ref().cancel();
    harness.run();
    wakers.lock().unwrap().clear(); // The poll before the end left another one there.
    drop(join);
    assert_eq!(harness.blocks(), 1);
    harness.enter(|| drop(clones));
    assert_eq!(
        harness.blocks(),
        0,
        "the count that lay abroad was taken over"
    );
}

#[test]
fn wakers_cloned_at_home_and_dropped_abroad_are_counted_right() {
    let harness = Harness::new();
    let wakers = Wakers::default();
    let join = harness.spawn(wait_for(&Rc::default(), &wakers));
    harness.run();
    let clones = harness.enter(|| {
        let waker = wakers.lock().unwrap().pop().unwrap();
        (0..100).map(|_| waker.clone()).collect::<Vec<_>>()
    });
    thread::spawn(move || drop(clones)).join().unwrap();
    join.task_ref().cancel();
    harness.run();
    wakers.lock().unwrap().clear(); // The poll before the end left another one there.
    drop(join);
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn the_last_drop_on_another_thread_frees_memory_and_runs_no_destructor_there() {
    let dropped_on = Arc::new(Mutex::new(Vec::new()));
    let (wakers, home) = (Wakers::default(), thread::current().id());
    let harness = Harness::new();
    let seen = dropped_on.clone();
    let guard = OnDrop(move || seen.lock().unwrap().push(thread::current().id()));
    let given = wakers.clone();
    drop(harness.spawn(async move {
        let _guard = guard;
        poll_fn::<(), _>(|cx| {
            given.lock().unwrap().push(cx.waker().clone());
            Poll::Pending
        })
        .await
    }));
    harness.run();
    drop(harness);
    thread::spawn(move || wakers.lock().unwrap().clear())
        .join()
        .unwrap();
    assert_eq!(*dropped_on.lock().unwrap(), [home]);
}

#[test]
fn shutdown_with_live_wakers_abroad_frees_every_block() {
    // Whoever comes last frees: the loop, the thread, or the handle. A leak checker sees to it.
    for order in 0..3 {
        let harness = Harness::new();
        let wakers = Wakers::default();
        let joins: Vec<_> = (0..10)
            .map(|_| harness.spawn(wait_for(&Rc::default(), &wakers)))
            .collect();
        harness.run();
        let abroad = wakers.clone();
        let (go, wait) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let _ = wait.recv();
            let taken = std::mem::take(&mut *abroad.lock().unwrap());
            let clones: Vec<Waker> = taken.iter().flat_map(|w| [w.clone(), w.clone()]).collect();
            clones.iter().for_each(Waker::wake_by_ref);
            taken.into_iter().for_each(Waker::wake);
        });
        match order {
            0 => drop(harness),
            1 => {
                drop(go);
                thread.join().unwrap();
                drop(harness);
                drop(joins);
                continue;
            }
            _ => {
                drop(joins);
                drop(go);
                drop(harness);
                thread.join().unwrap();
                continue;
            }
        }
        drop(go);
        thread.join().unwrap();
        drop(joins);
    }
}

#[test]
fn a_handle_that_outlives_the_loop_keeps_the_output_and_drops_it_at_home() {
    let harness = Harness::new();
    let dropped = Rc::new(Cell::new(0));
    let (one, two) = (dropped.clone(), dropped.clone());
    let mut taken = harness.spawn(async move { OnDrop(move || one.set(one.get() + 1)) });
    let left = harness.spawn(async move { OnDrop(move || two.set(two.get() + 1)) });
    let mut never = harness.spawn(pending::<()>());
    harness.run();
    drop(harness);
    let output = outcome(&mut taken).unwrap();
    assert_eq!(dropped.get(), 0);
    drop((output, taken));
    assert_eq!(dropped.get(), 1);
    drop(left);
    assert_eq!(dropped.get(), 2);
    assert!(outcome(&mut never).unwrap_err().is_cancelled());
}

#[test]
fn a_drop_during_shutdown_may_wake_spawn_and_cancel() {
    let harness = Harness::new();
    let story = Rc::new(RefCell::new(Vec::new()));
    let other = Rc::new(RefCell::new(Some(harness.spawn(pending::<()>()))));
    let (told, scheduler, victim) = (story.clone(), harness.scheduler.clone(), other.clone());
    drop(harness.spawn(async move {
        let mut guard = Some(());
        let _guard = OnDrop(move || {
            if guard.take().is_some() {
                let told_too = told.clone();
                drop(scheduler.spawn(
                    async move {
                        let _never = OnDrop(move || told_too.borrow_mut().push("unreachable"));
                    },
                    None,
                    Location::caller(),
                ));
                if let Some(join) = victim.borrow_mut().take() {
                    join.task_ref().cancel();
                }
                told.borrow_mut().push("dropped");
            }
        });
        pending::<()>().await
    }));
    harness.run();
    drop(harness);
    assert_eq!(*story.borrow(), ["dropped"]);
    assert!(other.borrow().is_none());
}

#[test]
fn a_waker_that_is_leaked_keeps_its_block_and_nothing_else() {
    let harness = Harness::new();
    let dropped = Rc::new(Cell::new(false));
    let set = dropped.clone();
    let kept: Rc<RefCell<Option<Waker>>> = Rc::default();
    let keep = kept.clone();
    drop(harness.spawn(async move {
        let _guard = OnDrop(move || set.set(true));
        poll_fn(|cx| {
            *keep.borrow_mut() = Some(cx.waker().clone());
            Poll::Ready(())
        })
        .await
    }));
    harness.run();
    assert!(dropped.get());
    assert_eq!(harness.blocks(), 1);
    harness.enter(|| kept.borrow_mut().take());
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn two_loops_on_a_thread_keep_their_tasks_apart() {
    let (one, two) = (Harness::new(), Harness::new());
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let mut join = one.spawn(wait_for(&ready, &wakers));
    one.run();
    ready.set(true);
    // A task of `two` wakes a task of `one`: the same thread, but not the entered loop.
    let waker = wakers.lock().unwrap().pop().unwrap();
    drop(two.spawn(async move { waker.wake() }));
    two.run();
    assert_eq!((one.scheduler.ready(), two.scheduler.ready()), (0, 0));
    one.run();
    assert_eq!(outcome(&mut join).unwrap(), 2);
    drop(two);
    drop(join);
    assert_eq!(one.blocks(), 0);
}

#[test]
fn a_future_that_drops_its_own_handle_loses_only_the_output() {
    let harness = Harness::new();
    type Output = OnDrop<Box<dyn FnMut()>>;
    let me: Rc<RefCell<Option<Join<Output>>>> = Rc::default();
    let (mine, dropped) = (me.clone(), Rc::new(Cell::new(false)));
    let set = dropped.clone();
    *me.borrow_mut() = Some(harness.spawn(async move {
        drop(mine.borrow_mut().take());
        OnDrop(Box::new(move || set.set(true)) as Box<dyn FnMut()>)
    }));
    harness.run();
    assert!(dropped.get());
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn wakers_called_inside_drops_find_a_working_queue() {
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(true)), Wakers::default());
    ready.set(false);
    let join = harness.spawn(wait_for(&ready, &wakers));
    harness.run();
    let waker = wakers.lock().unwrap().pop().unwrap();
    let second = harness.enter(|| waker.clone());
    // Once in the drop of a future, once in the drop of an output that nobody takes.
    drop(harness.spawn({
        let _wakes = OnDrop(move || waker.wake_by_ref());
        async move {
            let _moved = _wakes;
        }
    }));
    drop(harness.spawn(async move { OnDrop(move || second.wake_by_ref()) }));
    ready.set(true);
    harness.run();
    assert!(join.is_done());
}

#[test]
fn several_may_await_by_reference_and_each_gets_a_copy() {
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let join = Rc::new(harness.spawn(wait_for(&ready, &wakers)));
    let story = Rc::new(RefCell::new(Vec::new()));
    for number in 0..3 {
        let (join, story) = (join.clone(), story.clone());
        drop(harness.spawn(async move {
            let mut ticket = None;
            let output = poll_fn(|cx| join.poll_shared(cx, &mut ticket))
                .await
                .unwrap();
            story.borrow_mut().push((number, output));
        }));
    }
    harness.run();
    ready.set(true);
    let waker = wakers.lock().unwrap().pop().unwrap();
    harness.enter(|| waker.wake());
    harness.run();
    assert_eq!(*story.borrow(), [(0, 2), (1, 2), (2, 2)], "oldest first");
}

/// Depth: each task's end wakes the next in the drop of its future.
#[test]
fn a_long_chain_of_completions_needs_no_stack() {
    let length = if cfg!(miri) { 300 } else { 1_000_000 };
    let body = move || {
        let harness = Harness::new();
        let mut next: Option<Waker> = None;
        for _ in 0..length {
            let slot: Rc<Cell<Option<Waker>>> = Rc::default();
            let (given, wakes) = (slot.clone(), next.take());
            drop(harness.spawn(async move {
                let _wakes = OnDrop({
                    let mut wakes = wakes;
                    move || {
                        if let Some(waker) = wakes.take() {
                            waker.wake();
                        }
                    }
                });
                let mut polls = 0;
                poll_fn(move |cx| {
                    given.set(Some(cx.waker().clone()));
                    polls += 1;
                    if polls == 2 {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    }
                })
                .await
            }));
            harness.run();
            next = slot.take();
        }
        let first = next.unwrap();
        harness.enter(|| first.wake());
        harness.run();
        assert_eq!(harness.scheduler.live(), 0);
    };
    thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(body)
        .unwrap()
        .join()
        .unwrap();
}

/// Depth: an output that owns a handle whose output owns a handle, and so on, dropped at once.
#[test]
fn a_hundred_thousand_nested_handles_drop_without_recursion() {
    struct Nested {
        inner: Option<Join<Nested>>,
        drops: Rc<Cell<usize>>,
    }
    impl Drop for Nested {
        fn drop(&mut self) {
            self.drops.set(self.drops.get() + 1);
            drop(self.inner.take());
        }
    }
    let length = if cfg!(miri) { 200 } else { 100_000 };
    for loop_dies_first in [false, true] {
        let body = move || {
            let harness = Harness::new();
            let drops = Rc::new(Cell::new(0));
            let mut outer = None;
            for _ in 0..length {
                let (inner, drops) = (outer.take(), drops.clone());
                outer = Some(harness.spawn(async move { Nested { inner, drops } }));
            }
            harness.run();
            assert_eq!(drops.get(), 0);
            if loop_dies_first {
                drop(harness);
                drop(outer);
            } else {
                harness.enter(|| drop(outer));
                assert_eq!(harness.blocks(), 0);
            }
            assert_eq!(drops.get(), length);
        };
        thread::Builder::new()
            .stack_size(256 * 1024)
            .spawn(body)
            .unwrap()
            .join()
            .unwrap();
    }
}

/// Names the helper process of the next test.
const OVERFLOW: &str = "ONELOOP_TEST_OVERFLOW";

#[test]
#[cfg_attr(miri, allow(unused))]
fn count_overflow_ends_the_process_before_it_wraps() {
    if cfg!(miri) {
        return; // A process cannot be started there; the count itself is plain arithmetic.
    }
    if let Some(at_home) = std::env::var_os(OVERFLOW) {
        let harness = Harness::new();
        let wakers = Wakers::default();
        drop(harness.spawn(wait_for(&Rc::default(), &wakers)));
        harness.run();
        let waker = wakers.lock().unwrap().pop().unwrap();
        let leak = || (0..1 << 20).for_each(|_| std::mem::forget(waker.clone()));
        if at_home == "home" {
            harness.enter(leak);
        } else {
            leak(); // 2^60 of them would fit there, so it is noticed when they are taken home.
            waker.wake();
            harness.run();
        }
        std::process::exit(0);
    }
    for place in ["home", "abroad"] {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "task::raw::tests::count_overflow_ends_the_process_before_it_wraps",
            ])
            .arg("--nocapture")
            .env(OVERFLOW, place)
            .output()
            .unwrap();
        let code = std::os::unix::process::ExitStatusExt::signal(&output.status);
        assert_eq!(code, Some(6), "{place}: {output:?}");
    }
}
