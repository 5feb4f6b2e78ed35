//! A loop with a paused clock whose tasks nobody can wake any more says so, and names them. It waits
//! as long as somebody outside may still come.

use oneloop::sync::{Promise, oneshot};
use oneloop::{Builder, Loop, create_task, sleep, task};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// Short, since these tests are alone with their loop. A thread gets longer below.
const PATIENCE: Duration = Duration::from_millis(100);

fn impatient() -> Builder {
    Loop::builder().paused_clock().deadlock_after(PATIENCE)
}

/// Runs what ends in a panic, and returns its text.
fn panic_of(body: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).expect_err("it must panic");
    *payload.downcast::<String>().expect("a text that was made")
}

#[test]
fn two_tasks_that_await_each_other_are_named_with_their_places() {
    let event_loop = impatient().build().unwrap();
    let begin = Instant::now();
    let text = panic_of(|| {
        event_loop.block_on(async {
            let (to_first, first) = oneshot::channel::<()>();
            let (to_second, second) = oneshot::channel::<()>();
            let one = task::Builder::new().name("one").create_task(async {
                let _ = first.await;
                let _ = to_second.send(());
            });
            let two = create_task(async {
                let _ = second.await;
                let _ = to_first.send(());
            });
            sleep(Duration::from_secs(3600)).await; // A timer is due first: no deadlock yet.
            let _ = (one.await, two.await);
        });
    });
    assert!(begin.elapsed() >= PATIENCE, "a thread might have come");
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("deadlock: the clock is paused"));
    assert!(lines[0].ends_with("the tasks that are left (3):"));
    assert!(lines[1].contains("Task-1, the main future, at "));
    assert!(lines[1].ends_with(", waits for Task-2 \"one\""));
    assert!(lines[2].contains("Task-2 \"one\", made at "));
    assert!(lines[2].ends_with(", waits for the value of a oneshot"));
    assert!(lines[3].contains("Task-3, made at ") && lines[3].contains("deadlock.rs:"));
    assert!(lines[3].ends_with(", waits for the value of a oneshot"));
    assert!(lines[4].contains("let it hold a `Remote`"));
    assert_eq!(lines.len(), 5);
}

#[test]
fn a_crowd_is_not_named_one_by_one() {
    let event_loop = impatient().build().unwrap();
    let text = panic_of(|| {
        event_loop.block_on(async {
            let tasks: Vec<_> = (0..30).map(|_| create_task(pending::<()>())).collect();
            for task in tasks {
                let _ = task.await;
            }
        });
    });
    assert!(
        text.contains("(31)") && text.contains("  and 11 more\n"),
        "{text}"
    );
}

#[test]
fn a_loop_that_runs_for_ever_is_told_too() {
    let event_loop = impatient().build().unwrap();
    let _task = event_loop.handle().create_task(pending::<()>());
    let text = panic_of(|| event_loop.run_forever());
    assert!(text.contains("Task-1, made at "), "{text}");
}

#[test]
fn a_scenario_that_deadlocks_tells_its_seed() {
    let text = panic_of(|| {
        oneloop::testing::explore([77], || async {
            let promise = Promise::<()>::new();
            let _ = (&promise).await;
        });
    });
    assert!(text.contains("seed 77"), "{text}");
    // The scenario's own task is placed where the test began it, not in the library.
    assert!(text.contains("Task-1, the main future, at "), "{text}");
    assert!(text.contains(", waits for a promise\n"), "{text}");
    assert!(text.contains(&format!("{}:", file!())), "{text}");
}

#[test]
fn after_the_panic_the_loop_can_be_used_again() {
    let event_loop = impatient().build().unwrap();
    let promise = Promise::new();
    let waiting = promise.clone();
    let task = event_loop
        .handle()
        .create_task(async move { (&waiting).await });
    panic_of(|| event_loop.block_on(pending::<()>()));
    let _ = promise.set_result(1);
    assert!(event_loop.block_on(task).is_ok());
}

#[test]
fn a_turn_of_a_host_comes_back_instead_of_a_panic() {
    let event_loop = impatient().build().unwrap();
    let _task = event_loop.handle().create_task(pending::<()>());
    assert_eq!(event_loop.turn(None).unwrap().ran, 1);
    assert_eq!(event_loop.turn(None).unwrap().ran, 0);
}

#[test]
fn a_remote_on_another_thread_is_waited_for() {
    let event_loop = impatient().build().unwrap();
    let task = event_loop.handle().create_task(pending::<()>());
    let remote = event_loop.handle().remote();
    let thread = thread::spawn(move || {
        thread::sleep(PATIENCE * 4);
        let stop = || Loop::current().unwrap().stop();
        remote.call_soon_threadsafe(stop).unwrap();
    });
    event_loop.run_forever();
    thread.join().unwrap();
    assert!(!task.done());
}

#[test]
fn a_remote_that_is_dropped_elsewhere_lets_the_clock_jump() {
    let event_loop = impatient().build().unwrap();
    let remote = event_loop.handle().remote();
    let thread = thread::spawn(move || {
        thread::sleep(PATIENCE);
        drop(remote);
    });
    event_loop.block_on(async { sleep(Duration::from_secs(3600)).await });
    thread.join().unwrap();
}

#[test]
fn a_deadlock_is_noticed_when_the_last_remote_is_dropped_elsewhere() {
    let event_loop = impatient().build().unwrap();
    let remote = event_loop.handle().remote();
    let task = remote.spawn(pending::<()>).unwrap();
    let thread = thread::spawn(move || {
        thread::sleep(PATIENCE);
        drop(remote);
        thread::sleep(PATIENCE);
        drop(task);
    });
    let begin = Instant::now();
    let text = panic_of(|| event_loop.block_on(pending::<()>()));
    assert!(begin.elapsed() >= PATIENCE * 3);
    assert!(text.starts_with("deadlock"), "{text}");
    thread.join().unwrap();
}

/// Suspends once and is woken by a thread that has nothing but the waker, after a while.
async fn woken_from_afar() {
    let (sender, receiver) = mpsc::channel::<Waker>();
    let thread = thread::spawn(move || {
        let waker = receiver.recv().unwrap();
        thread::sleep(PATIENCE);
        waker.wake();
    });
    let mut sent = false;
    poll_fn(|cx| {
        if sent {
            return Poll::Ready(());
        }
        sent = true;
        sender.send(cx.waker().clone()).unwrap();
        Poll::Pending
    })
    .await;
    thread.join().unwrap();
}

#[test]
fn a_bare_waker_on_another_thread_has_the_time_that_was_given() {
    let event_loop = Loop::builder()
        .paused_clock()
        .deadlock_after(Duration::from_secs(60))
        .build()
        .unwrap();
    event_loop.block_on(woken_from_afar());
}

#[test]
fn a_real_clock_knows_no_deadlock() {
    let event_loop = Loop::builder()
        .deadlock_after(Duration::from_millis(1))
        .build()
        .unwrap();
    event_loop.block_on(woken_from_afar());
}
