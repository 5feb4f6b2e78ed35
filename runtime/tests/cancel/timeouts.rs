//! Deadlines and other stops: requests that a construct makes itself. Next: `gather.rs`.

use crate::story::{LONG, cancels_after, cleans_up, ended, milliseconds, tells};
use oneloop::cancel::{Caught, catch, until};
use oneloop::sync::{Event, Promise, Queue};
use oneloop::time::Timeout;
use oneloop::{call_later, create_task, gather, sleep, timeout, timeout_at, wait_for, yield_now};
use std::rc::Rc;

/// Pain 10.
#[test]
fn the_body_cleans_up_before_the_error_comes() {
    tells(
        &["10 body unwinds", "15 body is clean", "15 Err(Elapsed)"],
        async |story| {
            let result = timeout(milliseconds(10), cleans_up(story.clone(), "body", 5)).await;
            story.say(format!("{result:?}"));
        },
    );
}

#[test]
fn of_nested_timeouts_with_one_deadline_the_outer_one_is_over() {
    tells(&["10 outer Err(Elapsed)"], async |story| {
        let outer = timeout(milliseconds(10), async {
            let inner = timeout(milliseconds(10), sleep(LONG)).await;
            story.say(format!("inner {inner:?}"));
        });
        story.say(format!("outer {:?}", outer.await));
    });
}

#[test]
fn an_inner_deadline_leaves_the_outer_timeout_alone() {
    tells(
        &["10 inner Err(Elapsed)", "20 outer Ok(())"],
        async |story| {
            let outer = timeout(milliseconds(100), async {
                let inner = timeout(milliseconds(10), sleep(LONG)).await;
                story.say(format!("inner {inner:?}"));
                sleep(milliseconds(10)).await;
            });
            story.say(format!("outer {:?}", outer.await));
        },
    );
}

/// Pain 9.
#[test]
fn a_result_due_at_the_deadline_wins_whoever_was_first() {
    for setter_first in [true, false] {
        tells(&["10 Ok(1)"], async |story| {
            let promise = Promise::new();
            let value = promise.future();
            let sets = async move {
                sleep(milliseconds(10)).await;
                promise.set_result(1).unwrap();
            };
            let waits = async move { timeout(milliseconds(10), value).await };
            let waiter = if setter_first {
                drop(create_task(sets));
                yield_now().await;
                create_task(waits)
            } else {
                let waiter = create_task(waits);
                yield_now().await;
                drop(create_task(sets));
                waiter
            };
            let result = waiter.await.unwrap().map(Result::unwrap);
            story.say(format!("{result:?}"));
        });
    }
}

#[test]
fn a_request_and_a_deadline_of_one_moment_are_one_and_it_goes_outward() {
    for task_first in [true, false] {
        let expected = ["10 body unwinds", "15 body is clean", "15 ends cancelled"];
        tells(&expected, async |story| {
            let told = story.clone();
            let task = Rc::new(create_task(async move {
                let body = cleans_up(told.clone(), "body", 5);
                let result = timeout(milliseconds(10), body).await;
                told.say(format!("never {result:?}"));
            }));
            if task_first {
                yield_now().await;
            }
            let cancelled = task.clone();
            call_later(milliseconds(10), move || {
                cancelled.cancel();
            });
            ended(&story, &task).await;
        });
    }
}

