//! What is called at the wrong time or place panics at the caller's line and says what to do.
//! Read `wrong_thread.rs` next.

use oneloop::{Loop, create_task, run, yield_now};
use std::cell::RefCell;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Mutex, Once};
use std::task::{Context, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// Each panic's thread, file and line, as the hook was told.
static PLACES: Mutex<Vec<(ThreadId, String, u32)>> = Mutex::new(Vec::new());

/// Runs `misuse`, which panics; gives its message and the line of this file where it panicked.
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
    assert!(file.ends_with("misuse.rs"), "{message}: at {file}:{line}");
    let line = include_str!("misuse.rs").lines().nth(line as usize - 1);
    (message, line.unwrap().trim())
}

const OUTSIDE: &str = "call it inside `oneloop::run(async { .. })`, \
    `event_loop.block_on(async { .. })` or `event_loop.enter(|| ..)`; tasks and callbacks can be made \
    anywhere on the loop's thread by a `Handle` of it, and from other threads by its `Remote` \
    (`handle.remote()`)";

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

/// Polls `future` once, which panics.
fn panic_in(future: impl Future) -> (String, &'static str) {
    let mut future = std::pin::pin!(future);
    panic_of(|| {
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    })
}

const AGAIN: &str = "was awaited again after its output was taken; await it by reference each \
    time, as in `(&task).await`, to have the output more than once";

