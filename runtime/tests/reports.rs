//! Failures that nobody looked at reach the exception handler, each once and at the right moment.
//! Read `runner.rs` next.

use oneloop::sync::Promise;
use oneloop::task::Builder;
use oneloop::{Loop, PanicPolicy, Report, ReportKind, call_soon, create_task, yield_now};
use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

type Story = Rc<RefCell<Vec<String>>>;

/// A loop whose reports are told in a story.
fn told() -> (Loop, Story) {
    let story = Story::default();
    let heard = story.clone();
    let handler = move |report: &Report| {
        let error = report.error().unwrap_or("no text");
        let line = format!("{:?}: {} | {error}", report.kind(), report.message());
        heard.borrow_mut().push(line);
    };
    let event_loop = Loop::builder().exception_handler(handler).build().unwrap();
    (event_loop, story)
}

fn say(story: &Story, text: &str) {
    story.borrow_mut().push(text.to_owned());
}

async fn fails(text: &str) {
    panic!("{text}");
}

const TASK: &str = "Task exception was never retrieved";

/// Pain 3.
#[test]
fn a_failed_task_is_reported_when_its_last_handle_goes_unless_somebody_looked() {
    let (event_loop, story) = told();
    event_loop.block_on(async {
        let ignored = create_task(fails("ignored"));
        let seen = create_task(fails("looked at"));
        yield_now().await;
        yield_now().await;
        assert!(ignored.done() && seen.done());
        assert!(seen.result().unwrap().unwrap_err().is_panic());
        drop(seen);
        say(&story, "dropped the one that was looked at");
        drop(ignored);
        say(&story, "dropped the ignored one");
    });
    assert_eq!(
        *story.borrow(),
        [
            "dropped the one that was looked at",
            &format!("TaskPanic: {TASK} | ignored"),
            "dropped the ignored one",
        ]
    );
}

/// Pain 3.
#[test]
fn a_task_that_nobody_holds_is_reported_at_its_end() {
    let (event_loop, story) = told();
    event_loop.block_on(async {
        drop(create_task(fails("at once")));
        yield_now().await;
        say(&story, "the next turn");
    });
    let at_once = format!("TaskPanic: {TASK} | at once");
    assert_eq!(*story.borrow(), [&at_once, "the next turn"]);
}

#[test]
fn an_error_is_reported_only_where_it_was_asked_for_and_nobody_took_it() {
    let (event_loop, story) = told();
    let failing = |text: &'static str| async move { Err::<(), &str>(text) };
    let reporting = || Builder::new().report_errors();
    event_loop.block_on(async {
        // Not asked for: a `Result` is a value like any other.
        drop(create_task(failing("silent")));
        // Taken, by value, by reference, and by a look.
        assert!(
            reporting()
                .create_task(failing("taken"))
                .await
                .unwrap()
                .is_err()
        );
        let shared = reporting().create_task(failing("shared"));
        assert!((&shared).await.unwrap().is_err());
        drop(shared);
        let looked = reporting().create_task(failing("looked at"));
        yield_now().await;
        assert!(looked.result().unwrap().unwrap().is_err());
        drop(looked);
        // Not an error, and not an end at all.
        drop(reporting().create_task(async { Ok::<(), &str>(()) }));
        let cancelled = reporting().create_task(std::future::pending::<Result<(), &str>>());
        cancelled.cancel();
        drop(cancelled);
        yield_now().await;
        assert!(story.borrow().is_empty(), "{story:?}");

        // Dropped before its end, and after it.
        drop(reporting().create_task(failing("nobody held it")));
        yield_now().await;
        let held = reporting().create_task(failing("nobody looked"));
        yield_now().await;
        say(&story, "now");
        drop(held);
    });
    assert_eq!(
        *story.borrow(),
        [
            &format!("TaskError: {TASK} | nobody held it"),
            "now",
            &format!("TaskError: {TASK} | nobody looked"),
        ]
    );
}

#[test]
fn an_error_whose_text_panics_ends_nothing() {
    struct Bad;
    impl fmt::Display for Bad {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no text");
        }
    }
    let (event_loop, story) = told();
    event_loop.block_on(async {
        drop(
            Builder::new()
                .report_errors()
                .create_task(async { Err::<(), _>(Bad) }),
        );
        let held = Builder::new()
            .report_errors()
            .create_task(async { Err::<(), _>(Bad) });
        yield_now().await;
        drop(held);
        yield_now().await;
    });
    assert!(story.borrow().is_empty());
}

