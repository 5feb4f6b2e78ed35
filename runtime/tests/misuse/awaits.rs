//! What is awaited where it can never end, or once too often, panics at the line of the await.

use crate::panic_of;
use futures_util::FutureExt;
use oneloop::{Loop, create_task, interval, run, shield, sleep, timeout, yield_now};
use std::cell::RefCell;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::Duration;

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
    #[derive(Clone, Copy, Debug)]
    enum Way {
        Value,
        Reference,
        Shield,
        ShieldByValue,
    }
    type Mine = Rc<RefCell<Option<oneloop::Task<()>>>>;
    let polls_itself = |place: &Mine, way: Way| {
        let mine = place.clone();
        let named = oneloop::task::Builder::new().name("snake");
        let task = named.create_task(async move {
            let me = mine.borrow_mut().take().unwrap();
            let (message, line) = match way {
                Way::Value => panic_now(async { me.await.unwrap() }).await,
                Way::Reference => panic_now(async { (&me).await.unwrap() }).await,
                Way::Shield => panic_now(async { shield(&me).await.unwrap() }).await,
                Way::ShieldByValue => panic_now(async { shield(me).await.unwrap() }).await,
            };
            assert!(message.contains(" \"snake\", made at "), "{message}");
            assert!(message.ends_with(", awaits itself, which would never end"));
            assert!(line.starts_with(&format!("Way::{way:?} =>")), "{line}");
        });
        *place.borrow_mut() = Some(task);
    };
    run(async {
        for way in [Way::Value, Way::Reference, Way::Shield, Way::ShieldByValue] {
            let place = Mine::default();
            polls_itself(&place, way);
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
    /// Awaits a future twice, by reference as in `(&mut future).await`, and returns the complaint. (Where that
    /// is cannot be told: the standard library's `poll` of a reference stands in between.)
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

#[test]
fn a_timeout_that_is_run_again_says_where_it_was() {
    run(async {
        let limit = oneloop::time::Timeout::never();
        limit.run(async {}).await.unwrap();
        let (again, line) = (limit.run(async {}), line!());
        // Not awaited where it was made: that is the line to look at.
        let payload = std::panic::AssertUnwindSafe(again).catch_unwind().await;
        let payload = payload.unwrap_err();
        let message = payload.downcast::<String>().unwrap();
        let place = format!("make another for the one at {}:{line}:", file!());
        assert!(message.contains(&place), "{message}");
    });
}

#[test]
fn a_result_that_was_given_away_is_not_there_to_be_looked_at() {
    run(async {
        let mut task = create_task(async { 1 });
        (&mut task).await.unwrap();
        let (message, line) = panic_of(|| task.result().is_some());
        assert!(message.contains("`result` has none to show"), "{message}");
        assert!(line.contains("task.result()"), "{line}");
    });
}

/// It would be woken by a loop that nobody turns meanwhile.
#[test]
fn a_sleep_of_another_loop_panics_and_names_the_cure_instead_of_waiting_for_ever() {
    let short = Duration::from_millis(5);
    let texts = |body: &mut dyn FnMut() -> Pin<Box<dyn Future<Output = ()>>>| {
        let home = Loop::new().unwrap();
        let closed = Loop::new().unwrap().enter(&mut *body);
        let open = home.enter(&mut *body);
        [open, closed].map(|future| {
            let polled = catch_unwind(AssertUnwindSafe(|| {
                run(async { timeout(short, future).await })
            }));
            let payload = polled.expect_err("it did not panic");
            payload.downcast_ref::<&str>().unwrap().to_string()
        })
    };
    let ticks = || {
        let mut interval = interval(short);
        async move {
            interval.tick().await;
            interval.tick().await;
        }
    };
    for text in [
        texts(&mut || Box::pin(sleep(short))),
        texts(&mut || Box::pin(ticks())),
        texts(&mut || Box::pin(timeout(short, pending::<()>()).map(drop))),
    ]
    .concat()
    {
        assert_eq!(
            text,
            "a sleep of another loop is awaited: make it in this one"
        );
    }
}
