//! `gather` on a loop: who runs when, told as one story and compared whole.

use std::cell::RefCell;
use std::future::pending;
use std::time::Duration;

use oneloop::sync::channel;
use oneloop::{JoinError, Loop, create_task, gather, now, sleep, yield_now};

/// Runs on a paused clock.
fn run<F: Future>(main: F) -> F::Output {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(main)
}

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// Notes what was said, with the loop's time.
struct Story {
    began: std::time::Instant,
    lines: RefCell<Vec<String>>,
}

impl Story {
    fn begin() -> Story {
        Story {
            began: now(),
            lines: RefCell::default(),
        }
    }

    fn say(&self, line: &str) {
        let at = (now() - self.began).as_millis();
        self.lines.borrow_mut().push(format!("{at} {line}"));
    }
}

#[test]
fn children_start_in_order_and_end_by_their_own_time() {
    run(async {
        let story = Story::begin();
        let child = async |name: &str, time| {
            story.say(&format!("{name} starts"));
            sleep(milliseconds(time)).await;
            story.say(&format!("{name} ends"));
            time
        };
        let times = gather((child("a", 30), child("b", 10), child("c", 20))).await;
        story.say("gathered");
        assert_eq!(times, (30, 10, 20)); // in the order of the arguments
        assert_eq!(
            story.lines.take(),
            [
                "0 a starts", // the first poll goes through the arguments
                "0 b starts",
                "0 c starts",
                "10 b ends", // then each when its own timer fires
                "20 c ends",
                "30 a ends",
                "30 gathered", // with the last of them
            ]
        );
    });
}

#[test]
fn children_with_one_deadline_go_on_in_the_order_in_which_they_began_to_wait() {
    run(async {
        let story = Story::begin();
        let child = async |name: &str| {
            sleep(milliseconds(5)).await;
            story.say(name);
        };
        gather(["a", "b", "c", "d"].map(child)).await;
        assert_eq!(story.lines.take(), ["5 a", "5 b", "5 c", "5 d"]);
    });
}

#[test]
fn children_take_turns_with_each_other_and_with_tasks() {
    run(async {
        let story = std::rc::Rc::new(Story::begin());
        let task = create_task({
            let story = story.clone();
            async move {
                for turn in 1..=2 {
                    story.say(&format!("task {turn}"));
                    yield_now().await;
                }
            }
        });
        let child = async |name: &str| {
            for turn in 1..=2 {
                story.say(&format!("{name} {turn}"));
                yield_now().await;
            }
        };
        gather((child("a"), child("b"))).await;
        task.await.unwrap();
        assert_eq!(
            story.lines.take(),
            [
                "0 a 1", // the gathering task runs, and the children in it
                "0 b 1", "0 task 1", // the task that it made before has its turn
                "0 a 2",    // both children asked for another turn, in this order
                "0 b 2", "0 task 2",
            ]
        );
    });
}

#[test]
fn children_borrow_one_channel_and_feed_each_other() {
    run(async {
        let (sender, mut receiver) = channel(1);
        let sent = gather((
            async {
                for number in 1..=3 {
                    sender.send(number).await.unwrap();
                }
                drop(sender);
            },
            async {
                let mut sum = 0;
                while let Some(number) = receiver.recv().await {
                    sum += number;
                }
                sum
            },
        ));
        assert_eq!(sent.await, ((), 6));
    });
}

#[test]
fn tasks_and_references_to_tasks_are_gathered_like_futures() {
    run(async {
        let kept = create_task(async { "kept" });
        let given = create_task(async {
            sleep(milliseconds(1)).await;
            "given"
        });
        let (kept_again, given, own) = gather((&kept, given, async { "own" })).await;
        assert_eq!(
            (kept_again.unwrap(), given.unwrap(), own),
            ("kept", "given", "own")
        );
        assert_eq!(kept.await.unwrap(), "kept");
        let tasks = (0..3).map(|number| create_task(async move { number }));
        let outputs: Result<Vec<_>, JoinError> = gather(tasks).await.into_iter().collect();
        assert_eq!(outputs.unwrap(), [0, 1, 2]);
    });
}

#[test]
fn cancelling_the_task_that_gathers_drops_the_children_where_they_wait() {
    struct SaysGone(std::rc::Rc<Story>, &'static str);
    impl Drop for SaysGone {
        fn drop(&mut self) {
            self.0.say(&format!("{} is gone", self.1));
        }
    }
    run(async {
        let story = std::rc::Rc::new(Story::begin());
        let child = |name| {
            let gone = SaysGone(story.clone(), name);
            async move {
                pending::<()>().await;
                drop(gone);
            }
        };
        let gathering = create_task(gather([child("a"), child("b")]));
        sleep(milliseconds(1)).await;
        gathering.cancel();
        assert!(gathering.await.unwrap_err().is_cancelled());
        assert_eq!(story.lines.take(), ["1 a is gone", "1 b is gone"]);
    });
}

#[test]
fn a_panic_in_a_child_is_the_gatherers_and_the_other_children_are_dropped() {
    run(async {
        let (alive, mut signal) = oneloop::sync::oneshot::channel::<()>();
        let task = create_task(async move {
            let other = async move {
                pending::<()>().await;
                drop(alive);
            };
            let panics = async { panic!("a child fails") };
            gather((other, panics)).await
        });
        let error = task.await.unwrap_err();
        assert_eq!(
            *error.into_panic().unwrap().downcast::<&str>().unwrap(),
            "a child fails"
        );
        assert!(signal.try_recv().is_err(), "the other child is gone");
    });
}

#[test]
fn ten_thousand_children_each_wait_for_their_own_timer() {
    run(async {
        let began = now();
        let child = async |number: u64| {
            sleep(milliseconds(number % 100)).await;
            number
        };
        // Under Miri a hundred must do: it is ten thousand times slower.
        let children = if cfg!(miri) { 100 } else { 10_000 };
        let outputs = gather((0..children).map(child)).await;
        assert!(outputs.into_iter().eq(0..children));
        assert_eq!(now() - began, milliseconds(99));
    });
}
