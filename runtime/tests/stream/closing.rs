//! Generators that are left before their end: whoever closes them, their clean-up comes to its end.

use crate::{Log, Woken, counting, milliseconds, poll_once, run};
use futures_core::Stream;
use oneloop::cancel::finally;
use oneloop::stream::{Yielder, generator};
use oneloop::{Loop, Runner, all_tasks, create_task, run_in_executor, sleep, yield_now};
use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::mpsc;
use std::task::Context;
use std::time::Duration;

#[test]
fn closing_ends_it_where_it_gave_its_last_item_and_waits_for_its_clean_up() {
    run(async {
        let log = Log::default();
        let mut numbers = counting(&log);
        assert_eq!(
            (numbers.next().await, numbers.next().await),
            (Some(0), Some(1))
        );
        assert!(log.borrow().is_empty());
        numbers.aclose().await;
        assert_eq!(*log.borrow(), ["cleaned up"]);
        assert_eq!(numbers.next().await, None);
        numbers.aclose().await;
        drop(numbers);
        yield_now().await;
        assert_eq!((log.borrow().len(), all_tasks().len()), (1, 1));
    });
}

#[test]
fn one_that_never_began_has_nothing_to_clean_up() {
    run(async {
        let log = Log::default();
        drop(counting(&log));
        let mut numbers = counting(&log);
        numbers.aclose().await;
        assert_eq!(numbers.next().await, None);
        assert!(log.borrow().is_empty());
    });
}

#[test]
fn one_that_is_dropped_is_closed_by_a_task_of_the_loop() {
    run(async {
        let log = Log::default();
        let mut numbers = counting(&log);
        numbers.next().await;
        drop(numbers);
        assert_eq!(all_tasks().len(), 2);
        sleep(milliseconds(60)).await;
        assert_eq!((log.borrow().len(), all_tasks().len()), (1, 1));
    });
}

#[test]
fn an_item_that_clean_up_gives_is_dropped_and_the_close_comes_to_its_end() {
    run(async {
        let mut stubborn = generator(async |yielder: Yielder<&str>| {
            let clean_up = async || yielder.give("too late").await;
            finally(yielder.give("item"), clean_up).await;
        });
        assert_eq!(stubborn.next().await, Some("item"));
        stubborn.aclose().await;
        assert_eq!(stubborn.next().await, None);
    });
}

#[test]
fn the_end_of_run_closes_what_is_open_after_the_tasks_and_reports_what_fails() {
    let log = Log::default();
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = reports.clone();
    let builder = Loop::builder().paused_clock();
    let builder =
        builder.exception_handler(move |report| told.borrow_mut().push(report.to_string()));
    let runner = Runner::with_loop(builder.build().unwrap());
    let (one, mut bad) = (
        log.clone(),
        generator(async |yielder: Yielder<()>| {
            let clean_up = async || panic!("clean-up failed");
            finally(yielder.give(()), clean_up).await;
        }),
    );
    let kept = runner.run(async move {
        let mut numbers = counting(&one);
        numbers.next().await;
        bad.next().await;
        let clean_up = async move || {
            sleep(milliseconds(5)).await;
            one.borrow_mut().push("task".to_string());
        };
        drop(create_task(finally(std::future::pending::<()>(), clean_up)));
        yield_now().await;
        (numbers, bad)
    });
    runner.close();
    assert_eq!(*log.borrow(), ["task", "cleaned up"]);
    assert_eq!(reports.borrow().len(), 1, "{reports:?}");
    assert!(
        reports.borrow()[0].contains("clean-up failed"),
        "{reports:?}"
    );
    drop(kept);
}

/// A task that is cancelled at the end drops its generator, whose clean-up is not cancelled with it.
#[test]
fn the_end_of_run_waits_for_generators_that_its_tasks_drop() {
    let log = Log::default();
    let ours = log.clone();
    run(async move {
        let mut numbers = counting(&ours);
        numbers.next().await;
        drop(create_task(async move {
            sleep(milliseconds(3_600_000)).await;
            numbers.next().await;
        }));
        yield_now().await;
    });
    assert_eq!(*log.borrow(), ["cleaned up"]);
}

#[test]
fn a_body_that_panics_is_at_its_end() {
    run(async {
        let mut bad = generator(async |_: Yielder<()>| panic!("bad body"));
        let task = create_task(async move {
            let first =
                futures_lite::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(bad.next()));
            (first.await.is_err(), bad.next().await)
        });
        assert_eq!(task.await.unwrap(), (true, None));
    });
}

