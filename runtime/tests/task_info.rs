//! Names, states and lists of tasks: what a program can learn of them from outside. Read
//! `lifecycle.rs` next.

use oneloop::sync::Promise;
use oneloop::task::Builder;
use oneloop::{Loop, all_tasks, call_soon, create_task, current_task, run, sleep, yield_now};
use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

/// What `current_task` calls the code that asks.
fn running() -> String {
    current_task().map_or("nobody".to_owned(), |task| task.name())
}

fn names() -> Vec<String> {
    all_tasks().iter().map(|task| task.name()).collect()
}

/// Feature row 23.
#[test]
fn a_task_has_a_settable_name_and_an_automatic_one() {
    run(async {
        assert_eq!(running(), "Task-1", "the root has one, too");
        let fetcher = Builder::new()
            .name("fetcher")
            .create_task(async { running() });
        assert_eq!(fetcher.name(), "fetcher");
        fetcher.set_name("renamed");
        assert!(format!("{fetcher:?}").contains("renamed"));
        assert_eq!(fetcher.await.unwrap(), "renamed");

        let unnamed = create_task(async { running() });
        assert_eq!(unnamed.name(), format!("Task-{}", unnamed.id()));
        unnamed.any().set_name("was automatic");
        assert_eq!(unnamed.await.unwrap(), "was automatic");
    });
}

#[test]
fn all_tasks_lists_the_unfinished_ones_and_a_callback_is_no_task() {
    run(async {
        current_task().unwrap().set_name("root");
        let story = Rc::new(RefCell::new(Vec::new()));
        let child = |name: &str, milliseconds| {
            let story = story.clone();
            Builder::new().name(name).create_task(async move {
                story.borrow_mut().push(running());
                sleep(Duration::from_millis(milliseconds)).await;
            })
        };
        let (first, second) = (child("a", 1), child("b", 80));
        let told = story.clone();
        call_soon(move || told.borrow_mut().push(running()));
        assert_eq!(names(), ["root", "a", "b"], "in the order of their making");
        first.await.unwrap();
        assert_eq!(names(), ["root", "b"]);
        second.await.unwrap();
        assert_eq!(names(), ["root"]);
        assert_eq!(*story.borrow(), ["a", "b", "nobody"]);
    });
    assert!(current_task().is_none(), "outside a loop there is none");
}

#[test]
fn a_timers_callback_and_a_destructor_know_who_runs() {
    struct Tell(Rc<RefCell<Vec<String>>>);
    impl Drop for Tell {
        fn drop(&mut self) {
            self.0.borrow_mut().push(running());
        }
    }
    let story = Rc::new(RefCell::new(Vec::new()));
    run(async {
        let (told, tell) = (story.clone(), Tell(story.clone()));
        oneloop::call_later(Duration::ZERO, move || told.borrow_mut().push(running()));
        let task = Builder::new().name("dropped").create_task(async move {
            let _tell = tell;
            pending::<()>().await
        });
        sleep(Duration::from_millis(2)).await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(*story.borrow(), ["nobody", "dropped"]);
}

#[test]
fn a_result_is_there_once_the_task_has_ended_and_stays_there() {
    run(async {
        let (value, panics) = (
            create_task(async { 5 }),
            create_task(async { panic!("on purpose") }),
        );
        let cancelled = create_task(pending::<()>());
        assert!(value.result().is_none() && panics.result().is_none());
        cancelled.cancel_with("enough");
        assert!(cancelled.result().is_none(), "asked, not yet ended");
        yield_now().await;
        yield_now().await;
        assert!(value.done() && !value.cancelled());
        assert_eq!(value.result().unwrap().unwrap(), &5);
        assert_eq!(value.result().unwrap().unwrap(), &5);
        let _: &() = match panics.result().unwrap() {
            Ok(never) => never,
            Err(error) => {
                assert!(error.is_panic());
                &()
            }
        };
        let error = cancelled.result().unwrap().unwrap_err();
        assert_eq!(error.message(), Some("enough"));
        assert_eq!(value.await.unwrap(), 5, "looking takes nothing");
    });
}

#[test]
fn requests_are_counted_up_and_down_by_the_task_itself() {
    run(async {
        let task = create_task(async {
            let me = current_task().unwrap();
            assert_eq!(me.cancelling(), 0);
            let caught = oneloop::cancel::catch(pending::<()>()).await.unwrap_err();
            assert_eq!(me.cancelling(), 2);
            caught.suppress();
            assert_eq!((me.uncancel(), me.uncancel(), me.uncancel()), (1, 0, 0));
            yield_now().await;
            "runs on"
        });
        yield_now().await;
        assert!(task.any().cancel());
        assert!(task.cancel());
        assert_eq!(task.cancelling(), 2);
        assert_eq!(task.await.unwrap(), "runs on");
    });
}

#[test]
fn a_kept_any_task_outlives_its_loop_and_says_that_it_ended() {
    let event_loop = Loop::new().unwrap();
    let handle = event_loop.handle();
    let promise = Promise::<()>::new();
    let future = promise.future();
    let task = handle
        .create_task(async move { future.await.is_ok() })
        .any();
    assert_eq!(handle.all_tasks(), std::slice::from_ref(&task));
    drop(event_loop);
    assert!(task.done() && task.cancelled() && !task.cancel());
    assert!(handle.all_tasks().is_empty());
    assert_ne!(promise.done(), task.done());
}
