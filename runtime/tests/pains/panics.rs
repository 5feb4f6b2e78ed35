//! A task's panic is never swallowed: who hears of it depends on the policy, not on luck.

use oneloop::{Loop, PanicPolicy, ReportKind, create_task, sleep, task, yield_now};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

type Reports = Rc<RefCell<Vec<String>>>;

/// A loop with this policy, on which a task panics that nobody awaits; the reports of it; and how
/// many seconds another task has counted.
fn with_policy(policy: PanicPolicy) -> (Loop, Reports, Rc<Cell<u32>>) {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = reports.clone();
    let event_loop = Loop::builder()
        .paused_clock()
        .panic_policy(policy)
        .exception_handler(move |report| {
            if report.kind() == ReportKind::TaskPanic {
                told.borrow_mut().push(report.to_string());
            }
        })
        .build()
        .unwrap();
    let steps = Rc::new(Cell::new(0));
    let step = steps.clone();
    let handle = event_loop.handle();
    drop(handle.create_task(async move {
        loop {
            sleep(Duration::from_secs(1)).await;
            step.set(step.get() + 1);
        }
    }));
    drop(handle.create_task(async {
        sleep(Duration::from_millis(2500)).await;
        let broken = task::Builder::new().name("broken");
        drop(broken.create_task(async { panic!("in the background") }));
    }));
    (event_loop, reports, steps)
}

const TEXT: &str = "panicked and nobody awaited it: in the background";

/// Pain 22.
#[test]
fn a_panic_is_reported_at_once_with_name_and_place_and_the_others_go_on() {
    let (event_loop, reports, steps) = with_policy(PanicPolicy::Report);
    event_loop.block_on(async {
        sleep(Duration::from_millis(2600)).await;
        let reports = reports.take();
        assert_eq!(reports.len(), 1, "at once, not at the end of the program");
        assert!(reports[0].contains("\"broken\"") && reports[0].contains("panics.rs:"));
        assert!(reports[0].ends_with(TEXT), "{reports:?}");
        sleep(Duration::from_secs(2)).await;
    });
    assert_eq!(steps.get(), 4);
}

/// Pain 22.
#[test]
fn a_panic_can_end_whoever_turns_the_loop() {
    let (event_loop, reports, steps) = with_policy(PanicPolicy::Propagate);
    let turned = catch_unwind(AssertUnwindSafe(|| event_loop.run_forever()));
    let text = *turned.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!((text, steps.get()), ("in the background", 2));
    assert!(reports.borrow().is_empty(), "it was not lost: it went on");
}

/// Pain 22.
#[test]
fn a_panic_can_stop_the_loop() {
    let (event_loop, reports, steps) = with_policy(PanicPolicy::StopLoop);
    event_loop.run_forever();
    assert_eq!((reports.borrow().len(), steps.get()), (1, 2));
    // Whoever stopped may go on, where that makes sense.
    event_loop.block_on(async {
        create_task(sleep(Duration::from_secs(1))).await.unwrap();
        yield_now().await;
    });
    assert_eq!(steps.get(), 3);
}
