//! What is called at the wrong time or place panics at the caller's line and says what to do.
//! Next: `awaits.rs`; then read `wrong_thread.rs`.

mod awaits;

use oneloop::{Loop, create_task, run, yield_now};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, Once};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// Each panic's thread, file and line, as the hook was told.
static PLACES: Mutex<Vec<(ThreadId, String, u32)>> = Mutex::new(Vec::new());

/// Runs `misuse`, which panics; gives its message and the line of these tests where it panicked.
fn panic_of<R>(misuse: impl FnOnce() -> R) -> (String, &'static str) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.location().unwrap();
            let place = (thread::current().id(), place.file().into(), place.line());
            PLACES.lock().unwrap().push(place);
            before(panic);
        }));
    });
    let Err(payload) = catch_unwind(AssertUnwindSafe(misuse)) else {
        panic!("it was let through");
    };
    let message = match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload.downcast::<&str>().unwrap().to_string(),
    };
    let mut places = PLACES.lock().unwrap();
    let newest = places
        .iter()
        .rposition(|place| place.0 == thread::current().id())
        .unwrap();
    let (_, file, line) = places.remove(newest);
    drop(places); // Before another panic needs the hook.
    let text = match file.rsplit(['/', '\\']).next() {
        Some("main.rs") if file.contains("misuse") => include_str!("main.rs"),
        Some("awaits.rs") => include_str!("awaits.rs"),
        _ => panic!("{message}: at {file}:{line}"),
    };
    let line = text.lines().nth(line as usize - 1);
    (message, line.unwrap().trim())
}

const OUTSIDE: &str = "call it inside `oneloop::run(async { .. })`, \
    `event_loop.block_on(..)` or `event_loop.enter(..)`; elsewhere make tasks and callbacks by a `Handle` \
    of it, on other threads by its `Remote` (`handle.remote()`)";

/// Feature rows 132, 138.
/// Pain 19.
#[test]
fn outside_a_loop_each_function_names_itself_and_the_cure() {
    let second = Duration::from_secs(1);
    let instant = std::time::Instant::now();
    let check = |name: &str, (message, line): (String, &str)| {
        assert_eq!(
            message,
            format!("`{name}` was called outside a loop: {OUTSIDE}")
        );
        assert!(line.contains(&format!("{name}(")), "{line}");
    };
    check("sleep", panic_of(|| oneloop::sleep(second)));
    check("sleep_until", panic_of(|| oneloop::sleep_until(instant)));
    check(
        "timeout",
        panic_of(|| oneloop::timeout(second, pending::<()>())),
    );
    check(
        "timeout_at",
        panic_of(|| oneloop::timeout_at(instant, pending::<()>())),
    );
    check(
        "wait_for",
        panic_of(|| oneloop::wait_for(pending::<()>(), second)),
    );
    check("all_tasks", panic_of(|| oneloop::all_tasks()));
    check("task_tree", panic_of(|| oneloop::task_tree()));
    check("interval", panic_of(|| oneloop::interval(second)));
    check("now", panic_of(|| oneloop::now()));
    check("create_task", panic_of(|| create_task(async {})));
    check("call_soon", panic_of(|| oneloop::call_soon(|| ())));
    check(
        "call_later",
        panic_of(|| oneloop::call_later(second, || ())),
    );
    check("call_at", panic_of(|| oneloop::call_at(instant, || ())));
    let alone = |future| futures_lite::future::block_on(future);
    check(
        "to_thread",
        panic_of(|| alone(Box::pin(async { oneloop::to_thread(|| ()).await.unwrap() }))),
    );
    let builder = oneloop::task::Builder::new();
    let (message, line) = panic_of(|| builder.create_task(async {}));
    assert!(message.starts_with("`task::Builder::create_task` was called outside a loop"));
    assert!(line.contains("builder.create_task("), "{line}");
}

/// Feature rows 14, 132.
/// Pain 29.
#[test]
fn asking_for_a_loop_where_there_is_none_is_an_error_that_names_the_cure() {
    let error = Loop::current().unwrap_err();
    let text = format!("no loop is running on this thread: {OUTSIDE}");
    assert_eq!(error.to_string(), text);
    let error = oneloop::try_create_task(async {}).unwrap_err();
    assert_eq!(error.to_string(), text);
}

const INSIDE: &str = "`.await` the future, or hand it to `create_task`, instead of blocking on it. \
    What turns a loop itself (`turn`, `run`, `block_on`) belongs outside of tasks and of `enter`. \
    A second loop may be run on this thread before or after, not inside";