#[test]
fn a_panic_in_a_callback_is_reported_and_the_loop_goes_on() {
    let (event_loop, story) = told();
    event_loop.block_on(async {
        call_soon(|| panic!("in a callback"));
        yield_now().await;
        say(&story, "goes on");
    });
    assert_eq!(
        *story.borrow(),
        [
            "CallbackPanic: Exception in callback | in a callback",
            "goes on"
        ]
    );
}

#[test]
fn a_promise_that_failed_unread_is_reported_and_a_cancelled_or_awaited_one_is_not() {
    let (event_loop, story) = told();
    event_loop.block_on(async {
        let promises: [Promise<()>; 3] = std::array::from_fn(|_| Promise::new());
        promises[0].set_exception("x").unwrap();
        promises[1].cancel();
        promises[2].set_exception("y").unwrap();
        assert!((&promises[2]).await.is_err());
        let [unread, cancelled, awaited] = promises;
        drop((cancelled, awaited));
        say(&story, "dropping the unread one");
        let second = unread.clone();
        drop(unread);
        say(&story, "a clone is left");
        drop(second);
    });
    assert_eq!(
        *story.borrow(),
        [
            "dropping the unread one",
            "a clone is left",
            "PromiseError: Future exception was never retrieved | x",
        ]
    );
}

#[test]
fn a_report_names_the_task_and_its_place() {
    let event_loop = Loop::new().unwrap();
    let seen = Rc::new(RefCell::new(None));
    let keep = seen.clone();
    event_loop
        .handle()
        .set_exception_handler(move |report| *keep.borrow_mut() = Some(report.clone()));
    event_loop.block_on(async {
        let task = Builder::new().name("fetch").create_task(fails("oh"));
        task.set_name("renamed");
        drop(task);
        yield_now().await;
    });
    let report = seen.take().unwrap();
    assert_eq!(report.kind(), ReportKind::TaskPanic);
    assert_eq!(report.task_name().unwrap(), "renamed");
    let place = report.made_at().unwrap();
    assert!(place.file().ends_with("reports.rs"));
    assert_eq!(
        report.to_string(),
        format!("Task-2 \"renamed\", made at {place}, panicked and nobody awaited it: oh")
    );
}

#[test]
fn a_handler_that_panics_or_fails_itself_ends_nothing() {
    let event_loop = Loop::new().unwrap();
    let calls = Rc::new(RefCell::new(0));
    let count = calls.clone();
    event_loop.handle().set_exception_handler(move |_| {
        *count.borrow_mut() += 1;
        // A failure in the handler goes to standard error, not round in a circle.
        let promise = Promise::<()>::new();
        promise.set_exception("from the handler").unwrap();
        drop(promise);
        panic!("the handler");
    });
    event_loop.block_on(async {
        for _ in 0..2 {
            call_soon(|| panic!("in a callback"));
        }
        yield_now().await;
    });
    assert_eq!(*calls.borrow(), 2);
}

#[test]
fn a_handle_that_is_dropped_between_the_runs_or_after_the_loop_is_reported_too() {
    let (event_loop, story) = told();
    let late = || event_loop.handle().create_task(fails("late"));
    let (between, after) = (late(), late());
    event_loop.block_on(yield_now());
    drop(between);
    assert_eq!(*story.borrow(), [format!("TaskPanic: {TASK} | late")]);
    drop(event_loop);
    drop(after); // To standard error: the handler went with the loop.
    assert_eq!(story.borrow().len(), 1);
    assert_eq!(Rc::strong_count(&story), 1, "the handler was dropped");
}

#[test]
fn a_panic_that_went_on_is_not_reported() {
    let (_, story) = told();
    let heard = story.clone();
    let event_loop = Loop::builder()
        .panic_policy(PanicPolicy::Propagate)
        .exception_handler(move |report| say(&heard, report.message()))
        .build()
        .unwrap();
    let task = event_loop.handle().create_task(fails("goes on"));
    let ended = catch_unwind(AssertUnwindSafe(|| event_loop.block_on(yield_now())));
    assert_eq!(*ended.unwrap_err().downcast::<String>().unwrap(), "goes on");
    drop(task);
    assert!(story.borrow().is_empty());
}
