//! Tasks that were made from another thread, awaited in a task: requests go through the await, and what
//! comes of them is waited for, as when any task is awaited. Read `remote.rs` first.

use oneloop::cancel::{Caught, catch};
use oneloop::sync::oneshot;
use oneloop::{Loop, RemoteTask, Task, create_task, now, shield, sleep, yield_now};
use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(3600);

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// What happened, each line with the milliseconds since the beginning. It may go to other threads.
#[derive(Clone)]
struct Story {
    began: Instant,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Story {
    fn say(&self, line: impl Display) {
        let at = (now() - self.began).as_millis();
        self.lines.lock().unwrap().push(format!("{at} {line}"));
    }
}

/// Runs a scenario, which must tell this story and leave nothing behind.
#[track_caller]
fn tells(expected: &[&str], scenario: impl AsyncFnOnce(Story)) {
    let event_loop = Loop::builder().paused_clock().jump_anyway().build();
    let event_loop = event_loop.unwrap();
    let lines = Arc::<Mutex<Vec<String>>>::default();
    event_loop.block_on(async {
        let story = Story {
            began: now(),
            lines: lines.clone(),
        };
        scenario(story).await;
        // For watchers, and what another thread sent.
        sleep(milliseconds(1)).await;
    });
    assert_eq!(*lines.lock().unwrap(), expected);
    let stats = event_loop.handle().stats();
    assert_eq!((stats.live_tasks, stats.participants), (0, 0));
}

/// A remote task on the loop that runs.
fn remote<F: Future<Output: Send> + 'static>(
    make: impl FnOnce() -> F + Send + 'static,
) -> RemoteTask<F::Output> {
    Loop::current().unwrap().remote().spawn(make).unwrap()
}

/// Waits for ever. Cancelled, it cleans up for five milliseconds and lets the request go on.
async fn cleans_up(story: Story) {
    let result = catch(sleep(LONG)).await;
    story.say("unwinds");
    sleep(milliseconds(5)).await;
    story.say("is clean");
    result.or_resume().await;
}

/// Waits for the end of a task, and hands no request on to it.
async fn ended<T: Clone>(story: &Story, task: &Task<T>) {
    match shield(task).await {
        Ok(_) => story.say("ends with a value"),
        Err(error) => story.say(error),
    }
}

const CLEAN: [&str; 3] = ["10 unwinds", "15 is clean", "15 the task was cancelled"];

#[test]
fn who_awaits_a_remote_task_asks_it_and_waits_for_its_clean_up() {
    tells(&CLEAN, async |story| {
        let told = story.clone();
        let task = create_task(async move { remote(|| cleans_up(told)).await.unwrap() });
        sleep(milliseconds(10)).await;
        task.cancel();
        ended(&story, &task).await;
    });
}

#[test]
fn a_foreign_join_waits_for_a_remote_task_and_what_cleans_up_beside_it() {
    let expected = [
        "10 unwinds",
        "15 is clean",
        "20 so is what waits beside it",
        "20 the task was cancelled",
    ];
    tells(&expected, async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let clean = told.clone();
            let beside = async {
                let result = catch(sleep(LONG)).await;
                sleep(milliseconds(10)).await;
                told.say("so is what waits beside it");
                result.or_resume().await
            };
            let awaited = async { remote(|| cleans_up(clean)).await.unwrap() };
            futures_util::join!(awaited, beside);
        });
        sleep(milliseconds(10)).await;
        task.cancel();
        ended(&story, &task).await;
    });
}

#[test]
fn a_second_request_interrupts_the_clean_up_of_a_remote_task() {
    let expected = ["10 unwinds", "12 the task was cancelled"];
    tells(&expected, async |story| {
        let told = story.clone();
        let task = create_task(async move { remote(|| cleans_up(told)).await.unwrap() });
        for time in [10, 2] {
            sleep(milliseconds(time)).await;
            task.cancel();
        }
        ended(&story, &task).await;
    });
}

#[test]
fn the_message_of_a_request_reaches_a_remote_task() {
    tells(
        &["10 Some(\"enough\")", "10 Ok(\"went on\")"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let body = async move || {
                    let cancelled = catch(sleep(LONG)).await.unwrap_err();
                    told.say(format!("{:?}", cancelled.message()));
                    cancelled.suppress();
                    "went on"
                };
                remote(body).await
            });
            sleep(milliseconds(10)).await;
            task.cancel_with("enough");
            // The request was used up in there, so the awaiter goes on.
            story.say(format!("{:?}", task.await.unwrap().map_err(drop)));
        },
    );
}

/// It ended with the second message: requests that wait to be passed on to the task's loop were the last of
/// them. Now it is as with a task that is not remote.
#[test]
fn a_remote_task_that_waits_takes_the_first_message_and_one_that_is_ready_the_last() {
    let expected = ["10 Some(\"first\")", "20 Some(\"third\")"];
    thread_local!(static WAKE: Cell<Option<oneshot::Sender<()>>> = const { Cell::new(None) });
    let body = || async {
        let (wake, wait) = oneshot::channel();
        WAKE.set(Some(wake));
        wait.await.unwrap();
        sleep(LONG).await;
    };
    tells(&expected, async |story| {
        for is_ready in [false, true] {
            let task = create_task(async move { remote(body).await.unwrap() });
            sleep(milliseconds(10)).await;
            for message in ["first", "second", "third"] {
                task.cancel_with(message);
            }
            if is_ready {
                WAKE.take().unwrap().send(()).unwrap();
            }
            story.say(format!("{:?}", task.await.unwrap_err().message()));
        }
    });
}

