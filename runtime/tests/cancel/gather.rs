//! Inline children: each is asked, all are waited for. Next: `idle.rs`.

use crate::story::{LONG, cancels_after, cleans_up, ended, milliseconds, ok, swallows, tells};
use oneloop::cancel::{Caught, catch, finally};
use oneloop::{Task, create_task, gather, race, sleep, try_gather};
use std::cell::Cell;
use std::io;

/// Feature row 29.
/// Pain 5.
#[test]
fn children_that_borrow_clean_up_each_by_itself() {
    tells(&["40 [1, 2, 9] 2", "40 ends cancelled"], async |story| {
        let task = create_task({
            let story = story.clone();
            async move {
                let mut list = vec![1];
                let cleaned = Cell::new(0);
                let first = async {
                    let result = catch(async {
                        list.push(2);
                        sleep(LONG).await;
                        list.push(3);
                    })
                    .await;
                    sleep(milliseconds(10)).await;
                    list.push(9);
                    cleaned.set(cleaned.get() + 1);
                    result.or_resume().await
                };
                let second = finally(sleep(LONG), async || {
                    sleep(milliseconds(30)).await;
                    cleaned.set(cleaned.get() + 1);
                });
                let result = catch(gather((first, second))).await;
                story.say(format!("{list:?} {}", cleaned.get()));
                result.or_resume().await;
            }
        });
        cancels_after(10, &story, &task).await;
    });
}

#[test]
fn one_that_swallows_does_not_keep_the_others_from_going_on() {
    tells(
        &[
            "10 b unwinds",
            "20 b is clean",
            "60 the swallower ends",
            "60 ends cancelled",
        ],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let swallower = async {
                    swallows(()).await;
                    sleep(milliseconds(50)).await;
                    told.say("the swallower ends");
                };
                gather((swallower, cleans_up(told.clone(), "b", 10))).await;
                told.say("never");
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

#[test]
fn if_all_swallow_there_are_values() {
    tells(&["11 (1, 2)", "11 ends with a value"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let values = gather((swallows(1), swallows(2))).await;
            sleep(milliseconds(1)).await;
            told.say(format!("{values:?}"));
        });
        cancels_after(10, &story, &task).await;
    });
}

#[test]
fn a_gather_on_its_way_out_starts_no_further_child() {
    tells(&["0 ends cancelled"], async |story| {
        let (send, receive) = oneloop::sync::oneshot::channel();
        let told = story.clone();
        let task = std::rc::Rc::new(create_task(async move {
            let me: std::rc::Rc<oneloop::Task<()>> = receive.await.unwrap();
            let first = async {
                me.cancel();
                sleep(LONG).await;
            };
            let second = async { told.say("never") };
            // The first child, polled alone, is cancelled at once.
            gather((first, async { sleep(LONG).await }, async {
                oneloop::yield_now().await;
                second.await
            }))
            .await;
        }));
        send.send(task.clone()).ok().unwrap();
        ended(&story, &task).await;
    });
}

#[test]
fn a_request_that_comes_back_from_one_child_goes_to_the_others() {
    // The first child took the request before the second had begun, and could not use it.
    tells(&["0 ends cancelled"], async |story| {
        let (send, receive) = oneloop::sync::oneshot::channel();
        let task = std::rc::Rc::new(create_task(async move {
            let me: std::rc::Rc<oneloop::Task<()>> = receive.await.unwrap();
            // It ends with a value whenever it is polled again: nobody could cancel it.
            let mut polls = 0;
            let child = create_task(std::future::poll_fn(move |_| {
                polls += 1;
                match polls {
                    1 => std::task::Poll::Pending,
                    _ => std::task::Poll::Ready(()),
                }
            }));
            oneloop::yield_now().await;
            me.cancel();
            gather((async { child.await.unwrap() }, sleep(LONG))).await;
        }));
        send.send(task.clone()).ok().unwrap();
        ended(&story, &task).await;
    });
}

/// Pain 4.
#[test]
fn try_gather_ends_at_the_first_error_of_its_own_that_a_flattened_task_gives() {
    tells(
        &["10 long unwinds", "20 long is clean", "20 no disk"],
        async |story| {
            let told = story.clone();
            let long = create_task(async {
                cleans_up(told, "long", 10).await;
                io::Result::Ok(())
            });
            let fails = create_task(async {
                sleep(milliseconds(10)).await;
                Err::<u8, _>(io::Error::other("no disk"))
            });
            let error = try_gather((long.flatten(), fails.flatten())).await;
            story.say(error.unwrap_err());
        },
    );
}

