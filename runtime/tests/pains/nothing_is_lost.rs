//! Tasks that nobody holds, tasks that never start, tasks that start too early. Next: `cancelled.rs`.

use crate::run;
use oneloop::sync::Promise;
use oneloop::task::TaskState;
use oneloop::{
    Task, TaskGroup, all_tasks, call_soon, create_task, current_task, gather, sleep, yield_now,
};
use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

/// Counts how often one of it is dropped.
struct Resource(Rc<Cell<u32>>);

impl Drop for Resource {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// In CPython the garbage collector takes such a task away in the middle.
///
/// Pain 1.
#[test]
fn a_task_that_only_it_itself_refers_to_lives_until_it_ends() {
    run(async {
        let ended = Rc::new(Cell::new(0));
        let promise = Rc::new(Promise::<u32>::new());
        let seen_from_outside = Rc::downgrade(&promise);
        let tell = ended.clone();
        // What it waits for stands in its own frame, and nowhere else.
        drop(create_task(async move {
            let value = (&*promise).await.unwrap();
            tell.set(value);
        }));
        for _ in 0..1000 {
            // Others come and go where it lies.
            create_task(yield_now()).await.unwrap();
        }
        sleep(Duration::from_secs(3600)).await;
        assert_eq!(all_tasks().len(), 2, "the root, and that one");
        let promise = seen_from_outside.upgrade().expect("its frame is alive");
        promise.set_result(7).unwrap();
        yield_now().await;
        yield_now().await;
        assert_eq!(ended.get(), 7);
        assert_eq!(all_tasks().len(), 1);
    });
}

/// A gather whose children give errors as values; the request to end is none of these.
///
/// Pain 6.
#[test]
fn a_gather_of_outcomes_swallows_no_request_to_end() {
    run(async {
        let got_values = Rc::new(Cell::new(false));
        let told = got_values.clone();
        let gathers = create_task(async move {
            let children = (0..3).map(|_| create_task(pending::<()>()));
            let outcomes = gather(children).await;
            told.set(true);
            outcomes.len()
        });
        yield_now().await;
        assert_eq!(all_tasks().len(), 5);
        gathers.cancel();
        assert!(gathers.await.unwrap_err().is_cancelled());
        assert!(!got_values.get(), "it went on after the gather");
        assert_eq!(all_tasks().len(), 1, "its children have ended, too");
    });
}

/// Pain 17.
#[test]
fn a_task_that_never_starts_still_gives_back_what_it_was_given() {
    run(async {
        let given_back = Rc::new(Cell::new(0));
        let work = |resource: Resource| async move {
            let _resource = resource;
            unreachable!("it was cancelled before its first step")
        };
        let task: Task<Result<(), String>> = create_task(work(Resource(given_back.clone())));
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(given_back.get(), 1);

        // In a group that ends at once, and in one that has ended.
        let (first, late) = (Resource(given_back.clone()), Resource(given_back.clone()));
        let ended = TaskGroup::<String>::scope(async |group| {
            drop(group.create_task(work(first)));
            group.cancel();
            drop(group.create_task(work(late)));
            Ok(())
        });
        ended.await.unwrap();
        assert_eq!(given_back.get(), 3);
    });
}

/// There is no eager start: a first step is taken from the queue, when everything about the task is
/// settled already.
///
/// Pain 18.
#[test]
fn at_its_first_step_a_task_is_current_and_in_its_group() {
    run(async {
        let story = Rc::new(RefCell::new(Vec::new()));
        let told = story.clone();
        TaskGroup::<String>::scope(async |group| {
            let (told, inside) = (told.clone(), group.clone());
            let me = current_task().unwrap();
            let task = group.create_task(async move {
                let current = current_task().unwrap();
                let state = current.state();
                told.borrow_mut().push((current.id(), state, inside.len()));
                Ok(())
            });
            assert!(story.borrow().is_empty(), "made, not run");
            assert_eq!(current_task().unwrap(), me);
            assert_eq!(task.state(), TaskState::Pending);
            let id = task.id();
            yield_now().await;
            assert_eq!(*story.borrow(), [(id, TaskState::Running, 1)]);
            Ok(())
        })
        .await
        .unwrap();
    });
}

/// Pain 19.
#[test]
fn whoever_runs_on_the_loop_makes_tasks_of_what_cannot_be_sent() {
    run(async {
        let count = Rc::new(Cell::new(0));
        let counts = |steps: u32| {
            let count = count.clone();
            async move {
                for _ in 0..steps {
                    yield_now().await;
                    count.set(count.get() + 1);
                }
            }
        };
        // From a callback, from a task, from a child of a gather: one kind of task, and all run.
        let (first, second, third) = (counts(1), counts(10), counts(100));
        call_soon(move || drop(create_task(first)));
        let in_task = create_task(async move { create_task(second).await });
        let in_gather = gather((async move { create_task(third).await },));
        in_gather.await.0.unwrap();
        in_task.await.unwrap().unwrap();
        assert_eq!(count.get(), 111);
    });
}
