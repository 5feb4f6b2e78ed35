//! What can be awaited, and what a task says of itself. Next: `combined.rs`.

use crate::{milliseconds, run};
use oneloop::sync::Promise;
use oneloop::task::{Builder, TaskState};
use oneloop::{Loop, Remote, create_task, current_task, sleep, yield_now};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;

async fn forty_two() -> u32 {
    yield_now().await;
    42
}

/// Feature row 3.
#[test]
fn a_future_a_promise_and_a_task_are_awaited_alike() {
    run(async {
        let promise = Promise::new();
        promise.set_result(42).unwrap();
        let task = create_task(forty_two());
        let values = (
            forty_two().await,
            (&promise).await.unwrap(),
            task.await.unwrap(),
        );
        assert_eq!(values, (42, 42, 42));
    });
}

/// Feature rows 3, 142.
#[test]
fn a_task_is_awaited_by_several_and_again_and_again() {
    run(async {
        let task = std::rc::Rc::new(create_task(async {
            sleep(milliseconds(10)).await;
            "a value".to_string()
        }));
        let awaits = || {
            let task = task.clone();
            create_task(async move { (&*task).await.unwrap() })
        };
        let (first, second) = (awaits(), awaits());
        assert_eq!(first.await.unwrap(), "a value");
        assert_eq!(second.await.unwrap(), "a value");
        for _ in 0..3 {
            assert_eq!((&*task).await.unwrap(), "a value", "it has ended long ago");
        }
    });
}

/// Feature row 7.
#[test]
fn a_task_is_pending_running_and_then_done_or_cancelled() {
    run(async {
        let me = current_task().unwrap();
        assert_eq!(me.state(), TaskState::Running);
        let task = create_task(async {
            let mut seen = vec![current_task().unwrap().state()];
            yield_now().await;
            seen.push(current_task().unwrap().state());
            seen
        });
        let others = create_task(async move { me.state() });
        assert_eq!(task.state(), TaskState::Pending, "made, not run");
        yield_now().await;
        assert_eq!(task.state(), TaskState::Pending, "suspended");
        yield_now().await;
        assert_eq!(task.state(), TaskState::Done);
        assert_eq!(task.any().state(), TaskState::Done);
        assert_eq!(task.await.unwrap(), [TaskState::Running; 2]);
        assert_eq!(others.await.unwrap(), TaskState::Pending, "the root waits");

        let cancelled = create_task(sleep(milliseconds(1)));
        cancelled.cancel();
        assert_eq!(cancelled.state(), TaskState::Pending, "asked, not ended");
        yield_now().await;
        assert_eq!(cancelled.state(), TaskState::Cancelled);
        let panics = create_task(async { panic!("on purpose") });
        yield_now().await;
        assert_eq!(panics.state(), TaskState::Done);
        let _failed: Result<(), _> = panics.await;
    });
    let event_loop = Loop::new().unwrap();
    let left = event_loop.handle().create_task(yield_now());
    assert_eq!(left.state(), TaskState::Pending, "outside, nobody runs");
    drop(event_loop);
    assert_eq!(left.state(), TaskState::Cancelled);
}

/// Each of two loops awaits a task that runs on the other one.
///
/// Feature row 16.
#[test]
fn two_loops_on_two_threads_run_at_once() {
    let served = Arc::new(AtomicU32::new(0));
    let play = |event_loop: Loop, other: Remote, served: Arc<AtomicU32>| {
        event_loop.block_on(async move {
            let count = served.clone();
            let there = other.spawn(move || async move {
                sleep(milliseconds(5)).await;
                count.fetch_add(1, SeqCst);
                thread::current().id()
            });
            let there = there.unwrap().await.unwrap();
            // The other one needs this loop until it is through.
            while served.load(SeqCst) < 2 {
                sleep(milliseconds(1)).await;
            }
            there
        })
    };
    let (here, there) = (mpsc::channel(), mpsc::channel());
    let other = thread::spawn({
        let served = served.clone();
        move || {
            let event_loop = Loop::new().unwrap();
            there.0.send(event_loop.handle().remote()).unwrap();
            let remote: Remote = here.1.recv().unwrap();
            play(event_loop, remote, served)
        }
    });
    let event_loop = Loop::new().unwrap();
    here.0.send(event_loop.handle().remote()).unwrap();
    let remote: Remote = there.1.recv().unwrap();
    let others_thread = other.thread().id();
    assert_eq!(play(event_loop, remote, served), others_thread);
    assert_eq!(other.join().unwrap(), thread::current().id());
}

/// Feature row 18.
#[test]
fn block_on_gives_its_future_the_identity_of_a_task() {
    let event_loop = Loop::new().unwrap();
    let (id, again) = event_loop.block_on(async {
        let before = current_task().unwrap();
        sleep(milliseconds(1)).await;
        (before.id(), current_task().unwrap() == before)
    });
    assert_eq!((id.to_string().as_str(), again), ("1", true));
}

async fn fetch(answer: u32) -> Result<u32, String> {
    yield_now().await;
    Ok(answer)
}

/// Feature rows 23, 24.
#[test]
fn debug_shows_name_state_function_place_and_value() {
    run(async {
        let line = line!() + 1;
        let task = Builder::new().name("n1").create_task(fetch(7));
        let place = format!("made_at: {}:{line}:", file!());
        // Release builds leave it out.
        let function = match cfg!(debug_assertions) {
            true => "function: features::tasks::fetch,",
            false => "",
        };
        let text = format!("{task:?}");
        let parts = ["\"n1\"", "state: pending", function, &place];
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        assert!(!text.contains("result"), "{text}");
        yield_now().await;
        yield_now().await;
        let text = format!("{task:?}");
        let parts = ["\"n1\"", "state: finished", function, &place];
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        assert!(text.ends_with("result: Ok(Ok(7)) }"), "{text}");
        assert!(format!("{:?}", task.any()).contains(function));
        assert_eq!(task.await.unwrap(), Ok(7), "looking takes nothing");
        // An output without a `Debug` is no reason not to show the rest.
        struct Plain;
        let plain = create_task(async { Plain });
        assert!(format!("{:?}", plain.any()).contains("state: pending"));
        assert!(format!("{:?}", current_task().unwrap()).contains("state: running"));
    });
}

/// Feature row 25.
#[test]
fn a_sleep_gives_nothing() {
    run(async {
        let () = sleep(milliseconds(10)).await;
        let () = oneloop::sleep_until(oneloop::now()).await;
    });
}

/// Feature row 138.
#[test]
fn tasks_may_be_made_before_the_loop_runs_and_wait_for_it() {
    let event_loop = Loop::new().unwrap();
    let task = event_loop.handle().create_task(forty_two());
    assert!(!task.done());
    assert_eq!(event_loop.block_on(task).unwrap(), 42);
    assert!(oneloop::try_create_task(forty_two()).is_err(), "no loop");
}
