//! A second `cancel()` asks whoever waits then, clean-up included. Next: `messages.rs`.

use crate::story::{LONG, cancels_after, cleans_up, ended, milliseconds, tells};
use oneloop::cancel::{Caught, catch, masked};
use oneloop::sync::oneshot;
use oneloop::{create_task, gather, sleep, timeout, yield_now};
use std::rc::Rc;

#[test]
fn it_cuts_a_clean_up_short() {
    tells(&["5 a unwinds", "10 ends cancelled"], async |story| {
        let task = create_task(cleans_up(story.clone(), "a", 50));
        sleep(milliseconds(5)).await;
        task.cancel();
        cancels_after(5, &story, &task).await;
    });
}

#[test]
fn it_reaches_the_clean_up_of_an_awaited_task() {
    tells(
        &[
            "20 the clean-up was cut: true",
            "20 the awaiter caught it",
            "20 ends with a value",
        ],
        async |story| {
            let told = story.clone();
            let child = create_task(async move {
                let first = catch(sleep(LONG)).await;
                let second = catch(sleep(milliseconds(50))).await;
                told.say(format!("the clean-up was cut: {}", second.is_err()));
                drop(second);
                first.or_resume().await
            });
            let told = story.clone();
            let task = create_task(async move {
                if let Err(cancelled) = catch(child).await {
                    told.say("the awaiter caught it");
                    cancelled.suppress();
                }
            });
            sleep(milliseconds(10)).await;
            task.cancel();
            cancels_after(10, &story, &task).await;
            assert_eq!(task.cancelling(), 2);
        },
    );
}

#[test]
fn it_goes_to_the_children_that_still_clean_up() {
    tells(
        &[
            "10 a unwinds",
            "10 b unwinds",
            "15 a is clean",
            "30 ends cancelled",
        ],
        async |story| {
            let children = (
                cleans_up(story.clone(), "a", 5),
                cleans_up(story.clone(), "b", 50),
            );
            let task = create_task(gather(children));
            sleep(milliseconds(10)).await;
            task.cancel();
            cancels_after(20, &story, &task).await;
        },
    );
}

#[test]
fn of_two_tokens_in_one_frame_either_may_go_on() {
    for newer in [true, false] {
        tells(&["10 ends cancelled"], async |story| {
            let task = create_task(async move {
                let first = catch(sleep(LONG)).await;
                let second = catch(sleep(LONG)).await;
                if newer {
                    second.or_resume().await;
                    first.or_resume().await
                } else {
                    let _kept = second;
                    first.or_resume().await
                }
            });
            sleep(milliseconds(5)).await;
            task.cancel();
            cancels_after(5, &story, &task).await;
        });
    }
}

#[test]
fn a_deadline_asks_the_clean_up_too() {
    tells(&["10 cleaning up", "20 ends cancelled"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let body = async {
                let result = catch(sleep(LONG)).await;
                told.say("cleaning up");
                sleep(milliseconds(50)).await;
                told.say("never");
                result.or_resume().await
            };
            let result = timeout(milliseconds(20), body).await;
            told.say(format!("never, since the request goes on: {result:?}"));
        });
        cancels_after(10, &story, &task).await;
        assert_eq!(task.cancelling(), 1, "the stop counts no more");
    });
}

#[test]
fn a_stop_that_comes_some_batches_later_asks_the_clean_up_too() {
    // All in one turn of the loop, which runs many batches: the stop must not be taken for a part
    // of the request that came before.
    tells(&["0 cleaning up", "0 ends cancelled"], async |story| {
        let (stop, stopped) = oneshot::channel();
        let told = story.clone();
        let task = create_task(async move {
            let body = async {
                let result = catch(sleep(LONG)).await;
                told.say("cleaning up");
                sleep(LONG).await;
                result.or_resume().await
            };
            oneloop::cancel::until(body, stopped).await.ok();
        });
        yield_now().await;
        task.cancel();
        for _ in 0..3 {
            yield_now().await;
        }
        stop.send(()).unwrap();
        ended(&story, &task).await;
    });
}

#[test]
fn an_older_request_that_comes_back_goes_with_the_newer_one() {
    // It must not be delivered again where it was caught: the two tokens would wait for each other.
    tells(
        &["1 first", "2 second", "2 ends cancelled"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let returns = create_task(masked(sleep(milliseconds(2))));
                let catches = create_task(async move {
                    let first = catch(sleep(LONG)).await;
                    told.say("first");
                    let second = catch(sleep(LONG)).await;
                    told.say("second");
                    first.or_resume().await;
                    second.or_resume().await;
                });
                let _both = futures_util::join!(returns, catches);
            });
            sleep(milliseconds(1)).await;
            task.cancel();
            cancels_after(1, &story, &task).await;
        },
    );
}

#[test]
fn requests_that_were_not_delivered_yet_are_one() {
    tells(&["5 caught", "10 ends with a value"], async |story| {
        let told = story.clone();
        let task = Rc::new(create_task(async move {
            if let Err(cancelled) = catch(sleep(LONG)).await {
                told.say("caught");
                cancelled.suppress();
            }
            sleep(milliseconds(5)).await;
        }));
        sleep(milliseconds(5)).await;
        task.cancel();
        task.cancel();
        ended(&story, &task).await;
    });
}
