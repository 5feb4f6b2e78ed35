//! `wait` on a loop: which tasks are done, in which order, and when it comes back.

use std::rc::Rc;
use std::time::Duration;

use oneloop::combine::Waited;
use oneloop::sync::oneshot;
use oneloop::{Loop, Task, create_task, now, sleep, task, timeout, wait};

/// Runs on a paused clock; panics of tasks are for `wait` to see, not for the screen.
fn run<F: Future>(main: F) -> F::Output {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(main)
}

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// A task with a name that ends after some time.
fn worker(name: &str, time: u64) -> Task<u64> {
    task::Builder::new().name(name).create_task(async move {
        sleep(milliseconds(time)).await;
        time
    })
}

/// What a wait gave, by the names of the tasks: `done | pending`.
fn names<T>(waited: &Waited<Task<T>>) -> String {
    let join = |tasks: &[Task<T>]| {
        let names: Vec<String> = tasks.iter().map(Task::name).collect();
        names.join(" ")
    };
    format!("{} | {}", join(&waited.done), join(&waited.pending))
}

/// Feature row 32.
/// Pain 14.
#[test]
fn all_tasks_are_done_in_the_order_in_which_they_ended() {
    run(async {
        let began = now();
        let waited = wait([
            worker("slow", 30),
            worker("quick", 10),
            worker("middle", 20),
        ])
        .await;
        assert_eq!(names(&waited), "quick middle slow | ");
        assert_eq!(now() - began, milliseconds(30));
        let mut times = Vec::new();
        for task in waited.done {
            times.push(task.await.unwrap()); // the outputs are still there
        }
        assert_eq!(times, [10, 20, 30]);
    });
}

/// Feature rows 30, 32.
#[test]
fn the_first_to_end_is_enough_and_the_others_run_on() {
    run(async {
        let waited = wait([worker("a", 30), worker("b", 10), worker("c", 20)])
            .first_completed()
            .await;
        assert_eq!(names(&waited), "b | a c");
        let rest = wait(waited.pending).await;
        assert_eq!(names(&rest), "c a | ");
    });
}

#[test]
fn tasks_that_end_together_are_all_done() {
    run(async {
        let waited = wait([worker("a", 10), worker("b", 20), worker("c", 10)])
            .first_completed()
            .await;
        assert_eq!(names(&waited), "a c | b");
    });
}

/// Feature row 31.
#[test]
fn a_time_out_is_no_error_and_cancels_nothing() {
    run(async {
        let began = now();
        let waited = wait([worker("a", 50), worker("b", 10)])
            .timeout(milliseconds(20))
            .await;
        assert_eq!(names(&waited), "b | a");
        assert_eq!(now() - began, milliseconds(20));
        assert_eq!(waited.pending[0].cancelling(), 0);
        let Waited { mut pending, .. } = waited;
        assert_eq!(pending.remove(0).await.unwrap(), 50);
        assert_eq!(now() - began, milliseconds(50));
    });
}

#[test]
fn a_task_that_had_ended_before_is_done_at_once() {
    run(async {
        let early = worker("early", 0);
        sleep(milliseconds(1)).await;
        let began = now();
        let waited = wait([worker("late", 5), early]).first_completed().await;
        assert_eq!(names(&waited), "early | late");
        assert_eq!(now(), began);
    });
}

/// Feature row 30.
#[test]
fn a_panic_is_an_exception_a_cancelled_task_is_none() {
    run(async {
        let panics = task::Builder::new().name("panics").create_task(async {
            sleep(milliseconds(20)).await;
            panic!("at 20 ms")
        });
        let cancelled = worker("cancelled", 100);
        cancelled.cancel();
        let waited = wait([worker("a", 10), panics, cancelled, worker("b", 30)])
            .first_exception()
            .await;
        assert_eq!(names(&waited), "cancelled a panics | b");
        let Waited { mut done, .. } = waited;
        assert!(done.remove(2).await.unwrap_err().is_panic());
        assert!(done.remove(0).await.unwrap_err().is_cancelled());
    });
}

#[test]
fn an_output_counts_as_an_exception_if_the_caller_says_so() {
    run(async {
        let parse = |name: &'static str, text: &'static str, time| {
            task::Builder::new().name(name).create_task(async move {
                sleep(milliseconds(time)).await;
                text.parse::<u32>()
            })
        };
        let tasks = || {
            [
                parse("good", "7", 10),
                parse("bad", "seven", 20),
                parse("c", "8", 30),
            ]
        };
        let waited = wait(tasks()).first_exception_where(Result::is_err).await;
        assert_eq!(names(&waited), "good bad | c");
        let waited = wait(tasks()).first_exception().await;
        assert_eq!(names(&waited), "good bad c | ", "no panic, so all of them");
    });
}

#[test]
fn a_wait_that_is_given_up_leaves_its_tasks_running() {
    run(async {
        let (sender, receiver) = oneshot::channel();
        let task = create_task(async move {
            sleep(milliseconds(20)).await;
            sender.send("it ran on").unwrap();
        });
        timeout(milliseconds(10), wait([task])).await.unwrap_err();
        assert_eq!(receiver.await, Ok("it ran on"));
    });
}

#[test]
fn two_waits_one_after_the_other_see_the_same_task() {
    run(async {
        let mut waited = wait([worker("a", 30)]).timeout(milliseconds(10)).await;
        for _ in 0..2 {
            assert_eq!(names(&waited), " | a");
            waited = wait(waited.pending).timeout(milliseconds(5)).await;
        }
        let waited = wait(waited.pending).await;
        assert_eq!(names(&waited), "a | ");
    });
}

#[test]
#[should_panic(expected = "`wait` was given no task")]
fn an_empty_set_panics_and_says_what_to_do() {
    drop(wait(Vec::<Task<()>>::new()));
}

#[test]
fn a_task_that_stands_in_it_twice_is_waited_for_and_given_once() {
    run(async {
        let (a, b) = (worker("a", 10), worker("b", 20));
        let Waited { done, pending } = wait([&b, &a, &b, &a]).timeout(milliseconds(15)).await;
        let names = |tasks: Vec<&Task<u64>>| tasks.into_iter().map(Task::name).collect::<Vec<_>>();
        assert_eq!(
            (names(done), names(pending)),
            (vec!["a".into()], vec!["b".into()])
        );

        let shared = Rc::new(worker("c", 5));
        let waited = wait([shared.clone(), shared.clone()]).await;
        assert_eq!((waited.done.len(), waited.pending.len()), (1, 0));
    });
}
