//! A request goes through awaits of tasks, and waits for what comes of it there.
//! Next: `moved_awaits.rs`.

use crate::story::{LONG, Story, cancels_after, cleans_up, ended, milliseconds, swallows, tells};
use oneloop::cancel::{Caught, catch, forwarding};
use oneloop::{Task, call_later, create_task, gather, sleep, timeout, yield_now};
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;

#[test]
fn a_catch_waits_for_the_clean_up_of_the_task_it_awaits() {
    tells(
        &[
            "10 child unwinds",
            "40 child is clean",
            "40 caught",
            "40 ends cancelled",
        ],
        async |story| {
            let child = create_task(cleans_up(story.clone(), "child", 30));
            let told = story.clone();
            let task = create_task(async move {
                let result = catch(child).await;
                told.say("caught");
                result.or_resume().await.unwrap();
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

/// Cancels a task that awaits a child by itself, without any catch.
fn plain_await(expected: &[&str], awaits: impl AsyncFnOnce(Story, Task<()>) + 'static) {
    tells(expected, async |story| {
        let child = create_task(cleans_up(story.clone(), "child", 30));
        let task = create_task(awaits(story.clone(), child));
        cancels_after(10, &story, &task).await;
    });
}

#[test]
fn so_does_a_task_without_any_catch_by_value_by_mut_and_by_reference() {
    let expected = ["10 child unwinds", "40 child is clean", "40 ends cancelled"];
    plain_await(&expected, async |story, child| {
        child.await.ok();
        story.say("never");
    });
    plain_await(&expected, async |story, mut child| {
        (&mut child).await.ok();
        story.say("never");
    });
    plain_await(&expected, async |story, child| {
        (&child).await.ok();
        story.say("never");
    });
}

#[test]
fn a_chain_of_awaits_unwinds_from_its_end() {
    tells(
        &[
            "10 last unwinds",
            "15 last is clean",
            "15 2 caught",
            "15 1 caught",
            "15 0 caught",
            "15 ends cancelled",
        ],
        async |story| {
            let mut task = create_task(cleans_up(story.clone(), "last", 5));
            for number in (0..3).rev() {
                let told = story.clone();
                task = create_task(async move {
                    let result = catch(task).await;
                    told.say(format!("{number} caught"));
                    result.or_resume().await.unwrap();
                });
            }
            cancels_after(10, &story, &task).await;
        },
    );
}

#[test]
fn a_child_that_swallows_the_request_uses_it_up() {
    tells(
        &["10 got 7", "20 went on", "20 ends with a value"],
        async |story| {
            let child = create_task(swallows(7));
            let told = story.clone();
            let task = create_task(async move {
                told.say(format!("got {}", child.await.unwrap()));
                sleep(milliseconds(10)).await;
                told.say("went on");
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

#[test]
fn a_request_comes_back_from_a_child_that_ends_first() {
    // The child's own value is there already, so nobody was cancelled yet.
    tells(
        &["10 got 7", "10 then caught", "10 ends cancelled"],
        async |story| {
            let ready = Rc::new(std::cell::Cell::new(false));
            let seen = ready.clone();
            let child = create_task(poll_fn(move |cx| {
                if seen.get() {
                    return Poll::Ready(7);
                }
                let waker = cx.waker().clone();
                call_later(milliseconds(1), move || waker.wake());
                Poll::Pending
            }));
            let told = story.clone();
            let task = create_task(async move {
                told.say(format!("got {}", child.await.unwrap()));
                let result = catch(sleep(LONG)).await;
                told.say("then caught");
                result.or_resume().await
            });
            sleep(milliseconds(10)).await;
            ready.set(true);
            task.cancel();
            ended(&story, &task).await;
        },
    );
}

#[test]
fn a_child_that_somebody_else_cancelled_is_a_value() {
    tells(
        &["15 an error", "20 went on", "20 ends with a value"],
        async |story| {
            let child = Rc::new(create_task(sleep(LONG)));
            let shared = child.clone();
            let told = story.clone();
            let task = create_task(async move {
                assert!((&*shared).await.unwrap_err().is_cancelled());
                told.say("an error");
                sleep(milliseconds(5)).await;
                told.say("went on");
            });
            sleep(milliseconds(15)).await;
            child.cancel();
            ended(&story, &task).await;
        },
    );
}

#[test]
fn a_shared_child_that_is_reached_by_two_ways_is_asked_once() {
    tells(
        &["5 child unwinds", "15 child is clean", "15 ends cancelled"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let child = create_task(cleans_up(told, "child", 10));
                gather((&child, &child)).await.0.unwrap();
            });
            cancels_after(5, &story, &task).await;
        },
    );
}

#[test]
fn tasks_that_await_each_other_in_a_circle_can_be_cancelled() {
    tells(
        &["10 ends cancelled", "10 the other: true"],
        async |story| {
            let place: Rc<RefCell<Option<Rc<Task<()>>>>> = Rc::default();
            let found = place.clone();
            let first = Rc::new(create_task(async move {
                yield_now().await;
                let second = found.borrow_mut().take().unwrap();
                (&*second).await.unwrap();
            }));
            let awaited = first.clone();
            let second = Rc::new(create_task(async move { (&*awaited).await.unwrap() }));
            *place.borrow_mut() = Some(second.clone());
            cancels_after(10, &story, &first).await;
            yield_now().await;
            story.say(format!("the other: {}", second.done()));
        },
    );
}

#[test]
fn a_task_that_awaits_itself_panics_as_asyncio_raises() {
    tells(&["10 ends in a panic"], async |story| {
        let (send, receive) = oneloop::sync::oneshot::channel();
        let task = Rc::new(create_task(async move {
            let me: Rc<Task<()>> = receive.await.unwrap();
            (&*me).await.unwrap();
        }));
        send.send(task.clone()).ok().unwrap();
        sleep(milliseconds(10)).await;
        ended(&story, &task).await;
    });
}

#[test]
fn forwarding_tells_of_the_request_and_waits_for_the_body() {
    tells(
        &["10 asked: stop", "15 the body ends", "15 ends cancelled"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let (send, receive) = oneloop::sync::oneshot::channel();
                let send = std::cell::Cell::new(Some(send));
                let heard = told.clone();
                let body = async {
                    receive.await.unwrap();
                    sleep(milliseconds(5)).await;
                    told.say("the body ends");
                };
                let ((), cancelled) = forwarding(body, move |message| {
                    heard.say(format!("asked: {}", message.unwrap()));
                    send.take().unwrap().send(()).unwrap();
                })
                .await;
                cancelled.unwrap().resume().await
            });
            let task: Task<()> = task;
            sleep(milliseconds(10)).await;
            task.cancel_with("stop");
            ended(&story, &task).await;
        },
    );
}

/// The body waits in a scope of its own, and in a task: neither is asked. They were, and a body whose
/// time-out had resumed the request never ended.
#[test]
fn what_a_forwarding_body_waits_in_is_not_asked() {
    tells(
        &[
            "10 asked",
            "20 the task ends",
            "20 told",
            "21 ends cancelled",
        ],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let ends = told.clone();
                let waits = create_task(async move {
                    sleep(milliseconds(20)).await;
                    ends.say("the task ends");
                });
                let (send, receive) = oneloop::sync::oneshot::channel();
                let send = std::cell::Cell::new(Some(send));
                let heard = told.clone();
                let body = async {
                    let both = async {
                        waits.await.unwrap();
                        receive.await.unwrap();
                    };
                    timeout(LONG, both).await.unwrap();
                    told.say("told");
                    // A stop of its own is no answer to the request, either.
                    timeout(milliseconds(1), sleep(LONG)).await.unwrap_err();
                };
                let ((), cancelled) = forwarding(body, move |_message| {
                    heard.say("asked");
                    send.take().unwrap().send(()).unwrap();
                })
                .await;
                cancelled.expect("nobody answered for it").resume().await
            });
            let task: Task<()> = task;
            cancels_after(10, &story, &task).await;
        },
    );
}

/// What a request does further in is done when its caller is through; the caller need not know.
#[test]
fn who_takes_a_request_may_cancel_a_task_twice_for_it() {
    tells(&["10 true true", "10 2 requests"], async |story| {
        let other = Rc::new(create_task(catch(sleep(LONG))));
        let (asked, told) = (other.clone(), story.clone());
        let task = create_task(forwarding(pending::<()>(), move |_| {
            told.say(format!("{} {}", asked.cancel(), asked.cancel()));
        }));
        sleep(milliseconds(10)).await;
        task.cancel();
        story.say(format!("{} requests", other.cancelling()));
        drop(task);
    });
}
