//! What becomes of tasks when they, or their loop, are to end. Next: `idle.rs`.

use crate::{milliseconds, reporting, run};
use oneloop::cancel::{Caught, catch};
use oneloop::task::{Builder, TaskState};
use oneloop::{Loop, ReportKind, all_tasks, create_task, current_task, sleep, yield_now};
use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;

struct Guard(Rc<Cell<u32>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// Outside debug mode, too: asyncio's "Task was destroyed but it is pending!".
///
/// Feature rows 20, 33, 135.
/// Pain 2.
#[test]
fn tasks_that_are_pending_when_a_loop_closes_are_dropped_and_named_line_by_line() {
    for closes in [true, false] {
        let (event_loop, reports) = reporting();
        let dropped = Rc::new(Cell::new(0));
        let line = line!() + 4;
        event_loop.block_on(async {
            let waits = |guard: Guard| async move { (pending::<()>().await, drop(guard)) };
            let guard = || Guard(dropped.clone());
            drop(Builder::new().name("crawler").create_task(waits(guard())));
            drop(create_task(waits(guard())));
            drop(create_task(async { "ended in time" }));
            yield_now().await;
        });
        assert_eq!((dropped.get(), reports.borrow().len()), (0, 0));
        match closes {
            true => event_loop.close(),
            false => drop(event_loop),
        }
        assert_eq!(dropped.get(), 2);
        let reports = reports.borrow();
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].kind(), ReportKind::Unfinished);
        let (text, file) = (reports[0].to_string(), file!());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "2 tasks were still unfinished when the loop was dropped:"
        );
        let [first, second] = [line, line + 1].map(|line| format!("made at {file}:{line}:"));
        assert!(lines[1].contains("Task-2 \"crawler\", ") && lines[1].contains(&first));
        assert!(lines[2].contains("Task-3, ") && lines[2].contains(&second));
        let unknown = ", waits for something unknown";
        assert!(lines[1].ends_with(unknown) && lines[2].ends_with(unknown));
        assert!(lines[3].contains("`Loop::builder().debug()`"));
        assert_eq!(lines.len(), 4);
    }
}

/// Feature row 139.
#[test]
fn a_cancelled_task_cleans_up_with_awaits_and_is_cancelled_once() {
    run(async {
        let cleaned = Rc::new(Cell::new(false));
        let cleans = cleaned.clone();
        let task = create_task(async move {
            let ended = catch(pending::<()>()).await;
            sleep(milliseconds(10)).await;
            cleans.set(true);
            ended.or_resume().await
        });
        yield_now().await;
        assert!(task.cancel());
        assert_eq!(task.state(), TaskState::Pending);
        sleep(milliseconds(10)).await;
        yield_now().await;
        assert_eq!((task.state(), cleaned.get()), (TaskState::Cancelled, true));
        assert!(!task.cancel(), "there is nothing left to cancel");
    });
}

/// Feature row 139.
#[test]
fn all_tasks_can_be_cancelled_and_the_loop_stopped_when_all_have_cleaned_up() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    let handle = event_loop.handle();
    let story = Rc::new(RefCell::new(Vec::new()));
    for time in [30, 10, 20] {
        let told = story.clone();
        drop(handle.create_task(async move {
            let ended = catch(pending::<()>()).await;
            sleep(milliseconds(time)).await;
            told.borrow_mut().push(time);
            ended.or_resume().await
        }));
    }
    let stops = handle.clone();
    drop(handle.create_task(async move {
        sleep(milliseconds(5)).await;
        let me = current_task().unwrap();
        let others: Vec<_> = all_tasks().into_iter().filter(|task| *task != me).collect();
        assert!(others.iter().all(|task| task.cancel()));
        while !others.iter().all(|task| task.done()) {
            sleep(milliseconds(1)).await;
        }
        stops.stop();
    }));
    event_loop.run_forever();
    assert_eq!(*story.borrow(), [10, 20, 30]);
    assert_eq!(handle.stats().live_tasks, 0);
}