/// Feature row 17.
/// Pain 23.
#[test]
fn blocking_inside_a_loop_names_the_task_that_does_it_and_the_cure() {
    let expected = |what: &str, task: &str| {
        format!(
            "`{what}` was called inside a loop: a loop is running on this thread already{task}: \
             {INSIDE}"
        )
    };
    let event_loop = Loop::new().unwrap();
    event_loop.block_on(async {
        let (message, line) = panic_of(|| event_loop.block_on(async {}));
        assert_eq!(message, expected("block_on", " (inside Task-1)"));
        assert!(line.contains("event_loop.block_on("), "{line}");

        // Another loop is no way around it.
        let other = Loop::new().unwrap();
        let (message, line) = panic_of(|| other.turn(Some(Duration::ZERO)));
        assert_eq!(message, expected("turn", " (inside Task-1)"));
        assert!(line.contains("other.turn("), "{line}");
        let (message, line) = panic_of(|| other.enter(|| ()));
        assert_eq!(message, expected("enter", " (inside Task-1)"));
        assert!(line.contains("other.enter("), "{line}");
        let runner = oneloop::Runner::new().unwrap();
        let (message, line) = panic_of(|| runner.run(async {}));
        assert_eq!(message, expected("Runner::run", " (inside Task-1)"));
        assert!(line.contains("runner.run("), "{line}");
        let context = oneloop::contextvars::Context::new();
        let (message, line) = panic_of(|| runner.run_in(&context, async {}));
        assert_eq!(message, expected("Runner::run_in", " (inside Task-1)"));
        assert!(line.contains("runner.run_in("), "{line}");
        let (message, line) = panic_of(|| other.run_forever());
        assert_eq!(message, expected("run_forever", " (inside Task-1)"));
        assert!(line.contains("other.run_forever("), "{line}");

        let named = oneloop::task::Builder::new().name("blocker");
        let (message, line) = named
            .create_task(async { panic_of(|| run(async {})) })
            .await
            .unwrap();
        assert_eq!(
            message,
            expected("oneloop::run", " (inside Task-2 \"blocker\")")
        );
        assert!(line.contains("run(async {})"), "{line}");
    });
    // Entered, but no task runs.
    event_loop.enter(|| {
        let (message, line) = panic_of(|| event_loop.block_on(async {}));
        assert_eq!(message, expected("block_on", ""));
        assert!(line.contains("event_loop.block_on("), "{line}");
    });
    // All that left the loop as it was.
    assert_eq!(event_loop.block_on(async { 1 }), 1);
}

/// Pain 23.
#[test]
fn blocking_on_a_refused_future_drops_it_unpolled() {
    struct Dropped<'a>(&'a std::cell::Cell<bool>);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let dropped = std::cell::Cell::new(false);
    run(async {
        let guard = Dropped(&dropped);
        let refused = oneloop::try_run(async move {
            let _guard = guard;
            unreachable!()
        });
        let error = refused.unwrap_err();
        let text = format!("a loop is running on this thread already (inside Task-1): {INSIDE}");
        assert_eq!(error.to_string(), text);
        assert!(dropped.get());
    });
}

#[test]
fn stopping_a_loop_that_runs_until_a_future_is_done_panics_where_it_was_called() {
    let event_loop = Loop::new().unwrap();
    let left = event_loop.handle().create_task(pending::<()>());
    let stops = async {
        event_loop.stop();
        pending::<()>().await
    };
    let (message, line) = panic_of(|| event_loop.block_on(stops));
    assert!(line.contains("event_loop.block_on("), "{line}");
    assert_eq!(
        message,
        "the loop was stopped before the future of `block_on` was done: `stop` is for `run_forever`, \
         and `PanicPolicy::StopLoop` stops it when a task panics"
    );
    // The request to stop was used up, and the loop is none the worse for it.
    event_loop.block_on(yield_now());
    left.cancel();
    assert!(event_loop.block_on(left).unwrap_err().is_cancelled());
}

#[test]
fn a_handle_of_a_dropped_loop_says_so_at_the_callers_line() {
    let handle = Loop::new().unwrap().handle();
    let text = "the loop was dropped: keep the `Loop` alive (or `run` running) for as long as \
        others use its handles";
    let (message, line) = panic_of(|| handle.create_task(async {}));
    assert_eq!(message, text);
    assert!(line.contains("handle.create_task("), "{line}");
    let (message, line) = panic_of(|| handle.call_soon(|| ()));
    assert_eq!(message, text);
    assert!(line.contains("handle.call_soon("), "{line}");
    let (message, line) = panic_of(|| handle.call_later(Duration::ZERO, || ()));
    assert_eq!(message, text);
    assert!(line.contains("handle.call_later("), "{line}");
    handle.stop(); // This one has nothing to complain about.
}

#[test]
fn waiting_on_the_loops_own_thread_for_what_the_loop_should_do_panics() {
    run(async {
        let remote = Loop::current().unwrap().remote();
        let task = remote.spawn(|| async {}).unwrap();
        let (message, line) = panic_of(|| task.wait());
        assert_eq!(
            message,
            "`wait` would block the loop's own thread for ever: `.await` the task inside the loop, \
             or pass it to `event_loop.block_on(task)` outside; `wait` is for other threads"
        );
        assert!(line.contains("task.wait("), "{line}");
    });
}

#[test]
fn an_interval_of_no_time_is_refused_at_the_callers_line() {
    run(async {
        let (message, line) = panic_of(|| oneloop::interval(Duration::ZERO));
        assert_eq!(message, "an interval needs a period longer than zero");
        assert!(line.contains("interval("), "{line}");
    });
}

#[test]
fn a_pool_of_nobody_is_refused_at_the_callers_line() {
    let (message, line) = panic_of(|| oneloop::executor::ThreadPool::new(0));
    assert!(message.contains("at least one thread"), "{message}");
    assert!(line.contains("ThreadPool::new(0)"), "{line}");
}
