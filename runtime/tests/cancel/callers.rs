//! Who may cancel: callbacks, other threads, a loop that dies. Next: `borrowing.rs`.

use crate::story::{LONG, cleans_up, ended, milliseconds, tells};
use oneloop::cancel::catch;
use oneloop::{Loop, call_soon, create_task, sleep};
use std::cell::Cell;
use std::rc::Rc;

#[test]
fn a_callback_may_cancel() {
    tells(
        &["10 a unwinds", "15 a is clean", "15 ends cancelled"],
        async |story| {
            let task = Rc::new(create_task(cleans_up(story.clone(), "a", 5)));
            sleep(milliseconds(10)).await;
            let cancelled = task.clone();
            call_soon(move || {
                cancelled.cancel();
            });
            ended(&story, &task).await;
        },
    );
}

#[test]
fn another_thread_may_cancel_what_it_made_and_the_clean_up_runs() {
    let event_loop = Loop::new().unwrap();
    let remote = event_loop.handle().remote();
    let (began, begins) = std::sync::mpsc::channel();
    let (cleaned, cleans) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let task = remote.spawn(move || async move {
            began.send(()).unwrap();
            let result = catch(sleep(LONG)).await;
            oneloop::yield_now().await;
            cleaned.send(()).unwrap();
            drop(result);
            sleep(LONG).await;
        });
        let task = task.unwrap();
        begins.recv().unwrap();
        task.cancel();
        let error = task.wait().unwrap_err();
        cleans.try_recv().unwrap();
        error.is_cancelled()
    });
    while !thread.is_finished() {
        let _ = event_loop.turn(Some(milliseconds(1))).unwrap();
    }
    assert!(thread.join().unwrap());
    assert_eq!(event_loop.handle().stats().participants, 0);
}

#[test]
fn a_loop_that_dies_drops_its_tasks_where_they_wait() {
    struct Counts(Rc<Cell<u32>>);
    impl Drop for Counts {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let dropped = Rc::new(Cell::new(0));
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    let tasks = event_loop.block_on(async {
        let counts = || Counts(dropped.clone());
        let (first, second, third) = (counts(), counts(), counts());
        let inner = create_task(async move {
            let _counted = first;
            catch(sleep(LONG)).await.ok();
        });
        let outer = create_task(async move {
            let _counted = second;
            inner.await.ok();
        });
        let asked = create_task(async move {
            let _counted = third;
            drop(catch(sleep(LONG)).await);
            sleep(LONG).await;
        });
        sleep(milliseconds(1)).await;
        (outer, asked)
    });
    tasks.1.cancel();
    assert_eq!(dropped.get(), 0);
    drop(event_loop);
    assert_eq!(dropped.get(), 3);
    assert!(tasks.0.cancelled() && tasks.1.cancelled());
}

#[test]
fn a_task_cancelled_between_the_turns_of_a_host_ends_in_the_next() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    let task = event_loop.enter(|| create_task(catch(sleep(LONG))));
    let _ = event_loop.turn(Some(milliseconds(0))).unwrap();
    assert!(task.cancel());
    let _ = event_loop.turn(Some(milliseconds(0))).unwrap();
    assert!(task.done() && !task.cancelled(), "the token is its value");
    drop(task);
    assert_eq!(event_loop.handle().stats().participants, 0);
}
