//! Panics in bodies, destructors and clean-ups. Next: `callers.rs`.

use crate::story::{LONG, Story, cancels_after, cleans_up, milliseconds, tells};
use futures_lite::FutureExt;
use oneloop::cancel::{Caught, catch, finally, forwarding, masked, until};
use oneloop::{Task, create_task, gather, sleep, task_tree, timeout, yield_now};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::pin;

/// Panics when it is dropped, without the hook, which would print.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            resume_unwind(Box::new("in a drop"));
        }
    }
}

/// Cancels the task after 10 ms and says what it ended with.
async fn text_of_panic<T: std::fmt::Debug>(task: Task<T>) -> &'static str {
    sleep(milliseconds(10)).await;
    task.cancel();
    let payload = task.await.unwrap_err().into_panic().unwrap();
    *payload.downcast::<&str>().unwrap()
}

#[test]
fn a_panic_in_the_drop_of_a_cancelled_body_ends_the_task() {
    tells(
        &["10 in a drop", "20 in a drop", "30 in the clean-up"],
        async |story| {
            let told = story.clone();
            let caught = create_task(async move {
                let result = catch(async {
                    let _bomb = Bomb;
                    sleep(LONG).await
                })
                .await;
                told.say("never");
                result.or_resume().await
            });
            story.say(text_of_panic(caught).await);
            let plain = create_task(async {
                let _bomb = Bomb;
                sleep(LONG).await
            });
            story.say(text_of_panic(plain).await);
            let cleans = create_task(finally(sleep(LONG), async || {
                resume_unwind(Box::new("in the clean-up"))
            }));
            story.say(text_of_panic(cleans).await);
        },
    );
}

#[test]
fn a_panic_in_one_child_lets_the_others_clean_up() {
    tells(
        &["5 sibling unwinds", "15 sibling is clean", "15 child"],
        async |story| {
            let fails = async {
                sleep(milliseconds(5)).await;
                resume_unwind(Box::new("child"));
            };
            let sibling = cleans_up(story.clone(), "sibling", 10);
            let task = create_task(async {
                gather((fails, sibling)).await;
            });
            let payload = task.await.unwrap_err().into_panic().unwrap();
            story.say(payload.downcast::<&str>().unwrap());
        },
    );
}

#[test]
fn a_request_goes_on_after_a_panic_that_user_code_caught() {
    tells(&["10 unwound: true", "10 ends cancelled"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let body = catch(async {
                let _bomb = Bomb;
                sleep(LONG).await
            });
            let unwound = AssertUnwindSafe(body).catch_unwind().await;
            told.say(format!("unwound: {}", unwound.is_err()));
            sleep(milliseconds(1)).await;
            told.say("never");
        });
        sleep(milliseconds(10)).await;
        task.cancel();
        crate::story::ended(&story, &task).await;
    });
}

/// The compiler loses what an `await` gives if the drop of what was awaited panics.
#[test]
fn a_request_goes_on_after_a_panic_in_the_drop_of_the_stop_of_until() {
    tells(&["10 unwound: true", "10 ends cancelled"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let stop = async {
                let _bomb = Bomb;
                sleep(LONG).await
            };
            let unwound = AssertUnwindSafe(until(sleep(LONG), stop)).catch_unwind();
            told.say(format!("unwound: {}", unwound.await.is_err()));
            sleep(LONG).await;
            told.say("never");
        });
        sleep(milliseconds(10)).await;
        task.cancel();
        crate::story::ended(&story, &task).await;
    });
}

/// Fails when it is polled for the second time. Before that a picture gives those around it their places.
async fn fails_later(has_place: bool) {
    yield_now().await;
    if has_place {
        let _places = task_tree().to_string();
    }
    yield_now().await;
    resume_unwind(Box::new("on purpose"));
}

/// Nobody polls it any more, so it would owe an answer to the request for as long as it is kept.
async fn keeps(story: &Story, failed: impl Future) {
    let mut failed = pin!(failed);
    let unwound = AssertUnwindSafe(poll_fn(|context| failed.as_mut().poll(context))).catch_unwind();
    assert!(unwound.await.is_err());
    story.say("unwound");
    sleep(LONG).await;
    story.say("never");
}

#[test]
fn what_panicked_and_is_kept_is_asked_nothing() {
    for (kind, has_place) in (0..4).flat_map(|kind| [(kind, false), (kind, true)]) {
        let told = ["0 unwound", "10 ends cancelled"];
        tells(&told, async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let fails = fails_later(has_place);
                match kind {
                    0 => keeps(&told, catch(fails)).await,
                    1 => keeps(&told, timeout(LONG, fails)).await,
                    2 => keeps(&told, masked(fails)).await,
                    _ => keeps(&told, forwarding(fails, |_| ())).await,
                }
            });
            cancels_after(10, &story, &task).await;
        });
    }
}
