//! Bodies that a request does not reach. Next: `resumed_inside.rs`.

use crate::story::{LONG, cancels_after, milliseconds, tells};
use futures_util::stream::{FuturesUnordered, StreamExt};
use oneloop::cancel::{Caught, catch, masked, paused};
use oneloop::{create_task, sleep, timeout};
use std::pin::pin;

#[test]
fn a_request_waits_until_the_masked_body_is_through() {
    tells(
        &[
            "30 the body is through",
            "30 up to here",
            "30 ends cancelled",
        ],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                masked(async {
                    sleep(milliseconds(30)).await;
                    told.say("the body is through");
                })
                .await;
                told.say("up to here");
                sleep(milliseconds(1)).await;
                told.say("never");
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

#[test]
fn a_bound_inside_the_mask_still_holds() {
    tells(&["25 Err(Elapsed)", "25 ends cancelled"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let result = catch(sleep(LONG)).await;
            let closed = masked(timeout(milliseconds(20), sleep(LONG))).await;
            told.say(format!("{closed:?}"));
            result.or_resume().await
        });
        sleep(milliseconds(5)).await;
        task.cancel();
        cancels_after(5, &story, &task).await;
    });
}

#[test]
fn whoever_awaits_a_masked_task_waits_with_it() {
    tells(&["60000 done: false"], async |story| {
        let child = create_task(masked(std::future::pending::<()>()));
        let task = create_task(async { child.await.unwrap() });
        sleep(milliseconds(10)).await;
        task.cancel();
        sleep(milliseconds(59_990)).await;
        story.say(format!("done: {}", task.done()));
    });
}

#[test]
fn a_body_by_reference_goes_on_after_a_timeout_if_it_has_no_catch() {
    tells(&["10 Err(Elapsed)", "30 plain"], async |story| {
        let mut body = pin!(async {
            sleep(milliseconds(30)).await;
            "plain"
        });
        let result = timeout(milliseconds(10), body.as_mut()).await;
        story.say(format!("{result:?}"));
        story.say(body.await);
    });
}

/// A body with a catch point.
async fn catches() -> &'static str {
    match catch(sleep(milliseconds(30))).await {
        Ok(()) => "finished",
        Err(cancelled) => {
            cancelled.suppress();
            "cut"
        }
    }
}

#[test]
fn with_a_catch_it_is_unwound_inside_unless_it_is_paused() {
    tells(
        &["10 Ok(\"cut\")", "20 Err(Elapsed)", "40 finished"],
        async |story| {
            let mut body = pin!(catches());
            let result = timeout(milliseconds(10), body.as_mut()).await;
            story.say(format!("{result:?}"));
            let mut body = pin!(catches());
            let result = timeout(milliseconds(10), paused(body.as_mut())).await;
            story.say(format!("{result:?}"));
            story.say(body.await);
        },
    );
}

#[test]
fn a_stream_of_children_survives_a_bounded_next_only_if_paused() {
    tells(
        &[
            "10 Ok(Some(\"cut\"))",
            "20 Err(Elapsed)",
            "40 Some(\"finished\")",
        ],
        async |story| {
            let mut stream: FuturesUnordered<_> = [catches(), catches()].into_iter().collect();
            let next = timeout(milliseconds(10), stream.next()).await;
            story.say(format!("{next:?}"));
            let mut stream: FuturesUnordered<_> = [catches(), catches()].into_iter().collect();
            let next = timeout(milliseconds(10), paused(pin!(stream.next()))).await;
            story.say(format!("{next:?}"));
            story.say(format!("{:?}", stream.next().await));
        },
    );
}
