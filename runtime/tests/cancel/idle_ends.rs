//! Children that panic, that foreign code drops, or that come from elsewhere, while nobody knows of them
//! or right after they were asked. Next: `groups.rs`.

use crate::story::{LONG, Story, cancels_after, ended, milliseconds, ok, tells};
use futures_lite::FutureExt;
use oneloop::cancel::{Caught, catch};
use oneloop::testing::set_takes_notes;
use oneloop::{Loop, create_task, gather, local_scope, sleep, task_tree, yield_now};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::task::{Context, Poll, Waker};

/// Has all children of the loop's tasks take their places.
fn gives_places() {
    let _places = task_tree().to_string();
}

/// Nobody polls it any more, so it would owe an answer to each request for ever; and one that the others
/// used up would come back.
#[test]
fn a_child_that_panicked_is_asked_nothing() {
    for has_place in [false, true] {
        let expected = [
            "5 panics",
            "10 the other suppresses it",
            "10 unwound",
            "11 ends with a value",
        ];
        tells(&expected, async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let panics = async {
                    sleep(milliseconds(3)).await;
                    if has_place {
                        gives_places();
                    }
                    sleep(milliseconds(2)).await;
                    told.say("panics");
                    resume_unwind(Box::new("a child"));
                };
                let both = gather((panics, suppresses_the_second(&told)));
                assert!(AssertUnwindSafe(both).catch_unwind().await.is_err());
                told.say("unwound");
                sleep(milliseconds(1)).await;
            });
            cancels_after(10, &story, &task).await;
        });
    }
}

/// Waits for ever. Asked to end, it waits for ever again; and suppresses the request that ends that.
async fn suppresses_the_second(story: &Story) {
    let first = catch(sleep(LONG)).await;
    let second = catch(sleep(LONG)).await;
    story.say("the other suppresses it");
    second.expect_err("it was asked").suppress();
    first.expect_err("it was asked").suppress();
}

/// As above, for the body of a `local_scope`.
#[test]
fn a_body_that_panicked_is_asked_nothing() {
    let expected = [
        "5 panics",
        "10 the other suppresses it",
        "10 unwound",
        "11 ends with a value",
    ];
    tells(&expected, async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let scope = local_scope(async |scope| -> Result<(), ()> {
                scope.spawn(ok(suppresses_the_second(&told)));
                sleep(milliseconds(5)).await;
                told.say("panics");
                resume_unwind(Box::new("the body"));
            });
            assert!(AssertUnwindSafe(scope).catch_unwind().await.is_err());
            told.say("unwound");
            sleep(milliseconds(1)).await;
        });
        cancels_after(10, &story, &task).await;
    });
}

/// A sibling that was asked, and dropped before it was polled, would owe an answer for ever.
#[test]
fn a_gather_that_is_dropped_right_after_its_children_were_asked_answers_for_them() {
    for has_place in [false, true] {
        let expected = ["10 caught", "10 resumes", "10 ends cancelled"];
        tells(&expected, async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let result = catch(sleep(LONG)).await;
                told.say("caught");
                let resumes = async {
                    yield_now().await;
                    if has_place {
                        gives_places();
                        yield_now().await;
                    }
                    told.say("resumes");
                    result.or_resume().await;
                };
                // The other branch is ready in the poll in which the gather asks its second child.
                let mut turns = 0;
                let other = poll_fn(|context| {
                    turns += 1;
                    context.waker().wake_by_ref();
                    match turns > 1 + u32::from(has_place) {
                        true => Poll::Ready(()),
                        false => Poll::Pending,
                    }
                });
                let both = Box::pin(gather((resumes, sleep(LONG))));
                drop(futures_util::future::select(both, other).await);
                sleep(LONG).await;
            });
            sleep(milliseconds(10)).await;
            task.cancel();
            for _ in 0..10 {
                yield_now().await;
            }
            assert!(task.done(), "it waits for an answer");
            ended(&story, &task).await;
        });
    }
}

/// Children that wait are not polled when their gather is, unless they are woken: so in a task that did
/// not poll them they have no place, nor are they known to be idle there.
#[test]
fn a_gather_that_was_begun_outside_of_a_task_can_be_cancelled_in_one() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    let mut both = Box::pin(gather([pending::<()>(), pending()]));
    let mut context = Context::from_waker(Waker::noop());
    let begun = event_loop.enter(|| both.as_mut().poll(&mut context));
    assert!(begun.is_pending());
    ends_when_it_is_cancelled(&event_loop, both);
}

#[test]
fn a_gather_that_was_begun_in_another_loop_can_be_cancelled_in_this() {
    let [there, here] = [(); 2].map(|()| Loop::builder().paused_clock().build().unwrap());
    let mut both = Box::pin(gather([pending::<()>(), pending()]));
    there.block_on(poll_fn(|context| {
        assert!(both.as_mut().poll(context).is_pending());
        Poll::Ready(())
    }));
    ends_when_it_is_cancelled(&here, both);
    assert_eq!(there.handle().stats().participants, 0);
}

#[track_caller]
fn ends_when_it_is_cancelled(event_loop: &Loop, both: impl Future + 'static) {
    set_takes_notes(false);
    let ended = event_loop.block_on(async {
        let task = create_task(async { drop(both.await) });
        yield_now().await;
        task.cancel();
        for _ in 0..10 {
            yield_now().await;
        }
        task.cancelled()
    });
    assert!(ended, "nobody asked the children");
}
