//! What debug mode finds: slow steps, stalls, deadlocks, requests and bodies that were dropped. These
//! tests need real time: a step that blocks is the point. Read `task_tree` next.

use oneloop::cancel::{Caught, catch};
use oneloop::sync::Promise;
use oneloop::task::Builder;
use oneloop::{Loop, Report, ReportKind, create_task, sleep, timeout, yield_now};
use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

const LIMIT: Duration = Duration::from_millis(100);

type Heard = Rc<RefCell<Vec<Report>>>;

fn debug() -> (oneloop::Builder, Heard) {
    let heard = Heard::default();
    let told = heard.clone();
    let builder = Loop::builder()
        .debug()
        .slow_callback_duration(LIMIT)
        .on_stall(|_| ())
        .exception_handler(move |report| told.borrow_mut().push(report.clone()));
    (builder, heard)
}

fn kinds(heard: &Heard) -> Vec<ReportKind> {
    heard.borrow().iter().map(Report::kind).collect()
}

/// Feature row 9.
/// Pain 24.
#[test]
fn a_step_over_the_limit_is_reported_with_its_task_and_a_shorter_one_is_not() {
    for seed in [None, Some(1)] {
        let (mut builder, heard) = debug();
        if let Some(seed) = seed {
            builder = builder.seed(seed);
        }
        builder.build().unwrap().block_on(async {
            yield_now().await;
            thread::sleep(Duration::from_millis(10));
            yield_now().await;
            let slow = Builder::new().name("slow").create_task(async {
                thread::sleep(LIMIT);
            });
            slow.await.unwrap();
            oneloop::call_soon(|| thread::sleep(LIMIT));
            yield_now().await;
            thread::sleep(LIMIT);
        });
        assert_eq!(kinds(&heard), [ReportKind::SlowStep; 3]);
        let reports = heard.borrow();
        let names: Vec<_> = reports.iter().map(Report::task_name).collect();
        let root = Some("Task-1".to_owned());
        assert_eq!(names, [Some("slow".to_owned()), None, root]);
        for report in reports.iter() {
            assert!(report.took().unwrap() >= LIMIT);
            assert!(report.made_at().unwrap().file().ends_with("debug_mode.rs"));
        }
        assert!(reports[0].to_string().contains("held the loop for 1"));
    }
}

/// Pain 24.
#[test]
fn a_step_that_still_runs_is_reported_by_the_watchdog() {
    let (send, stalls) = mpsc::channel();
    let (builder, heard) = debug();
    let event_loop = builder
        .on_stall(move |report| send.send(report.clone()).unwrap())
        .build()
        .unwrap();
    event_loop.block_on(async {
        let task = Builder::new().name("stuck").create_task(async move {
            // It goes on only once the watchdog has told of it: a deadlock if it never does.
            stalls.recv().unwrap()
        });
        let report = task.await.unwrap();
        assert_eq!(report.kind(), ReportKind::Stall);
        assert_eq!(report.task_name().unwrap(), "stuck");
        assert!(report.took().unwrap() >= LIMIT);
        assert!(report.to_string().ends_with("and still does"));
    });
    assert_eq!(kinds(&heard), [ReportKind::SlowStep], "and at its end");
}