#[test]
fn awaiting_a_task_again_after_its_output_was_taken_says_how_to_have_it_twice() {
    let again = |mut task: oneloop::Task<i32>| async move { (&mut task).await.unwrap() };
    run(async {
        let (mut task, made_at) = (create_task(async { 1 }), line!());
        assert_eq!((&mut task).await.unwrap(), 1);
        let (message, line) = panic_in(async { (&task).await.unwrap() });
        let begin = format!("Task-2, made at {}:{made_at}:", file!());
        assert!(message.starts_with(&begin), "{message}");
        assert!(message.ends_with(AGAIN), "{message}");
        assert!(line.contains("(&task).await"), "{line}");
        // Through a `&mut`, the place would be core's.
        let error = create_task(again(task)).await.unwrap_err();
        let begin = format!("the task panicked: {begin}");
        assert!(error.to_string().starts_with(&begin), "{error}");
        assert!(error.to_string().ends_with(AGAIN), "{error}");
        let named = oneloop::task::Builder::new().name("n1");
        let mut task = named.create_task(async { 1 });
        assert_eq!((&mut task).await.unwrap(), 1);
        let (message, _) = panic_in(async { (&task).await.unwrap() });
        assert!(message.starts_with("Task-4 \"n1\", made at "), "{message}");
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
fn a_task_that_awaits_itself_panics_instead_of_waiting_for_ever() {
    run(async {
        let place: Rc<RefCell<Option<oneloop::Task<()>>>> = Rc::default();
        let mine = place.clone();
        let watch = create_task(async move {
            let mut me = mine.borrow_mut().take().unwrap();
            (&mut me).await.unwrap();
        });
        let id = watch.id();
        *place.borrow_mut() = Some(watch);
        let mut all = oneloop::all_tasks();
        let task = all.pop().unwrap();
        yield_now().await;
        assert_eq!(task.id(), id);
        assert!(task.done(), "it ended, by its panic");
    });
}

#[test]
fn a_task_that_awaits_itself_is_named_at_the_line_of_its_await() {
    type Mine = Rc<RefCell<Option<oneloop::Task<()>>>>;
    let polls_itself = |place: &Mine, by_value: bool| {
        let mine = place.clone();
        let named = oneloop::task::Builder::new().name("snake");
        let task = named.create_task(async move {
            let me = mine.borrow_mut().take().unwrap();
            let (message, line) = match by_value {
                true => panic_now(async { me.await.unwrap() }).await,
                false => panic_now(async { (&me).await.unwrap() }).await,
            };
            assert!(message.contains(" \"snake\", made at "), "{message}");
            assert!(message.ends_with(", awaits itself, which would never end"));
            assert!(line.contains("me).await.unwrap()") || line.contains("me.await.unwrap()"));
        });
        *place.borrow_mut() = Some(task);
    };
    run(async {
        for by_value in [true, false] {
            let place = Mine::default();
            polls_itself(&place, by_value);
            let task = oneloop::all_tasks().pop().unwrap();
            yield_now().await;
            assert!(task.done());
            assert!(place.borrow().is_none(), "it ran");
        }
    });
}

/// As [`panic_in`], with the waker of the task that runs.
async fn panic_now(future: impl Future) -> (String, &'static str) {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(panic_of(|| future.as_mut().poll(context).is_ready()))
    })
    .await
}

#[test]
fn a_task_of_another_loop_is_refused_at_the_callers_line_where_it_waited_for_ever() {
    let (here, there) = (Loop::new().unwrap(), Loop::new().unwrap());
    let named = oneloop::task::Builder::new().name("elsewhere");
    let (task, made_at) = (there.enter(|| named.create_task(yield_now())), line!());
    let expected = format!("Task-1 \"elsewhere\", made at {}:{made_at}:", file!());
    let check = |(message, line): (String, &str), what: &str| {
        assert!(message.starts_with(&expected), "{message}");
        assert!(
            message.contains("in another loop than its own"),
            "{message}"
        );
        assert!(message.contains("`Remote::spawn`"), "the cure: {message}");
        assert!(line.contains(what), "{line}");
    };
    here.block_on(async {
        check(panic_now(async { (&task).await }).await, "(&task).await");
        let shielded = async { oneloop::cancel::shield(&task).await };
        check(panic_now(shielded).await, "shield(&task).await");
    });
    // By hand, outside of any loop, it can be awaited by whoever turns its loop.
    let mut by_hand = std::pin::pin!(async { (&task).await.unwrap() });
    let mut context = Context::from_waker(Waker::noop());
    assert!(by_hand.as_mut().poll(&mut context).is_pending());
    while !task.done() {
        let _turn = there.turn(None).unwrap();
    }
    assert!(by_hand.as_mut().poll(&mut context).is_ready());
    // What has ended already waits for nobody, and can be had anywhere.
    here.block_on(async { (&task).await.unwrap() });
    let task = there.handle().create_task(yield_now());
    here.block_on(async { panic_now(async { task.await.unwrap() }).await });
}

#[test]
fn awaiting_again_what_has_given_its_output_says_what_was_awaited() {
    /// Awaits a future twice, by reference as in `(&mut future).await`, and returns the complaint.
    async fn twice(future: impl Future) -> String {
        let mut future = std::pin::pin!(future);
        future.as_mut().await;
        let again = std::panic::AssertUnwindSafe(|| {
            let mut context = Context::from_waker(Waker::noop());
            future.as_mut().poll(&mut context).is_ready()
        });
        let payload = std::panic::catch_unwind(again).expect_err("it was let through");
        match payload.downcast::<String>() {
            Ok(message) => *message,
            Err(payload) => (*payload.downcast::<&str>().unwrap()).to_string(),
        }
    }
    run(async {
        let one = || async { 1 };
        let again =
            "was awaited again after it had given its output: keep the output, or make a new one";
        let text = format!("the future of a `timeout`, `wait_for`, `until` or `catch` {again}");
        assert_eq!(twice(oneloop::timeout(Duration::MAX, one())).await, text);
        assert_eq!(twice(oneloop::wait_for(one(), Duration::MAX)).await, text);
        assert_eq!(twice(oneloop::cancel::catch(one())).await, text);
        let text = format!("the future of a `gather`, `try_gather`, `race` or `select!` {again}");
        assert_eq!(twice(oneloop::gather((one(), one()))).await, text);
        assert_eq!(twice(oneloop::gather([one(), one()])).await, text);
        assert_eq!(twice(oneloop::race([one(), one()])).await, text);
    });
}
