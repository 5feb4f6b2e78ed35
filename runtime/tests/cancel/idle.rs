//! Bodies that are ready at once, and children of which nothing was asked, have no place in a task's
//! tree. These scenarios look for a difference. Next: `idle_places.rs`.

use crate::story::{LONG, Last, Story, cancels_after, ended, idles, milliseconds, swallows, tells};
use oneloop::cancel::{Caught, catch};
use oneloop::{Loop, yield_now};
use oneloop::{Task, create_task, current_task, gather, race, select, sleep, task_tree, timeout};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Waits for a task for ever.
async fn awaits(story: &Story, name: &'static str) {
    let told = story.clone();
    let task = create_task(async move { idles(&told, name).await });
    let _ = task.await;
}

#[test]
fn idle_children_and_others_are_asked_in_their_order() {
    tells(
        &[
            "10 a is dropped",
            "10 c is dropped",
            "10 the task of b is dropped", // It was woken after the one with the children.
            "10 ends cancelled",
        ],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let children = (
                    idles(&told, "a"),
                    awaits(&told, "the task of b"),
                    idles(&told, "c"),
                );
                gather(children).await;
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

/// A child that gets a place late stands between its siblings all the same.
#[test]
fn a_place_that_is_given_late_is_that_of_the_child() {
    tells(
        &[
            "10 a swallows",
            "10 b swallows",
            "10 c swallows",
            "10 ends with a value",
        ],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let swallows_at = async |rounds: u32, name: &str| {
                    for _ in 0..rounds {
                        yield_now().await;
                    }
                    swallows(()).await;
                    told.say(format_args!("{name} swallows"));
                };
                gather((
                    swallows_at(3, "a"),
                    swallows_at(1, "b"),
                    swallows_at(2, "c"),
                ))
                .await;
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

#[test]
fn a_child_that_asks_its_own_task_asks_its_idle_siblings_too() {
    for first_poll in [true, false] {
        tells(
            &[
                "0 b goes on",
                "0 a is dropped",
                "0 c is dropped",
                "0 ends cancelled",
            ],
            async |story| {
                let told = story.clone();
                let task = create_task(async move {
                    let asks = async {
                        if !first_poll {
                            yield_now().await;
                        }
                        let me = current_task().expect("in a task");
                        me.cancel();
                        swallows(()).await;
                        told.say("b goes on");
                    };
                    gather((
                        idles(&told, "a"),
                        asks,
                        idles_later(&told, "c", !first_poll),
                    ))
                    .await;
                });
                ended(&story, &task).await;
            },
        );
    }
}

/// As [`idles`]; perhaps it is not polled before the others were.
async fn idles_later(story: &Story, name: &'static str, at_once: bool) {
    let _last = Last(story.clone(), name);
    if !at_once {
        yield_now().await;
    }
    pending::<()>().await;
}

#[test]
fn a_picture_gives_idle_children_places_that_they_take_over() {
    tells(
        &[
            "5 a child, a child",
            "10 a is dropped",
            "10 b is dropped",
            "10 ends cancelled",
        ],
        async |story| {
            let told = story.clone();
            let task: Task<()> = create_task(async move {
                gather((idles(&told, "a"), idles(&told, "b"))).await;
            });
            sleep(milliseconds(5)).await;
            let picture = task_tree().to_string();
            let children = picture.matches("a child").count();
            story.say(vec!["a child"; children].join(", "));
            assert!(picture.contains("gather"), "{picture}");
            sleep(milliseconds(5)).await;
            task.cancel();
            ended(&story, &task).await;
        },
    );
}

#[test]
fn whom_a_picture_gave_a_place_may_end_or_be_dropped_with_all() {
    tells(&["5 1", "5 ends with a value"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let both = gather((sleep(milliseconds(5)), async {
                sleep(milliseconds(1)).await;
                let _places = task_tree().to_string();
            }));
            both.await;
            // Foreign code drops these where they wait.
            let mut dropped = Box::pin(gather((pending::<()>(), pending::<()>())));
            let mut polls = 0;
            poll_fn(|context| {
                polls += 1;
                assert!(dropped.as_mut().poll(context).is_pending());
                let _places = task_tree().to_string();
                Poll::Ready(())
            })
            .await;
            drop(dropped);
            told.say(polls);
        });
        ended(&story, &task).await;
    });
}

#[test]
fn idle_losers_are_dropped_when_another_wins() {
    tells(
        &["1 a is dropped", "1 0 won", "2 b is dropped", "2 selected"],
        async |story| {
            let winner = async |time| sleep(milliseconds(time)).await;
            let loser = async |name| idles(&story, name).await;
            let (number, ()) = race([
                Box::pin(winner(1)) as std::pin::Pin<Box<dyn Future<Output = ()> + '_>>,
                Box::pin(loser("a")),
            ])
            .await;
            story.say(format_args!("{number} won"));
            select! {
                () = loser("b") => unreachable!("it waits for ever"),
                () = winner(1) => story.say("selected"),
            }
        },
    );
}

/// A loser that is ready in the moment in which another wins does not go on.
#[test]
fn an_idle_loser_does_nothing_more() {
    tells(&["0 first"], async |story| {
        let runs = async |name: &'static str| {
            yield_now().await;
            story.say(name);
        };
        select! {
            () = runs("first") => {}
            () = runs("second") => {}
        }
    });
}

#[test]
fn a_loser_with_a_catch_in_it_cleans_up_before_the_branch_runs() {
    tells(
        &["1 cleans up", "11 is clean", "11 branch"],
        async |story| {
            let loser = async {
                let result = catch(sleep(LONG)).await;
                story.say("cleans up");
                sleep(milliseconds(10)).await;
                story.say("is clean");
                result.or_resume().await;
            };
            select! {
                () = loser => unreachable!("it waits for ever"),
                () = sleep(milliseconds(1)) => story.say("branch"),
            }
        },
    );
}

#[test]
fn a_loser_whose_drop_panics_ends_the_race_with_that() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("in the drop of a loser");
        }
    }
    tells(&["0 caught", "0 ends with a value"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let loser = async {
                let _panics = Panics;
                pending::<()>().await;
            };
            let mut both = pin!(async {
                select! {
                    () = loser => {}
                    () = yield_now() => {}
                }
            });
            poll_fn(|context| {
                match catch_unwind(AssertUnwindSafe(|| both.as_mut().poll(context))) {
                    Ok(polled) => polled,
                    Err(_) => {
                        told.say("caught");
                        Poll::Ready(())
                    }
                }
            })
            .await;
        });
        ended(&story, &task).await;
    });
}