#[test]
fn an_error_that_a_task_returns_is_a_value_to_try_gather_unless_it_is_flattened() {
    tells(&["30 Ok([Err(\"no disk\"), Ok(())])"], async |story| {
        let fails = create_task(async { Err("no disk") });
        let works = create_task(ok(sleep(milliseconds(30))));
        story.say(format!("{:?}", try_gather([fails, works]).await));
    });
}

#[test]
fn a_flattened_task_that_somebody_cancelled_is_an_error_and_so_is_its_panic() {
    tells(
        &[
            "0 the task was cancelled",
            "0 the task panicked: on purpose",
        ],
        async |story| {
            let task = create_task(ok::<io::Error>(sleep(LONG)));
            task.cancel();
            story.say(task.flatten().await.unwrap_err());
            let fails: Task<io::Result<()>> = create_task(async { panic!("on purpose") });
            story.say(fails.flatten().await.unwrap_err());
        },
    );
}

#[test]
fn try_gather_waits_for_the_clean_up_of_those_it_ends() {
    tells(
        &["10 b unwinds", "40 b is clean", "40 Err(\"bad\")"],
        async |story| {
            let fails = async {
                sleep(milliseconds(10)).await;
                Err::<(), _>("bad")
            };
            let cleans = ok(cleans_up(story.clone(), "b", 30));
            let result = try_gather((fails, cleans)).await.map(drop);
            story.say(format!("{result:?}"));
        },
    );
}

#[test]
fn a_request_during_the_clean_up_of_a_failure_goes_on_after_the_error() {
    tells(
        &["10 b unwinds", "20 Err(\"bad\")", "20 ends cancelled"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let fails = async {
                    sleep(milliseconds(10)).await;
                    Err::<(), _>("bad")
                };
                let cleans = ok(cleans_up(told.clone(), "b", 30));
                let result = try_gather((fails, cleans)).await.map(drop);
                told.say(format!("{result:?}"));
                sleep(milliseconds(1)).await;
                told.say("never");
            });
            // It cuts the clean-up, and is owed when the error comes.
            cancels_after(20, &story, &task).await;
        },
    );
}

#[test]
fn a_race_keeps_its_winner_and_the_request_goes_on_after_it() {
    tells(
        &["10 loser unwinds", "20 winner 0", "20 ends cancelled"],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let child = |wins: bool| {
                    let told = told.clone();
                    async move {
                        match wins {
                            true => sleep(milliseconds(10)).await,
                            false => cleans_up(told, "loser", 20).await,
                        }
                    }
                };
                let (winner, ()) = race([child(true), child(false)]).await;
                told.say(format!("winner {winner}"));
                sleep(milliseconds(1)).await;
                told.say("never");
            });
            cancels_after(20, &story, &task).await;
        },
    );
}

#[test]
fn a_child_that_suppressed_a_request_is_asked_when_another_one_fails_later() {
    tells(
        &[
            "20 first unwinds",
            "25 first is clean",
            "25 Err(\"failed\")",
        ],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let first = async {
                    swallows(()).await;
                    cleans_up(told.clone(), "first", 5).await;
                    Ok(())
                };
                let second = async {
                    swallows(()).await;
                    sleep(milliseconds(10)).await;
                    Err::<(), _>("failed")
                };
                let result = try_gather((first, second)).await;
                told.say(format!("{:?}", result.map(drop)));
            });
            sleep(milliseconds(10)).await;
            task.cancel();
            task.await.unwrap();
        },
    );
}

#[test]
fn a_child_that_suppresses_a_request_after_another_one_failed_is_asked_then() {
    let expected = [
        "10 first unwinds",
        "15 first is clean",
        "15 first goes on",
        "15 first is asked",
        "15 0 has won",
    ];
    tells(&expected, async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let first = async {
                let result = catch(cleans_up(told.clone(), "first", 5)).await;
                told.say("first goes on");
                result.unwrap_err().suppress();
                let asked = catch(sleep(LONG)).await;
                told.say("first is asked");
                asked.or_resume().await;
            };
            let second = async {
                swallows(()).await;
                sleep(milliseconds(2)).await;
            };
            type Child<'a> = std::pin::Pin<Box<dyn Future<Output = ()> + 'a>>;
            let children: [Child<'_>; 2] = [Box::pin(second), Box::pin(first)];
            let (winner, ()) = race(children).await;
            told.say(format!("{winner} has won"));
        });
        sleep(milliseconds(10)).await;
        task.cancel();
        task.await.unwrap();
    });
}