/// Feature rows 26, 136.
#[test]
fn a_deadlock_is_reported_once_with_the_tasks_and_the_loop_waits_on() {
    let (send, deadlocks) = mpsc::channel();
    let builder = Loop::builder()
        .debug()
        .deadlock_after(LIMIT)
        .exception_handler(move |report| send.send(report.clone()).unwrap());
    let event_loop = builder.build().unwrap();
    let (give, take) = mpsc::channel();
    // A bare waker on another thread: what the loop cannot see. It comes after the report.
    let waker = thread::spawn(move || {
        let waker: std::task::Waker = take.recv().unwrap();
        let report: Report = deadlocks.recv().unwrap();
        assert!(deadlocks.recv_timeout(3 * LIMIT).is_err(), "told once");
        waker.wake();
        report
    });
    event_loop.block_on(async {
        let promise = Promise::<()>::new();
        let future = promise.future();
        let waits = Builder::new().name("waits").create_task(future);
        let mut polls = 0;
        poll_fn(|context| {
            polls += 1;
            if polls == 1 {
                give.send(context.waker().clone()).unwrap();
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
        promise.set_result(()).unwrap();
        waits.await.unwrap().unwrap();
    });
    let report = waker.join().unwrap();
    assert_eq!(report.kind(), ReportKind::Deadlock);
    let text = report.to_string();
    assert!(text.starts_with("all tasks wait and nothing can wake them:\n  Task-1, made at "));
    assert!(text.contains("Task-2 \"waits\""), "{text}");
    assert!(text.contains(", waits for a promise, for "), "{text}");
    let cure = text.lines().last().unwrap();
    assert!(cure.contains("let it hold a `Remote` until then"), "{cure}");
}

#[test]
fn a_dropped_cancellation_that_goes_on_is_reported_and_an_answered_one_is_not() {
    let (builder, heard) = debug();
    builder.build().unwrap().block_on(async {
        let forgets = forgetful();
        let resumes = create_task(async {
            if let Err(cancelled) = catch(pending::<()>()).await {
                cancelled.resume().await;
            }
        });
        let suppresses = create_task(async {
            catch(pending::<()>()).await.unwrap_err().suppress();
        });
        let interrupted = create_task(async {
            let _held = catch(pending::<()>()).await;
            pending::<()>().await;
        });
        yield_now().await;
        for task in oneloop::all_tasks() {
            task.cancel();
        }
        assert!(forgets.await.unwrap_err().is_cancelled());
        assert!(resumes.await.unwrap_err().is_cancelled());
        suppresses.await.unwrap();
        // A second request drops the body with the token in it: that is how it should be.
        interrupted.cancel();
        assert!(interrupted.await.unwrap_err().is_cancelled());
    });
    assert_eq!(kinds(&heard), [ReportKind::CancelDropped]);
    let report = &heard.borrow()[0];
    assert_eq!(report.task_name().unwrap(), "forgets");
    let made_at = report.made_at().unwrap();
    assert_eq!((made_at.file(), made_at.line()), (file!(), FORGETFUL));
    let whom = format!("Task-2 \"forgets\", made at {made_at}, a caught cancellation was dropped");
    assert!(report.to_string().starts_with(&whom), "{report}");
}

/// Each was a report of its own, and a loop that drops what it catches flooded the log.
#[test]
fn of_a_tasks_dropped_cancellations_the_first_is_reported_and_the_others_are_counted() {
    let (builder, heard) = debug();
    builder.build().unwrap().block_on(async {
        let drops = |times: usize| async move {
            for _ in 0..times {
                let goes_on = catch(async {
                    let _gone = catch(pending::<()>()).await.is_err();
                    pending::<()>().await;
                });
                goes_on.await.unwrap_err().suppress();
            }
        };
        let often = Builder::new().name("often").create_task(drops(5));
        let once = Builder::new().name("once").create_task(drops(1));
        yield_now().await;
        while !often.done() {
            often.cancel();
            once.cancel();
            for _ in 0..4 {
                yield_now().await;
            }
        }
        once.await.unwrap();
    });
    assert_eq!(kinds(&heard), [ReportKind::CancelDropped; 3]);
    let heard = heard.borrow();
    let of = |name: &str| {
        let is_its = |report: &&Report| report.task_name().unwrap() == name;
        heard.iter().filter(is_its).collect::<Vec<_>>()
    };
    assert_eq!((of("often").len(), of("once").len()), (2, 1));
    assert_eq!(
        of("often")[1].message(),
        "after the first one, 4 more caught cancellations were dropped, as the report of that one says"
    );
}

/// A task that drops the request which it caught.
fn forgetful() -> oneloop::Task<()> {
    Builder::new().name("forgets").create_task(async {
        let _gone = catch(pending::<()>()).await.is_err();
        pending::<()>().await;
    })
}

/// The line in which that one is made.
const FORGETFUL: u32 = line!() - 7;

#[test]
fn a_body_that_a_foreign_select_drops_is_reported_and_our_own_constructs_are_not() {
    let (builder, heard) = debug();
    builder.build().unwrap().block_on(async {
        // Ours: a time-out, a cancelled task, a gather.
        let body = async { catch(pending::<()>()).await.or_resume().await };
        let late = timeout(Duration::from_millis(1), body).await;
        assert!(late.is_err());
        let task = create_task(async { catch(pending::<()>()).await.is_ok() });
        yield_now().await;
        task.cancel();
        let _ended = task.await;
        let _both = oneloop::gather((catch(yield_now()), catch(async { 1 }))).await;
        assert!(
            heard
                .borrow()
                .iter()
                .all(|report| report.kind() == ReportKind::CancelDropped)
        );
        heard.borrow_mut().clear();

        // Foreign: whoever is ready first drops the other.
        let loser = async {
            let ended = catch(sleep(Duration::from_secs(60))).await;
            drop(ended);
        };
        {
            let (mut loser, mut winner) = (pin!(loser), pin!(yield_now()));
            poll_fn(|context| {
                let _pending = loser.as_mut().poll(context);
                winner.as_mut().poll(context)
            })
            .await;
        }
    });
    assert_eq!(kinds(&heard), [ReportKind::BodyDropped]);
    let text = heard.borrow()[0].to_string();
    assert!(text.starts_with("Task-1, made at "), "{text}");
    assert!(text.contains(file!()), "{text}");
}

/// Feature row 20.
/// Pain 2.
#[test]
fn a_loop_that_is_dropped_with_tasks_in_it_lists_them() {
    let (builder, heard) = debug();
    let event_loop = builder.build().unwrap();
    let sleeper = async { sleep(Duration::from_secs(60)).await };
    let _detached = event_loop.handle().create_task(sleeper);
    let _ran = event_loop.turn(Some(Duration::ZERO)).unwrap();
    event_loop.close();
    assert_eq!(kinds(&heard), [ReportKind::Unfinished]);
    let text = heard.borrow()[0].to_string();
    assert!(text.starts_with("1 task was still unfinished when the loop was dropped:\n"));
    assert!(text.contains("waits for a timer due in "), "{text}");
}

#[test]
fn without_debug_mode_nothing_of_it_is_told() {
    let heard = Heard::default();
    let told = heard.clone();
    let event_loop = Loop::builder()
        .slow_callback_duration(Duration::ZERO)
        .exception_handler(move |report| told.borrow_mut().push(report.clone()))
        .build()
        .unwrap();
    event_loop.block_on(async {
        let task = create_task(async {
            let _gone = catch(pending::<()>()).await.is_err();
            pending::<()>().await;
        });
        yield_now().await;
        task.cancel();
        assert!(task.await.is_err());
    });
    event_loop.close();
    assert!(heard.borrow().is_empty());
}
