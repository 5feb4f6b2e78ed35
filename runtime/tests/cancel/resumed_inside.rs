//! A request that is resumed inside a body which requests do not reach: it ends the scope around that
//! body, as `raise` in a `finally` does. Next: `resumed_elsewhere.rs`.

use crate::story::{LONG, Story, cancels_after, cleans_up, ended, milliseconds, tells};
use oneloop::cancel::{Cancelled, Caught, catch, forwarding, masked, paused};
use oneloop::{Task, create_task, gather, sleep, timeout, yield_now};
use std::pin::pin;

/// Catches a request after 10 milliseconds, and has `resumes` send it on: the task must end by it,
/// whether or not `more` requests come meanwhile.
fn ends_by_it(expected: &[&str], more: u32, resumes: impl AsyncFnOnce(Story, Cancelled) + 'static) {
    tells(expected, async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let cancelled = catch(sleep(LONG)).await.unwrap_err();
            resumes(told.clone(), cancelled).await;
            told.say("never");
        });
        sleep(milliseconds(10)).await;
        task.cancel();
        for _ in 0..more {
            sleep(milliseconds(1)).await;
            task.cancel();
        }
        ended(&story, &task).await;
    });
}

#[test]
fn a_resume_in_a_masked_body_ends_the_task() {
    ends_by_it(&["10 ends cancelled"], 0, async |_, cancelled| {
        let result = Err::<(), _>(cancelled);
        masked(masked(result.or_resume())).await;
    });
}

#[test]
fn a_resume_after_a_wait_in_a_masked_body_ends_the_task_though_more_requests_wait_outside() {
    for more in [0, 3] {
        let expected = ["15 closed", "15 ends cancelled"];
        ends_by_it(&expected, more, async |story, cancelled| {
            masked(async {
                sleep(milliseconds(5)).await;
                story.say("closed");
                cancelled.resume().await;
            })
            .await;
        });
    }
}

#[test]
fn a_resume_in_a_forwarding_body_ends_the_task() {
    for more in [0, 3] {
        ends_by_it(&["15 ends cancelled"], more, async |_, cancelled| {
            let body = async {
                sleep(milliseconds(5)).await;
                cancelled.resume().await;
            };
            forwarding(body, |_message| ()).await;
        });
    }
}

#[test]
fn a_resume_in_a_paused_body_ends_the_task() {
    ends_by_it(&["15 ends cancelled"], 0, async |_, cancelled| {
        let body = async {
            sleep(milliseconds(5)).await;
            cancelled.resume().await;
        };
        paused(pin!(body)).await;
    });
}

#[test]
fn a_resume_behind_constructs_in_a_masked_body_passes_through_them() {
    ends_by_it(&["10 ends cancelled"], 0, async |_, cancelled| {
        let limited = timeout(milliseconds(20), async { cancelled.resume().await });
        masked(async { limited.await.map(|never: ()| never).unwrap() }).await;
    });
    ends_by_it(&["10 ends cancelled"], 0, async |_, cancelled| {
        let resumes = Err::<(), _>(cancelled).or_resume();
        masked(gather((resumes, sleep(LONG)))).await;
    });
}

#[test]
fn a_resume_in_a_masked_body_is_caught_around_it() {
    ends_by_it(
        &["10 caught", "10 ends cancelled"],
        0,
        async |story, cancelled| {
            let outer = catch(masked(async { cancelled.resume().await }));
            let cancelled = outer.await.map(|never: ()| never).unwrap_err();
            story.say("caught");
            cancelled.resume().await;
        },
    );
}

#[test]
fn what_waits_beside_a_resume_in_a_masked_body_cleans_up_first() {
    let expected = [
        "10 beside unwinds",
        "15 beside is clean",
        "15 ends cancelled",
    ];
    ends_by_it(&expected, 0, async |story, cancelled| {
        let beside = cleans_up(story, "beside", 5);
        let resumes = async {
            yield_now().await;
            let () = Err(cancelled).or_resume().await;
        };
        masked(futures_util::future::join(resumes, beside)).await;
    });
}

#[test]
fn whoever_awaits_a_task_that_resumes_in_a_mask_is_cancelled_with_it() {
    tells(&["15 ends cancelled"], async |story| {
        let child: Task<()> = create_task(async {
            let result = catch(sleep(LONG)).await;
            masked(async {
                sleep(milliseconds(5)).await;
                result.or_resume().await;
            })
            .await;
        });
        let task = create_task(async { child.await.unwrap() });
        cancels_after(10, &story, &task).await;
    });
}

/// What was resumed waits for somebody else in the mask, while its place is left and taken again.
#[test]
fn a_resume_in_a_body_that_moves_to_another_scope_goes_with_it() {
    let expected = ["13 paused", "17 beside is through", "17 Err(Elapsed)"];
    tells(&expected, async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let body = async {
                let cancelled = catch(sleep(LONG)).await.unwrap_err();
                let resumes = async {
                    sleep(milliseconds(2)).await;
                    let () = Err(cancelled).or_resume().await;
                };
                let beside = masked(async {
                    sleep(milliseconds(7)).await;
                    told.say("beside is through");
                });
                masked(futures_util::future::join(resumes, beside)).await;
            };
            let mut inner = pin!(timeout(milliseconds(10), body));
            let outer = timeout(milliseconds(13), paused(inner.as_mut())).await;
            outer.unwrap_err();
            told.say("paused");
            told.say(format!("{:?}", inner.await));
        });
        task.await.unwrap();
    });
}
