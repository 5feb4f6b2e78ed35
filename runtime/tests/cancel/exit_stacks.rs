//! `ExitStack`: order, what each exit is told, and what it may make of it.

use crate::story::milliseconds;
use oneloop::cancel::{Exit, ExitStack, Leave};
use oneloop::{Loop, ReportKind, create_task, run, sleep, yield_now};
use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;

type Log = RefCell<Vec<String>>;

/// An exit that awaits, says what it was told, and leaves in this way.
async fn leave(
    log: &Log,
    name: &str,
    exit: Exit<'_, (), String>,
    leave: Result<Leave, &str>,
) -> Result<Leave, String> {
    let told = match exit {
        Exit::Value(()) => "value".to_string(),
        Exit::Error(error) => format!("error {error}"),
        Exit::Cancelled => "cancelled".to_string(),
    };
    yield_now().await;
    log.borrow_mut().push(format!("{name}: {told}"));
    leave.map_err(str::to_string)
}

/// Each exit learns what came of those inside of it, whatever that was before.
///
/// Feature row 47.
#[test]
fn each_exit_is_told_how_it_ended_and_may_swallow_it_or_put_another_error_in_its_place() {
    let log = Log::default();
    let ended = run(ExitStack::scope(async |stack| {
        stack.push(async |exit: Exit<'_, _, _>| leave(&log, "a", exit, Ok(Leave::GoOn)).await);
        stack.push(async |exit: Exit<'_, _, _>| leave(&log, "b", exit, Ok(Leave::Swallow)).await);
        stack.push(async |exit: Exit<'_, _, _>| leave(&log, "c", exit, Err("second")).await);
        stack.push(async |exit: Exit<'_, _, _>| leave(&log, "d", exit, Ok(Leave::GoOn)).await);
        Err::<(), _>("first".to_string())
    }));
    assert_eq!(ended, Ok(None));
    let expected = [
        "d: error first",
        "c: error first",
        "b: error second",
        "a: value",
    ];
    assert_eq!(*log.borrow(), expected);
}

#[test]
fn an_exit_that_fails_takes_the_place_of_a_value() {
    let log = Log::default();
    let ended = run(ExitStack::scope(async |stack| {
        stack.push(async |exit: Exit<'_, _, _>| leave(&log, "a", exit, Ok(Leave::GoOn)).await);
        stack.push(async |exit: Exit<'_, _, _>| leave(&log, "b", exit, Err("stuck")).await);
        Ok(1)
    }));
    assert_eq!(ended, Err("stuck".to_string()));
    assert_eq!(*log.borrow(), ["b: value", "a: error stuck"]);
}

/// Opened in a row, of which one fails: those before it are closed, itself is not.
#[test]
fn what_fails_to_open_is_not_closed_and_those_before_it_are() {
    let log = Log::default();
    let ended = run(ExitStack::scope(async |stack| {
        for (name, opens) in [("a", true), ("b", false), ("c", true)] {
            let open = async {
                yield_now().await;
                opens.then_some(name).ok_or("no such file".to_string())
            };
            let close = async |name: &str, exit: Exit<'_, _, _>| {
                leave(&log, name, exit, Ok(Leave::GoOn)).await
            };
            assert_eq!(stack.enter_context(open, close).await?, name);
        }
        Ok(())
    }));
    assert_eq!(ended, Err("no such file".to_string()));
    assert_eq!(*log.borrow(), ["a: error no such file"]);
}

/// Cancelled in its body; `first` is what the first exit makes of it.
fn cancelled(first: Result<Leave, &'static str>) -> (Vec<String>, bool, Vec<ReportKind>) {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = reports.clone();
    let event_loop = Loop::builder()
        .exception_handler(move |report| told.borrow_mut().push(report.kind()))
        .build()
        .unwrap();
    let log = Rc::new(Log::default());
    let ours = log.clone();
    let cancelled = event_loop.block_on(async move {
        let task = create_task(async move {
            let ended = ExitStack::scope(async |stack| {
                stack.push(async |exit: Exit<'_, _, _>| {
                    leave(&ours, "a", exit, Ok(Leave::GoOn)).await
                });
                stack.push(async |exit: Exit<'_, _, _>| leave(&ours, "b", exit, first).await);
                pending::<()>().await;
                Ok(())
            });
            assert_eq!(ended.await, Ok(None));
            yield_now().await;
        });
        yield_now().await;
        task.cancel();
        task.await.is_err_and(|error| error.is_cancelled())
    });
    let reports = reports.borrow().clone();
    let log = log.borrow().clone();
    (log, cancelled, reports)
}

#[test]
fn a_cancellation_goes_on_when_all_exits_have_run_unless_one_swallows_it() {
    let both = |outer: &str| vec!["b: cancelled".to_string(), format!("a: {outer}")];
    let goes_on = (both("cancelled"), true, vec![]);
    assert_eq!(cancelled(Ok(Leave::GoOn)), goes_on);
    assert_eq!(
        cancelled(Ok(Leave::Swallow)),
        (both("value"), false, vec![])
    );
    // An error does not make an end of it, and is told all the same.
    let told = (both("cancelled"), true, vec![ReportKind::CloseError]);
    assert_eq!(cancelled(Err("stuck")), told);
}

#[test]
fn a_request_that_comes_while_exits_run_waits_until_all_have() {
    let log = Rc::new(Log::default());
    let ours = log.clone();
    run(async {
        let task = create_task(async move {
            let ended = ExitStack::<String>::scope(async |stack| {
                for name in ["a", "b"] {
                    stack.async_callback(async || {
                        sleep(milliseconds(2)).await;
                        ours.borrow_mut().push(name.to_string());
                    });
                }
                Ok(())
            });
            ended.await.unwrap();
            pending::<()>().await;
        });
        yield_now().await;
        task.cancel();
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(*log.borrow(), ["b", "a"]);
}

#[test]
fn what_was_popped_is_closed_later_and_only_once() {
    let log = Log::default();
    let kept = run(ExitStack::<String>::scope(async |stack| {
        stack.callback(|| log.borrow_mut().push("popped".to_string()));
        let kept = stack.pop_all();
        stack.callback(|| log.borrow_mut().push("stays".to_string()));
        Ok(kept)
    }));
    assert_eq!(*log.borrow(), ["stays"]);
    run(kept.unwrap().unwrap().close()).unwrap();
    assert_eq!(*log.borrow(), ["stays", "popped"]);
}
