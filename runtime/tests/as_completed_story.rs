//! `as_completed` on a loop: what it takes, in which order it gives, what becomes of the rest.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use oneloop::cancel::catch;
use oneloop::time::Elapsed;
use oneloop::{Loop, Task, as_completed, create_task, for_await, now, sleep, yield_now};

/// Runs on a paused clock.
fn run<F: Future>(main: F) -> F::Output {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(main)
}

async fn after(seconds: u64) -> u64 {
    sleep(Duration::from_secs(seconds)).await;
    seconds
}

#[test]
fn after_its_time_it_gives_an_error_for_each_task_that_is_left() {
    run(async {
        let tasks = [1, 3, 9, 99].map(after).map(create_task);
        let mut answers = as_completed(tasks).timeout(Duration::from_secs(5));
        let mut story = Vec::new();
        while let Some(answer) = answers.next().await {
            story.push(
                answer
                    .map(|(index, outcome)| (index, outcome.unwrap()))
                    .ok(),
            );
            if story.len() == 3 {
                // What comes later is given all the same.
                sleep(Duration::from_secs(10)).await;
            }
        }
        assert_eq!(story, [Some((0, 1)), Some((1, 3)), None, Some((2, 9))]);
        assert!(answers.next().await.is_none());
    });
}

/// asyncio's `async for task in as_completed(tasks, timeout=5)`.
#[test]
fn with_a_bound_it_is_a_stream_too() {
    run(async {
        let tasks = [9, 1, 3].map(after).map(create_task);
        let mut story = Vec::new();
        for_await!(answer in as_completed(tasks).timeout(Duration::from_secs(5)) => {
            story.push(answer.map(|(index, outcome)| (index, outcome.unwrap())));
        });
        assert_eq!(story, [Ok((1, 1)), Ok((2, 3)), Err(Elapsed)]);
    });
}

#[test]
fn it_takes_tasks_by_reference_and_leaves_them_to_the_caller() {
    run(async {
        let (mut slow, mut quick) = (create_task(after(20)), create_task(after(10)));
        let mut answers = as_completed([&slow, &quick, &slow]);
        let mut order = Vec::new();
        while let Some((index, outcome)) = answers.next().await {
            order.push((index, outcome.unwrap()));
        }
        drop(answers);
        assert_eq!(order, [(1, 10), (0, 20), (2, 20)]);

        // By `&mut` it takes the outcomes, of any type, of those that were asked for.
        let mut answers = as_completed([&mut slow, &mut quick]);
        assert_eq!(answers.next().await.map(|(index, _)| index), Some(0));
        drop(answers);
        assert_eq!(quick.await.unwrap(), 10);
    });
}

#[test]
fn it_takes_futures_that_borrow_and_are_no_tasks() {
    run(async {
        let began = now();
        let log = RefCell::new(Vec::new());
        let works = [30, 10, 20].map(async |seconds| {
            let slept = after(seconds).await;
            log.borrow_mut().push(slept);
        });
        let mut answers = as_completed(works);
        let mut order = Vec::new();
        while let Some((index, ())) = answers.next().await {
            order.push(index);
        }
        drop(answers);
        assert_eq!((order, log.into_inner()), (vec![1, 2, 0], vec![10, 20, 30]));
        assert_eq!(now() - began, Duration::from_secs(30), "they ran at once");
    });
}

/// Cancels whoever waits for the first of two tasks, and for another form of each, after a second.
async fn is_given_up(waits: impl AsyncFnOnce([Task<u64>; 2])) {
    let tasks = [20, 10].map(after).map(create_task);
    let seen = [tasks[0].any(), tasks[1].any()];
    let waiter = waits(tasks);
    let waited = oneloop::timeout(Duration::from_secs(1), waiter).await;
    assert!(waited.is_err(), "it was still waiting");
    for _ in 0..3 {
        yield_now().await;
    }
    assert!(
        seen.iter()
            .all(|task| !task.done() && task.cancelling() == 0)
    );
    sleep(Duration::from_secs(20)).await;
    assert!(seen.iter().all(|task| task.done() && !task.cancelled()));
}

#[test]
fn cancelling_whoever_waits_leaves_the_tasks_alone() {
    run(async {
        is_given_up(async |tasks| drop(as_completed(tasks).next().await)).await;
        is_given_up(async |tasks| drop(as_completed(&tasks).next().await)).await;
        is_given_up(async |mut tasks| drop(as_completed(&mut tasks).next().await)).await;
    });
}

#[test]
fn what_was_given_up_can_be_asked_again() {
    run(async {
        let waiter = create_task(async {
            let borrowed = Cell::new(0);
            let futures = [20, 10].map(async |seconds| borrowed.set(after(seconds).await));
            let mut answers = as_completed(futures);
            if let Err(cancelled) = catch(answers.next()).await {
                cancelled.suppress();
            }
            let order = [answers.next().await, answers.next().await];
            (order, borrowed.get())
        });
        sleep(Duration::from_secs(1)).await;
        waiter.cancel();
        let (order, last) = waiter.await.unwrap();
        assert_eq!((order, last), ([Some((1, ())), Some((0, ()))], 20));
    });
}

#[test]
fn a_panic_of_a_future_goes_on_and_the_others_are_given() {
    run(async {
        let works = [10, 20, 30].map(async |seconds| {
            assert!(after(seconds).await != 10, "the first fails");
            seconds
        });
        let mut answers = as_completed(works);
        let panic = AssertUnwindSafe(answers.next()).catch_unwind().await;
        assert_eq!(
            *panic.unwrap_err().downcast::<&str>().unwrap(),
            "the first fails"
        );
        assert_eq!(answers.remaining(), 2);
        assert_eq!(answers.next().await, Some((1, 20)));
        assert_eq!(answers.next().await, Some((2, 30)));
        assert_eq!(answers.next().await, None);
    });
}

#[test]
fn a_panic_of_a_task_that_nobody_asked_for_is_reported() {
    let reports = Rc::new(Cell::new(0));
    let heard = reports.clone();
    let builder = Loop::builder().exception_handler(move |_| heard.set(heard.get() + 1));
    builder.build().unwrap().block_on(async {
        let fails = || create_task(async { panic!("on purpose") });
        let mut answers = as_completed([create_task(async {}), fails(), fails()]);
        yield_now().await;
        assert!(answers.next().await.unwrap().1.is_ok());
        assert!(answers.next().await.unwrap().1.unwrap_err().is_panic());
        assert_eq!(reports.get(), 0, "the second was looked at");
        drop(answers);
        assert_eq!(reports.get(), 1, "the third was not");
    });
}

#[test]
fn a_future_that_panics_when_it_is_dropped_counts_as_ended() {
    struct Fails(bool);
    impl Drop for Fails {
        fn drop(&mut self) {
            assert!(!self.0, "in the drop");
        }
    }
    let event_loop = Loop::new().unwrap();
    let mut answers = as_completed([true, false].map(|fails| {
        let kept = Fails(fails);
        std::future::poll_fn(move |_| {
            let _kept = &kept;
            std::task::Poll::Ready(())
        })
    }));
    let first = AssertUnwindSafe(|| event_loop.block_on(answers.next()));
    assert!(catch_unwind(first).is_err());
    assert_eq!(event_loop.block_on(answers.next()), Some((1, ())));
    assert_eq!(event_loop.block_on(answers.next()), None);
}
