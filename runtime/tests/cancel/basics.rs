//! One task, one request: where it is delivered, and what wins. Next: `resources.rs`.

use crate::story::{LONG, cancels_after, cleans_up, ended, milliseconds, swallows, tells};
use oneloop::cancel::{Caught, catch, finally};
use oneloop::sync::Promise;
use oneloop::{call_later, create_task, sleep, try_finally, yield_now};
use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;

#[test]
fn a_body_is_dropped_where_it_waits_and_control_comes_back() {
    struct Local(crate::story::Story);
    impl Drop for Local {
        fn drop(&mut self) {
            self.0.say("the body's local is dropped");
        }
    }
    tells(
        &[
            "10 the body's local is dropped",
            "10 control is back",
            "15 and may await",
            "15 ends cancelled", // the request went on
        ],
        async |story| {
            let task = create_task({
                let story = story.clone();
                async move {
                    let result = catch(async {
                        let _local = Local(story.clone());
                        pending::<()>().await
                    })
                    .await;
                    story.say("control is back");
                    sleep(milliseconds(5)).await;
                    story.say("and may await");
                    result.or_resume().await
                }
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

#[test]
fn what_is_cancelled_before_its_first_poll_never_starts() {
    tells(&["0 ends cancelled"], async |story| {
        let task = create_task({
            let story = story.clone();
            async move {
                story.say("never");
                catch(pending::<()>()).await.or_resume().await
            }
        });
        task.cancel_with("too late");
        ended(&story, &task).await;
        assert_eq!(task.await.unwrap_err().message(), Some("too late"));
    });
}

#[test]
fn a_task_that_cancels_itself_ends_at_its_next_suspension() {
    tells(
        &["0 it goes on", "0 caught", "0 ends with a value"],
        async |story| {
            let (send, receive) = oneloop::sync::oneshot::channel();
            let task = std::rc::Rc::new(create_task({
                let story = story.clone();
                async move {
                    let me: std::rc::Rc<oneloop::Task<()>> = receive.await.unwrap();
                    me.cancel();
                    story.say("it goes on");
                    if let Err(cancelled) = catch(sleep(LONG)).await {
                        story.say("caught");
                        cancelled.suppress();
                    }
                }
            }));
            send.send(task.clone()).ok().unwrap();
            ended(&story, &task).await;
        },
    );
}

#[test]
fn a_value_that_is_there_beats_a_request_of_the_same_moment() {
    // The leaf knows nothing of cancellation, so its value would be lost.
    tells(&["5 got 7", "5 ends cancelled"], async |story| {
        let value = Rc::new(Cell::new(None));
        let seen = value.clone();
        let told = story.clone();
        let task = create_task(async move {
            let got = poll_fn(|_| seen.take().map_or(Poll::Pending, Poll::Ready)).await;
            told.say(format!("got {got}"));
            sleep(LONG).await;
        });
        sleep(milliseconds(5)).await;
        value.set(Some(7));
        task.cancel();
        ended(&story, &task).await;
    });
}

#[test]
fn a_wait_that_loses_nothing_lets_the_request_win() {
    tells(&["5 ends cancelled"], async |story| {
        let promise = Promise::new();
        let value = promise.future();
        let task = create_task({
            let story = story.clone();
            async move {
                value.await.unwrap();
                story.say("never: the promise keeps its value for others");
            }
        });
        sleep(milliseconds(5)).await;
        promise.set_result(()).unwrap();
        task.cancel();
        ended(&story, &task).await;
    });
}

#[test]
fn a_sleep_that_declined_goes_on_if_a_sibling_used_the_request_up() {
    tells(&["10 joined", "20 ends with a value"], async |story| {
        let open = Rc::new(Cell::new(false));
        let seen = open.clone();
        let told = story.clone();
        let task = Rc::new(create_task(async move {
            let swallower = async {
                // It declines nothing, and a catch comes after it in the same poll.
                let opened = poll_fn(|_| match seen.get() {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                });
                opened.await;
                swallows(()).await;
            };
            futures_util::join!(sleep(milliseconds(10)), swallower);
            told.say("joined");
            sleep(milliseconds(10)).await;
        }));
        let cancelled = task.clone();
        call_later(milliseconds(10), move || {
            open.set(true);
            cancelled.cancel();
        });
        ended(&story, &task).await;
    });
}

/// Pain 21.
#[test]
fn finally_runs_whatever_happens_and_the_request_goes_on() {
    tells(
        &["10 clean-up", "10 ends cancelled", "10 clean-up"],
        async |story| {
            let told = story.clone();
            let task =
                create_task(
                    async move { finally(sleep(LONG), async || told.say("clean-up")).await },
                );
            cancels_after(10, &story, &task).await;
            let value = finally(async { 1 }, async || story.say("clean-up")).await;
            assert_eq!(value, 1);
        },
    );
}

#[test]
fn a_clean_up_that_waits_is_not_cut_short_by_the_request_that_began_it() {
    tells(
        &["5 begins", "15 is through", "15 ends cancelled"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                finally(sleep(LONG), async || {
                    told.say("begins");
                    sleep(milliseconds(10)).await;
                    told.say("is through");
                })
                .await
            });
            cancels_after(5, &story, &task).await;
        },
    );
}

#[test]
fn try_finally_lends_the_same_thing_to_both_halves() {
    tells(
        &["5 [\"body\", \"clean-up\"]", "5 ends cancelled"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let mut log = vec![];
                try_finally!({
                    log.push("body");
                    sleep(LONG).await;
                    log.push("never");
                } finally {
                    yield_now().await;
                    log.push("clean-up");
                    told.say(format!("{log:?}"));
                });
            });
            cancels_after(5, &story, &task).await;
        },
    );
}

#[test]
fn on_cancel_runs_only_then() {
    tells(&["5 cancelled", "5 ends cancelled"], async |story| {
        catch(async {})
            .await
            .on_cancel(async || story.say("never"))
            .await;
        let told = story.clone();
        let task = create_task(async move {
            let result = catch(sleep(LONG)).await;
            result.on_cancel(async || told.say("cancelled")).await
        });
        cancels_after(5, &story, &task).await;
    });
}

#[test]
fn layers_of_boxed_services_unwind_inside_out() {
    tells(
        &[
            "5 handler unwinds",
            "15 handler is clean",
            "15 layer is out",
            "15 ends cancelled",
        ],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let inner = Box::pin(cleans_up(told.clone(), "handler", 10));
                let mut layer = Box::pin(finally(inner, async || told.say("layer is out")));
                // A foreign service polls it by hand.
                poll_fn(|cx| layer.as_mut().poll(cx)).await
            });
            cancels_after(5, &story, &task).await;
        },
    );
}

#[test]
fn a_leaf_that_never_wakes_is_dropped_all_the_same() {
    tells(&["5 ends cancelled"], async |story| {
        let task = create_task(poll_fn(|_| Poll::<()>::Pending));
        cancels_after(5, &story, &task).await;
    });
}

#[test]
fn outside_a_task_that_can_be_cancelled_a_catch_is_its_body() {
    // The root future of `block_on`.
    tells(&["5 done"], async |story| {
        catch(sleep(milliseconds(5))).await.unwrap();
        story.say("done");
    });
    // No loop at all.
    assert_eq!(
        futures_lite::future::block_on(catch(async { 1 })).unwrap(),
        1
    );
}
