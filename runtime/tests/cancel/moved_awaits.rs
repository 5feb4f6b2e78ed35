//! Awaits that are polled elsewhere, once more, or no more. Next: `second_request.rs`.

use crate::story::{LONG, cancels_after, cleans_up, milliseconds, tells};
use oneloop::cancel::{Caught, catch, masked, paused};
use oneloop::{Task, create_task, sleep, yield_now};
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

/// A task polls the await of a child once and goes on with something else, and then another task awaits
/// the child: cancelling the first leaves the child alone, cancelling the second does not.
fn forwards_from_the_second_only(goes_on: impl AsyncFnOnce() + 'static) {
    let expected = [
        "10 ends cancelled",
        "20 child unwinds",
        "20 child is clean",
        "20 ends cancelled",
    ];
    tells(&expected, async |story| {
        let child = create_task(cleans_up(story.clone(), "child", 0));
        let child = Rc::new(RefCell::new(child));
        let shared = child.clone();
        let first = create_task(async move {
            poll_fn(|cx| {
                assert!(Pin::new(&mut *shared.borrow_mut()).poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
            goes_on().await;
        });
        yield_now().await;
        let second = create_task(async move {
            let ended = poll_fn(|cx| Pin::new(&mut *child.borrow_mut()).poll(cx)).await;
            ended.unwrap();
        });
        cancels_after(10, &story, &first).await;
        cancels_after(10, &story, &second).await;
    });
}

#[test]
fn an_await_that_moved_to_another_task_forwards_from_there_only() {
    forwards_from_the_second_only(async || sleep(LONG).await);
}

#[test]
fn an_await_that_moved_away_from_a_task_with_scopes_forwards_from_there_only() {
    // Its tree is made now, and the await noted in it.
    forwards_from_the_second_only(async || catch(sleep(LONG)).await.or_resume().await);
}

#[test]
fn an_await_that_raised_stays_pending_while_others_clean_up() {
    // A foreign `join!` polls all its branches again; the first must not see its task's error.
    tells(
        &[
            "10 a unwinds",
            "10 b unwinds",
            "20 a is clean",
            "40 b is clean",
            "40 ends cancelled",
        ],
        async |story| {
            let first = create_task(cleans_up(story.clone(), "a", 10));
            let second = create_task(cleans_up(story.clone(), "b", 30));
            let task = create_task(async {
                futures_util::join!(async { first.await.unwrap() }, async {
                    second.await.unwrap()
                });
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

#[test]
fn a_task_whose_await_was_cancelled_may_be_awaited_again() {
    tells(
        &["5 cancelled: true", "5 ends with a value"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let mut child = create_task(sleep(LONG));
                if let Err(cancelled) = catch(&mut child).await {
                    cancelled.suppress();
                }
                let error = child.await.unwrap_err();
                told.say(format!("cancelled: {}", error.is_cancelled()));
            });
            cancels_after(5, &story, &task).await;
        },
    );
}

#[test]
fn a_handle_that_is_dropped_between_turns_forwards_no_more() {
    let event_loop = oneloop::Loop::builder().paused_clock().build().unwrap();
    let place: Rc<RefCell<Option<Task<()>>>> = Rc::default();
    let found = place.clone();
    let task = event_loop.block_on(async {
        let child = create_task(sleep(LONG));
        *place.borrow_mut() = Some(child);
        let task = create_task(async move {
            poll_fn(|cx| {
                let mut place = found.borrow_mut();
                assert!(Pin::new(place.as_mut().unwrap()).poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
            catch(sleep(LONG)).await.or_resume().await
        });
        yield_now().await;
        Rc::new(task)
    });
    drop(place.take());
    event_loop.block_on(async {
        task.cancel();
        yield_now().await;
        yield_now().await;
        assert!(task.cancelled());
    });
}

#[test]
fn an_await_that_nobody_polls_any_more_keeps_no_request() {
    for with_tree in [false, true] {
        let expected = [
            "5 given up",
            "10 child unwinds",
            "10 child is clean",
            "10 ends cancelled",
        ];
        tells(&expected, async |story| {
            let told = story.clone();
            let task = create_task(async move {
                if with_tree {
                    catch(async {}).await.ok();
                }
                let mut child = create_task(cleans_up(told.clone(), "child", 0));
                // A foreign select gives the await up, but the handle stays.
                let other = Box::pin(sleep(milliseconds(5)));
                futures_util::future::select(&mut child, other).await;
                told.say("given up");
                sleep(LONG).await;
                child.await.unwrap();
            });
            cancels_after(10, &story, &task).await;
        });
    }
}

#[test]
fn a_race_that_moved_to_another_scope_still_ends_its_losers() {
    // Its children kept their places in a node that was gone, so the race asked nobody and waited for
    // its losers to end by themselves.
    tells(
        &["20 the race is over", "20 ends with a value"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let mut race = pin!(oneloop::race([milliseconds(20), LONG].map(sleep)));
                let cancelled = catch(paused(race.as_mut())).await.unwrap_err();
                masked(race).await;
                told.say("the race is over");
                cancelled.suppress();
            });
            cancels_after(5, &story, &task).await;
        },
    );
}

#[test]
fn a_gather_that_moved_to_another_scope_is_asked_with_all_its_children() {
    tells(
        &["10 child unwinds", "13 child is clean", "13 caught"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let child = cleans_up(told.clone(), "child", 3);
                let mut both = pin!(oneloop::gather((child, sleep(LONG))));
                let first = catch(paused(both.as_mut())).await.unwrap_err();
                first.suppress();
                let second = catch(both).await.unwrap_err();
                told.say("caught");
                second.suppress();
            });
            sleep(milliseconds(5)).await;
            task.cancel();
            sleep(milliseconds(5)).await;
            task.cancel();
            task.await.unwrap();
        },
    );
}