#[test]
fn a_remote_task_that_somebody_else_cancels_is_a_value_for_its_awaiter() {
    tells(&["10 the task was cancelled"], async |story| {
        let body = || async {
            sleep(milliseconds(10)).await;
            oneloop::current_task().unwrap().cancel();
            sleep(LONG).await;
        };
        let task = create_task(async move { remote(body).await.unwrap_err() });
        story.say(task.await.unwrap());
    });
}

#[test]
fn each_cancel_of_a_remote_task_asks_it_once() {
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    tells(&["10 1", "20 2", "30 2"], async |story| {
        let body = move || async move {
            while let Err(cancelled) = catch(sleep(milliseconds(25))).await {
                count.fetch_add(1, SeqCst);
                cancelled.suppress();
            }
        };
        let task = remote(body);
        for _ in 0..2 {
            sleep(milliseconds(10)).await;
            task.cancel();
            yield_now().await;
            yield_now().await;
            yield_now().await;
            story.say(asked.load(SeqCst));
        }
        sleep(milliseconds(10)).await;
        story.say(asked.load(SeqCst));
        task.await.unwrap();
    });
}

#[test]
fn a_remote_task_that_awaits_its_awaiter_is_cancelled_with_it() {
    thread_local!(static AWAITER: RefCell<Option<Rc<Task<()>>>> = const { RefCell::new(None) });
    tells(&["10 the task was cancelled"], async |story| {
        let body = || async {
            sleep(milliseconds(5)).await;
            let awaiter = AWAITER.take().unwrap();
            (&*awaiter).await.unwrap();
        };
        let task = Rc::new(create_task(async move { remote(body).await.unwrap() }));
        AWAITER.set(Some(task.clone()));
        sleep(milliseconds(10)).await;
        task.cancel();
        ended(&story, &task).await;
    });
}

#[test]
fn remote_tasks_that_await_each_other_in_a_circle_are_cancelled() {
    thread_local!(static AWAITER: RefCell<Option<Rc<Task<()>>>> = const { RefCell::new(None) });
    tells(&["10 the task was cancelled"], async |story| {
        let last = || async {
            sleep(milliseconds(5)).await;
            let awaiter = AWAITER.take().unwrap();
            (&*awaiter).await.unwrap();
        };
        let between = move || async move { remote(last).await.unwrap() };
        let task = Rc::new(create_task(async move { remote(between).await.unwrap() }));
        AWAITER.set(Some(task.clone()));
        sleep(milliseconds(10)).await;
        task.cancel();
        ended(&story, &task).await;
    });
}

/// It is polled here, and dropped on another thread.
#[test]
fn a_remote_task_that_is_given_away_while_it_is_awaited_takes_part_no_more() {
    let expected = [
        "0 1 takes part",
        "1 nobody takes part",
        "2 the task was cancelled",
    ];
    tells(&expected, async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let mut awaited = remote(|| sleep(milliseconds(2)));
            poll_fn(|cx| {
                assert!(Pin::new(&mut awaited).poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
            let own = || Loop::current().unwrap().stats().participants - 1;
            told.say(format!("{} takes part", own()));
            thread::spawn(move || drop(awaited)).join().unwrap();
            sleep(milliseconds(1)).await;
            told.say(match own() {
                0 => "nobody takes part",
                _ => "somebody takes part",
            });
            sleep(LONG).await;
        });
        sleep(milliseconds(2)).await;
        task.cancel();
        ended(&story, &task).await;
    });
}

#[test]
fn a_remote_task_of_another_loop_is_asked_and_waited_for() {
    let (step, steps) = mpsc::channel();
    let (give, take) = mpsc::channel();
    let other = thread::spawn(move || {
        oneloop::run(async {
            give.send(Loop::current().unwrap().remote()).unwrap();
            sleep(milliseconds(50)).await;
            // Up to here it was kept alive for its remote task; that one keeps it until it is clean.
            let clean = Cell::new(false);
            while !clean.replace(steps.try_recv().is_ok()) {
                yield_now().await;
            }
        });
    });
    let theirs = take.recv().unwrap();
    let is_clean = Arc::new(AtomicU32::new(0));
    let cleaned = is_clean.clone();
    oneloop::run(async move {
        let body = move || async move {
            let result = catch(sleep(LONG)).await;
            sleep(milliseconds(5)).await;
            cleaned.store(1, SeqCst);
            step.send(()).unwrap();
            result.or_resume().await;
        };
        let task = create_task(async move { theirs.spawn(body).unwrap().await.unwrap() });
        sleep(milliseconds(50)).await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(is_clean.load(SeqCst), 1);
    });
    other.join().unwrap();
}
