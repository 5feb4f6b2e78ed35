//! What is called when a task has ended: in which turn, in which order, and with what.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;

use oneloop::task::AnyTask;
use oneloop::{Loop, Task, create_task, run, yield_now};

type Story = Rc<RefCell<Vec<String>>>;

/// A callback that tells how the task ended.
fn tells(story: &Story, name: &'static str) -> impl FnOnce(&AnyTask) + 'static {
    let story = story.clone();
    move |task| {
        let line = format!("{name}: {:?}", task.state());
        story.borrow_mut().push(line);
    }
}

fn say(story: &Story, line: &str) {
    story.borrow_mut().push(line.to_owned());
}

#[test]
fn callbacks_come_in_their_order_after_the_tasks_step_and_before_its_awaiter() {
    run(async {
        let story = Story::default();
        let told = story.clone();
        let task = create_task(async move {
            yield_now().await;
            create_task({
                let told = told.clone();
                async move { say(&told, "made in the last step") }
            })
            .set_name("last");
            say(&told, "returns");
        });
        task.add_done_callback(tells(&story, "first"));
        task.add_done_callback(tells(&story, "second"));
        task.await.unwrap();
        say(&story, "awaited");
        let expected = [
            "returns",
            "made in the last step",
            "first: Done",
            "second: Done",
            "awaited",
        ];
        assert_eq!(*story.borrow(), expected);
    });
}

#[test]
fn a_task_that_has_ended_has_its_callback_called_soon() {
    run(async {
        let story = Story::default();
        let task = create_task(async {});
        yield_now().await;
        task.add_done_callback(tells(&story, "late"));
        assert!(story.borrow().is_empty());
        yield_now().await;
        assert_eq!(*story.borrow(), ["late: Done"]);
    });
}

#[test]
fn a_cancelled_task_has_its_callbacks_called_also_if_it_never_began() {
    run(async {
        let story = Story::default();
        let waits = create_task(pending::<()>());
        yield_now().await;
        let never = create_task(async { unreachable!("it never begins") });
        for (task, name) in [(&waits, "waits"), (&never, "never")] {
            task.add_done_callback(tells(&story, name));
            task.cancel();
        }
        yield_now().await;
        yield_now().await;
        // In the order in which they were made ready: one when it was made.
        let expected = ["never: Cancelled", "waits: Cancelled"];
        assert_eq!(*story.borrow(), expected);
    });
}

#[test]
fn a_callback_that_is_cancelled_is_not_called_and_not_kept() {
    run(async {
        let kept = Rc::new(());
        let task = create_task(pending::<()>());
        let used = kept.clone();
        let callback = task.add_done_callback(move |_| unreachable!("{used:?}"));
        callback.cancel();
        yield_now().await;
        assert_eq!(Rc::strong_count(&kept), 1);
        task.cancel();
        yield_now().await;
        yield_now().await;
    });
}

#[test]
fn callbacks_that_come_and_go_do_not_pile_up_at_a_task_that_lives_long() {
    let memory = allocation_counter::measure(|| {
        run(async {
            let task = create_task(pending::<()>());
            for _ in 0..1_000 {
                for _ in 0..10 {
                    task.add_done_callback(|_| unreachable!()).cancel();
                }
                yield_now().await;
            }
        });
    });
    assert!(memory.bytes_max < 100_000, "{} bytes", memory.bytes_max);
}

#[test]
fn a_callback_survives_whatever_is_done_with_the_handle() {
    fn awaited(task: Task<()>) {
        drop(create_task(async move {
            let mut task = task;
            oneloop::gather([&mut task]).await;
            yield_now().await;
        }));
    }
    for handle in [drop, awaited] {
        let story = Story::default();
        run(async {
            let task = create_task(async {
                for _ in 0..3 {
                    yield_now().await;
                }
            });
            task.add_done_callback(tells(&story, "called"));
            handle(task);
            for _ in 0..8 {
                yield_now().await;
            }
        });
        assert_eq!(*story.borrow(), ["called: Done"]);
    }
}

#[test]
fn what_is_left_at_the_end_of_a_program_calls_back_too() {
    let story = Story::default();
    run(async {
        let task = create_task(pending::<()>());
        task.add_done_callback(tells(&story, "left over"));
    });
    assert_eq!(*story.borrow(), ["left over: Cancelled"]);
}

#[test]
fn a_loop_that_goes_calls_nobody_and_keeps_nothing() {
    let kept = Rc::new(());
    let event_loop = Loop::new().unwrap();
    let handle = event_loop.enter(|| create_task(pending::<()>()));
    let used = kept.clone();
    let callback = event_loop.enter(|| handle.add_done_callback(move |_| unreachable!("{used:?}")));
    event_loop.block_on(yield_now());
    drop(event_loop);
    assert_eq!(Rc::strong_count(&kept), 1);
    drop((handle, callback));
}

#[test]
fn a_callback_of_a_group_of_tasks_sees_a_failed_member_as_cancelled() {
    run(async {
        let last = Rc::new(Cell::new(None));
        let seen = last.clone();
        let failed = oneloop::TaskGroup::scope(async |group| {
            let member = group.create_task(async { Err::<(), _>("bad") });
            member.add_done_callback(move |task| seen.set(Some(task.cancelled())));
            Ok(())
        });
        assert_eq!(failed.await.unwrap_err().errors(), ["bad"]);
        yield_now().await;
        assert_eq!(last.get(), Some(true));
    });
}

#[test]
#[should_panic(expected = "`add_done_callback` was called outside a loop")]
fn outside_a_loop_it_names_the_cure() {
    let event_loop = Loop::new().unwrap();
    let task = event_loop.enter(|| create_task(async {}));
    task.add_done_callback(|_| ());
}