#[test]
fn a_request_that_was_suppressed_leaves_the_deadline_its_meaning() {
    tells(
        &["20 Err(Elapsed)", "21 lives", "21 ends with a value"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let result = timeout(milliseconds(20), async {
                    if let Err(cancelled) = catch(sleep(LONG)).await {
                        cancelled.suppress();
                    }
                    sleep(LONG).await
                });
                let result = result.await;
                told.say(format!("{result:?}"));
                sleep(milliseconds(1)).await;
                told.say("lives");
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

#[test]
fn a_timeout_inside_a_child_touches_that_child_only() {
    tells(
        &[
            "10 a unwinds",
            "15 a is clean",
            "50 (Err(Elapsed), Ok(\"b\"))",
        ],
        async |story| {
            let slow = async {
                sleep(milliseconds(50)).await;
                "b"
            };
            let first = timeout(milliseconds(10), cleans_up(story.clone(), "a", 5));
            let results = gather((first, timeout(milliseconds(100), slow))).await;
            story.say(format!("{results:?}"));
        },
    );
}

/// Pain 10.
#[test]
fn a_task_under_a_timeout_is_asked_and_waited_for() {
    tells(
        &["10 child unwinds", "40 child is clean", "40 Err(Elapsed)"],
        async |story| {
            let child = create_task(cleans_up(story.clone(), "child", 30));
            let result = timeout(milliseconds(10), child).await.map(drop);
            story.say(format!("{result:?}"));
        },
    );
}

#[test]
fn a_timeout_that_expired_cannot_be_moved_any_more() {
    tells(&["0 moved: false", "0 Err(Elapsed)"], async |story| {
        let limit = Timeout::after(milliseconds(0));
        let body = async {
            let result = catch(sleep(LONG)).await;
            story.say(format!("moved: {}", limit.reschedule(None).is_ok()));
            result.or_resume().await
        };
        let result = limit.run(body).await;
        story.say(format!("{result:?}"));
    });
}

#[test]
fn a_timeout_may_be_moved_while_it_runs() {
    tells(&["30 Err(Elapsed)"], async |story| {
        let limit = Timeout::after(milliseconds(10));
        let later = oneloop::now() + milliseconds(30);
        let result = limit.run(async {
            sleep(milliseconds(5)).await;
            limit.reschedule(later).unwrap();
            sleep(LONG).await
        });
        let result = result.await;
        story.say(format!("{result:?}"));
    });
}

/// Pain 11.
#[test]
fn a_timeout_of_no_time_ends_its_body_at_the_first_suspension() {
    let past = || oneloop::now().checked_sub(milliseconds(5)).unwrap();
    tells(
        &[
            "0 timeout",
            "0 Err(Elapsed)",
            "0 timeout_at",
            "0 Err(Elapsed)",
            "0 wait_for",
            "0 Err(Elapsed)",
            "0 Timeout::at",
            "0 Err(Elapsed)",
            "0 reschedule",
            "0 Err(Elapsed)",
        ],
        async |story| {
            let body = async |name| {
                story.say(name);
                yield_now().await;
                story.say("never");
            };
            let result = timeout(milliseconds(0), body("timeout")).await;
            story.say(format!("{result:?}"));
            let result = timeout_at(past(), body("timeout_at")).await;
            story.say(format!("{result:?}"));
            let result = wait_for(body("wait_for"), milliseconds(0)).await;
            story.say(format!("{result:?}"));
            let result = Timeout::at(past()).run(body("Timeout::at")).await;
            story.say(format!("{result:?}"));
            let limit = Timeout::after(LONG);
            let moves = async {
                limit.reschedule(oneloop::now()).unwrap();
                body("reschedule").await;
            };
            let result = limit.run(moves).await;
            story.say(format!("{result:?}"));
        },
    );
}

#[test]
fn what_comes_in_the_batch_of_a_timeout_of_no_time_comes_too_late_and_is_not_lost() {
    tells(
        &[
            "0 event Err(Elapsed)",
            "0 queue true",
            "0 and then Ok(1)",
            "0 done Ok(2)",
        ],
        async |story| {
            let (event, queue) = (Rc::new(Event::new()), Rc::new(Queue::new(0)));
            let (setter, putter) = (event.clone(), queue.clone());
            let _setter = create_task(async move { setter.set() });
            let waited = timeout(milliseconds(0), event.wait()).await;
            story.say(format!("event {waited:?}"));
            let _putter = create_task(async move { putter.put(1).await.unwrap() });
            let got = timeout(milliseconds(0), queue.get()).await;
            story.say(format!("queue {}", got.is_err()));
            story.say(format!("and then {:?}", queue.get().await));
            let done = timeout(milliseconds(0), async { 2 }).await;
            story.say(format!("done {done:?}"));
        },
    );
}

#[test]
fn until_gives_what_stopped_it() {
    tells(
        &["10 body unwinds", "15 body is clean", "15 Err(\"stop\")"],
        async |story| {
            let stop = async {
                sleep(milliseconds(10)).await;
                "stop"
            };
            let result = until(cleans_up(story.clone(), "body", 5), stop).await;
            story.say(format!("{result:?}"));
        },
    );
}

#[test]
fn a_stop_that_comes_while_a_request_is_answered_changes_nothing() {
    tells(
        &["10 body unwinds", "30 body is clean", "30 ends cancelled"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                // The body's clean-up is masked, so that the deadline cannot cut it.
                let body = async {
                    let result = catch(sleep(LONG)).await;
                    told.say("body unwinds");
                    oneloop::cancel::masked(sleep(milliseconds(20))).await;
                    told.say("body is clean");
                    result.or_resume().await
                };
                let result = timeout(milliseconds(20), body).await;
                told.say(format!("never {result:?}"));
            });
            cancels_after(10, &story, &task).await;
        },
    );
}