/// The scope of a first poll that panics is left, and those around it stay.
#[test]
fn a_first_poll_that_panics_leaves_its_scope() {
    for registers in [false, true] {
        tells(
            &["0 timeout", "0 caught", "0 ends with a value"],
            async |story| {
                let told = story.clone();
                let task = create_task(async move {
                    let panics = async {
                        let inner = async {
                            if registers {
                                let mut waits = pin!(catch(pending::<()>()));
                                let mut context = Context::from_waker(Waker::noop());
                                assert!(waits.as_mut().poll(&mut context).is_pending());
                            }
                            panic!("in its first poll");
                        };
                        let _: Result<(), _> = catch(inner).await;
                    };
                    let mut panics = Box::pin(panics);
                    let around = timeout(LONG, async {
                        let polled = poll_fn(|context| {
                            let polled = AssertUnwindSafe(|| panics.as_mut().poll(context));
                            Poll::Ready(catch_unwind(polled).is_err())
                        });
                        assert!(polled.await);
                        told.say("timeout");
                        current_task().expect("in a task").cancel();
                        swallows(()).await;
                    });
                    around.await.expect("in time");
                    told.say("caught");
                });
                ended(&story, &task).await;
            },
        );
    }
}

/// What is ready at once is caught all the same if it was asked before it is suspended.
#[test]
fn a_request_in_a_first_poll_lies_at_the_innermost_scope() {
    tells(&["0 caught inside", "0 ends with a value"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let inner = async {
                current_task().expect("in a task").cancel();
                pending::<()>().await;
            };
            let outer = async {
                if let Err(cancelled) = catch(inner).await {
                    told.say("caught inside");
                    cancelled.suppress();
                }
            };
            assert!(timeout(LONG, outer).await.is_ok());
        });
        ended(&story, &task).await;
    });
}

/// Outside a task nothing can be asked; the losers end where they wait.
#[test]
fn a_race_outside_a_task_drops_its_losers() {
    let dropped = Rc::new(());
    let kept = dropped.clone();
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    let won = event_loop.enter(|| {
        let loser = async {
            let _kept = kept;
            pending::<u8>().await
        };
        let mut race = Box::pin(race([
            Box::pin(loser) as std::pin::Pin<Box<dyn Future<Output = u8>>>,
            Box::pin(async { 2 }),
        ]));
        race.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    });
    assert_eq!(won, Poll::Ready((1, 2)));
    assert_eq!(Rc::strong_count(&dropped), 1);
}

/// Idle children are given places somewhere: a child elsewhere that has one keeps it.
#[test]
fn places_that_others_are_given_take_nobodys_place() {
    let told = ["0 inner is caught", "0 outer is caught", "0 ends cancelled"];
    tells(&told, async |story| {
        let gathers = |awaited: Task<()>, name: &'static str| {
            let told = story.clone();
            create_task(async move {
                let both = async { gather((awaited, yield_now())).await };
                let result = catch(both).await;
                let end = match result.is_err() {
                    true => "caught",
                    false => "not caught",
                };
                told.say(format_args!("{name} is {end}"));
                let _ = result.or_resume().await;
            })
        };
        let inner = gathers(create_task(pending()), "inner");
        yield_now().await;
        yield_now().await;
        let outer = gathers(inner, "outer");
        yield_now().await; // Its second child is idle, the first of the inner one is not.
        outer.cancel();
        ended(&story, &outer).await;
    });
}

/// A child that panicked waits for nothing: it is not to be drawn, nor asked.
#[test]
fn a_child_that_panicked_is_in_no_picture() {
    tells(&["0 1 child is left", "0 ends in a panic"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let mut polls = 0;
            let panics = poll_fn(|context| {
                polls += 1;
                assert!(polls < 2, "in its second poll");
                context.waker().wake_by_ref();
                Poll::<()>::Pending
            });
            let looks = async {
                if catch(sleep(LONG)).await.is_err() {
                    let children = task_tree().to_string().matches("a child").count();
                    told.say(format_args!("{children} child is left"));
                }
            };
            gather((panics, looks)).await;
        });
        ended(&story, &task).await;
    });
}