/// Foreign code drops `aclose` while the clean-up waits, and then the generator: the loop goes on with it.
#[test]
fn clean_up_that_was_given_up_goes_on_in_the_generators_drop() {
    run(async {
        let log = Log::default();
        let mut numbers = counting(&log);
        numbers.next().await;
        let waits = futures_lite::future::poll_once(numbers.aclose()).await;
        assert_eq!(waits, None);
        yield_now().await;
        let waits = futures_lite::future::poll_once(numbers.aclose()).await;
        assert_eq!((waits, log.borrow().len()), (None, 0));
        drop(numbers);
        sleep(milliseconds(60)).await;
        assert_eq!((log.borrow().len(), all_tasks().len()), (1, 1));
    });
}

#[test]
fn one_that_is_dropped_where_its_body_waits_is_closed_too() {
    run(async {
        let log = Log::default();
        let mut numbers = counting(&log);
        let waits = futures_lite::future::poll_once(numbers.next()).await;
        assert_eq!(waits, None);
        drop(numbers);
        sleep(milliseconds(60)).await;
        assert_eq!((log.borrow().len(), all_tasks().len()), (1, 1));
    });
}

/// Whoever cancels all tasks finds the one that closes, which has not taken its first step.
#[test]
fn a_close_whose_task_is_cancelled_before_it_begins_begins_again() {
    run(async {
        let log = Log::default();
        let mut numbers = counting(&log);
        numbers.next().await;
        let task = create_task(async move {
            numbers.aclose().await;
            numbers.next().await
        });
        yield_now().await;
        let closes = |task: &oneloop::task::AnyTask| task.name().contains("closes");
        assert!(
            all_tasks()
                .iter()
                .filter(|task| closes(task))
                .all(|task| task.cancel())
        );
        assert_eq!((task.await.unwrap(), log.borrow().len()), (None, 1));
    });
}

/// Threads are waited for last, also where they were used first: this one waits for the clean-up.
#[test]
fn the_end_of_run_closes_generators_before_it_waits_for_threads() {
    let (open, gate) = mpsc::channel();
    let (kept, job) = oneloop::run(async {
        let job = run_in_executor(None, move || gate.recv_timeout(Duration::from_secs(10)));
        let mut numbers = generator(async move |yielder: Yielder<()>| {
            finally(yielder.give(()), async || open.send(()).unwrap()).await;
        });
        numbers.next().await;
        // Somebody else must be able to ask for its outcome: dropped, it would be cancelled.
        (numbers, job)
    });
    assert_eq!(job.job().result(None).unwrap(), Ok(()));
    drop(kept);
}

#[test]
fn the_clean_up_of_one_that_is_closed_is_not_interrupted() {
    run(async {
        let log = Log::default();
        let mut numbers = counting(&log);
        numbers.next().await;
        drop(numbers);
        sleep(milliseconds(1)).await;
        let closes = |task: &oneloop::task::AnyTask| task.name().contains("closes");
        let tasks = all_tasks();
        let closing = tasks.iter().find(|task| closes(task)).unwrap();
        assert!(closing.cancel());
        sleep(milliseconds(60)).await;
        assert_eq!((log.borrow().len(), all_tasks().len()), (1, 1));
    });
}

#[test]
fn nothing_behind_the_last_item_runs_when_it_is_closed() {
    run(async {
        let mut two = generator(async |yielder: Yielder<u32>| {
            yielder.give(1).await;
            unreachable!("it was closed where it gave the first");
        });
        assert_eq!(two.next().await, Some(1));
        two.aclose().await;
        assert_eq!(two.next().await, None);
    });
}

/// It kept a waker for each time that it was asked.
#[test]
fn one_that_is_asked_often_while_it_is_closed_keeps_the_last_waker_only() {
    run(async {
        let mut numbers = counting(&Log::default());
        numbers.next().await;
        {
            let mut close = pin!(numbers.aclose());
            assert!(poll_once(close.as_mut()).await.is_pending());
        }
        let (first, last) = (Woken::new(), Woken::new());
        for asked in [&first, &last] {
            let waker = asked.waker();
            for _ in 0..100 {
                let next = Pin::new(&mut numbers).poll_next(&mut Context::from_waker(&waker));
                assert!(next.is_pending());
            }
        }
        assert_eq!((first.wakers(), last.wakers()), (0, 1));
        sleep(milliseconds(60)).await;
        assert_eq!((first.times(), last.times()), (0, 1));
        assert_eq!(numbers.next().await, None);
    });
}
