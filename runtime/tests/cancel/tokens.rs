//! What may become of a caught request: only `suppress` ends it. Next: `timeouts.rs`.

use crate::story::{LONG, Story, cancels_after, cleans_up, ended, milliseconds, tells};
use futures_util::future::{ready, select};
use oneloop::cancel::{Cancelled, Caught, catch};
use oneloop::{Loop, Task, create_task, gather, sleep, timeout};
use std::cell::RefCell;
use std::rc::Rc;

/// Pain 7.
#[test]
fn a_token_that_is_dropped_goes_on_at_the_next_suspension() {
    struct Holds {
        _token: Cancelled,
        story: Story,
    }
    impl Drop for Holds {
        fn drop(&mut self) {
            self.story.say("dropped, with what it holds");
        }
    }
    tells(
        &[
            "10 dropped, with what it holds",
            "10 up to here",
            "10 ends cancelled",
        ],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                if let Err(cancelled) = catch(sleep(LONG)).await {
                    drop(Holds {
                        _token: cancelled,
                        story: told.clone(),
                    });
                    told.say("up to here");
                    sleep(milliseconds(0)).await;
                    told.say("never");
                }
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

/// Pain 7.
#[test]
fn err_of_anything_is_no_swallow() {
    tells(&["10 ends cancelled"], async |story| {
        let task = create_task(async {
            let value = match catch(sleep(LONG)).await {
                Ok(()) => 1,
                Err(_) => 2, // asyncio's `except CancelledError: pass` would go on
            };
            sleep(milliseconds(1)).await;
            unreachable!("with {value}");
        });
        cancels_after(10, &story, &task).await;
    });
}

#[test]
fn a_task_that_returns_first_keeps_its_value() {
    tells(&["10 ends with a value"], async |story| {
        let task = create_task(async {
            drop(catch(sleep(LONG)).await);
            7
        });
        cancels_after(10, &story, &task).await;
        assert_eq!(task.await.unwrap(), 7);
    });
}

#[test]
fn a_resume_in_a_foreign_select_is_not_lost() {
    tells(
        &["10 the select went on", "10 ends cancelled"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                if let Err(cancelled) = catch(sleep(LONG)).await {
                    let resumes = Box::pin(cancelled.resume());
                    drop(select(resumes, ready(())).await);
                    told.say("the select went on");
                    sleep(milliseconds(1)).await;
                    told.say("never");
                }
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

#[test]
fn a_resume_inside_a_timeout_passes_through_it() {
    tells(&["10 ends cancelled"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            if let Err(cancelled) = catch(sleep(LONG)).await {
                let result = timeout(milliseconds(100), async {
                    cancelled.resume().await;
                });
                told.say(format!("never {:?}", result.await));
            }
        });
        cancels_after(10, &story, &task).await;
    });
}

#[test]
fn a_resume_in_a_child_of_a_gather_ends_the_gather() {
    tells(
        &["10 the gather was cancelled: true", "10 ends cancelled"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                if let Err(cancelled) = catch(sleep(LONG)).await {
                    let resumes = async { cancelled.resume().await };
                    // The sibling has not begun yet, so there is nothing to clean up.
                    let sibling = cleans_up(told.clone(), "sibling", 10);
                    let result = catch(gather((resumes, sibling))).await;
                    told.say(format!("the gather was cancelled: {}", result.is_err()));
                    result.or_resume().await;
                }
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

#[test]
fn a_token_may_be_carried_out_of_a_timeout() {
    let expected = [
        "10 carried",
        "11 lives",
        "11 ends with a value",
        "21 ends cancelled",
    ];
    tells(&expected, async |story| {
        for suppress in [true, false] {
            let told = story.clone();
            let task = create_task(async move {
                let carried = timeout(milliseconds(100), catch(sleep(LONG)))
                    .await
                    .unwrap();
                let cancelled = carried.unwrap_err();
                if !suppress {
                    cancelled.resume().await;
                }
                cancelled.suppress();
                told.say("carried");
                sleep(milliseconds(1)).await;
                told.say("lives");
            });
            cancels_after(10, &story, &task).await;
        }
    });
}

#[test]
fn a_stop_that_the_body_caught_and_returned_is_a_value() {
    tells(&["10 the token", "11 fine"], async |story| {
        let result = timeout(milliseconds(10), catch(sleep(LONG))).await;
        result.unwrap().unwrap_err().suppress();
        story.say("the token");
        sleep(milliseconds(1)).await;
        story.say("fine");
    });
}

#[test]
fn a_token_that_another_task_resumes_ends_that_one() {
    tells(
        &[
            "10 the other was cancelled: true",
            "11 home goes on",
            "11 ends with a value",
        ],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                if let Err(cancelled) = catch(sleep(LONG)).await {
                    let other: Task<()> = create_task(async { cancelled.resume().await });
                    let cancelled = other.await.unwrap_err().is_cancelled();
                    told.say(format!("the other was cancelled: {cancelled}"));
                    sleep(milliseconds(1)).await;
                    told.say("home goes on");
                }
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

type Place = Rc<RefCell<Option<Cancelled>>>;

/// A task that puts its token there and goes on for so long.
async fn gives_its_token_away(place: Place, time: u64) {
    *place.borrow_mut() = catch(sleep(LONG)).await.err();
    sleep(milliseconds(time)).await;
}

#[test]
fn a_token_answered_outside_its_task_answers_for_it() {
    for suppress in [true, false] {
        let end = match suppress {
            true => "15 ends with a value",
            false => "12 ends cancelled",
        };
        tells(&[end], async |story| {
            let place = Place::default();
            let task = create_task(gives_its_token_away(place.clone(), 10));
            sleep(milliseconds(5)).await;
            task.cancel();
            sleep(milliseconds(7)).await;
            let token = place.take().unwrap();
            if suppress {
                token.suppress();
            } else {
                drop(token);
            }
            ended(&story, &task).await;
        });
    }
}

#[test]
fn a_token_may_outlive_its_task() {
    tells(
        &["5 ends with a value", "5 nothing happens"],
        async |story| {
            let place = Place::default();
            let task = create_task(gives_its_token_away(place.clone(), 0));
            cancels_after(5, &story, &task).await;
            drop(place.take());
            story.say("nothing happens");
        },
    );
}

#[test]
fn a_token_may_outlive_its_loop() {
    let place = Place::default();
    let first = Loop::builder().paused_clock().build().unwrap();
    first.block_on(async {
        let task = create_task(gives_its_token_away(place.clone(), 10));
        sleep(milliseconds(5)).await;
        task.cancel();
        sleep(milliseconds(1)).await;
    });
    drop(first);
    let token = place.take().unwrap();
    assert_eq!(token.message(), None);
    // Resumed in a task of another loop, it ends that one.
    let second = Loop::builder().paused_clock().build().unwrap();
    second.block_on(async {
        let task: Task<()> = create_task(async { token.resume().await });
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(second.handle().stats().participants, 0);
}

#[test]
fn a_token_whose_scope_has_ended_answers_to_the_one_around_it() {
    tells(
        &[
            "10 the inner scope has ended",
            "10 caught outside",
            "10 ends cancelled",
        ],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let result = catch(async {
                    // The token of the innermost catch leaves the middle one.
                    let token = catch(async { catch(sleep(LONG)).await }).await.unwrap();
                    told.say("the inner scope has ended");
                    drop(token);
                    sleep(LONG).await;
                })
                .await;
                told.say("caught outside");
                result.or_resume().await
            });
            cancels_after(10, &story, &task).await;
        },
    );
}
