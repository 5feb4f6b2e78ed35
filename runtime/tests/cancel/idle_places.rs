//! Children that were given a place in the task's tree, beside such that had one already; on a clock that
//! is not paused. Next: `idle_ends.rs`.

use crate::story::swallows;
use oneloop::cancel::{Caught, catch};
use oneloop::sync::{Queue, Semaphore};
use oneloop::testing::set_takes_notes;
use oneloop::{Loop, create_task, gather, race, select, task_tree, yield_now};
use std::cell::RefCell;
use std::future::pending;
use std::pin::Pin;
use std::rc::Rc;

/// Runs a scenario on a clock that is not paused; it must tell this story, and leave nothing behind.
#[track_caller]
fn tells(expected: &[&str], scenario: impl AsyncFnOnce(&Lines)) {
    let event_loop = Loop::new().unwrap();
    set_takes_notes(false);
    let lines = Lines::default();
    event_loop.block_on(scenario(&lines));
    assert_eq!(*lines.0.borrow(), expected);
    assert_eq!(event_loop.handle().stats().participants, 0);
}

#[derive(Clone, Default)]
struct Lines(Rc<RefCell<Vec<&'static str>>>);

impl Lines {
    fn say(&self, line: &'static str) {
        self.0.borrow_mut().push(line);
    }
}

async fn turns(number: u32) {
    for _ in 0..number {
        yield_now().await;
    }
}

/// Asks idle children of another task of the loop, so that these are given places.
async fn gives_places_elsewhere() {
    let task = create_task(async { gather((pending::<()>(), pending::<()>())).await });
    yield_now().await;
    task.cancel();
    assert!(task.await.unwrap_err().is_cancelled());
}

/// Waits for ever. Asked to end, it cleans up for three turns.
async fn cleans_up(lines: &Lines) {
    let result = catch(pending::<()>()).await;
    lines.say("cleans up");
    turns(3).await;
    lines.say("is clean");
    result.or_resume().await;
}

#[test]
fn a_loser_of_select_cleans_up_after_others_were_given_places() {
    tells(&["cleans up", "is clean", "branch"], async |lines| {
        select! {
            () = cleans_up(lines) => unreachable!("it waits for ever"),
            () = gives_places_elsewhere() => lines.say("branch"),
        }
    });
}

#[test]
fn a_loser_of_a_race_cleans_up_after_others_were_given_places() {
    tells(&["cleans up", "is clean", "1 won"], async |lines| {
        let children: [Pin<Box<dyn Future<Output = ()>>>; 2] = [
            Box::pin(cleans_up(lines)),
            Box::pin(gives_places_elsewhere()),
        ];
        assert_eq!(race(children).await, (1, ()));
        lines.say("1 won");
    });
}

/// A child that is polled again stays in its place, and what is asked there is not lost.
#[test]
fn a_child_keeps_its_place_when_others_are_given_theirs() {
    tells(&["swallowed", "swallowed", "both"], async |lines| {
        let told = lines.clone();
        let task = create_task(async move {
            let child = async || {
                let polled_again = async {
                    gives_places_elsewhere().await;
                    swallows(()).await;
                    told.say("swallowed");
                };
                let caught = catch(polled_again).await;
                caught.expect("the request was swallowed further in");
            };
            gather((child(), child())).await;
            told.say("both");
        });
        turns(20).await;
        task.cancel();
        task.await.expect("the request was swallowed");
    });
}

/// The idle ones are asked beside one that has a place, and each in its own.
#[test]
fn idle_children_and_one_with_a_place_are_asked_together() {
    tells(&["cleans up", "is clean", "cancelled"], async |lines| {
        let told = lines.clone();
        let task = create_task(async move {
            let asks = async {
                turns(2).await;
                oneloop::current_task().expect("in a task").cancel();
                pending::<()>().await;
            };
            gather((pending::<()>(), cleans_up(&told), asks, pending::<()>())).await;
        });
        assert!(task.await.unwrap_err().is_cancelled());
        lines.say("cancelled");
    });
}

/// A task that is asked and goes on has children again that are idle, as often as it likes.
#[test]
fn places_come_and_go_a_thousand_times() {
    tells(&["ended"], async |lines| {
        let told = lines.clone();
        let task = create_task(async move {
            for _ in 0..1000 {
                let asked = catch(async {
                    let asks = async {
                        oneloop::current_task().expect("in a task").cancel();
                        pending::<()>().await;
                    };
                    gather((pending::<()>(), asks, turns(1))).await;
                });
                asked.await.expect_err("it was asked").suppress();
            }
            told.say("ended");
        });
        task.await.expect("each request was suppressed");
    });
}

/// An item that a loser was handed in that moment goes to the next in line.
#[test]
fn what_an_idle_loser_was_handed_goes_to_the_next_in_line() {
    tells(&["the branch", "the next has 7"], async |lines| {
        let queue = Rc::new(Queue::<u32>::new(0));
        let semaphore = Rc::new(Semaphore::new(0));
        let (items, permits, told) = (queue.clone(), semaphore.clone(), lines.clone());
        let mut next = None;
        select! {
            () = async {
                turns(2).await;
                // The one in line behind the losers, who are further in front.
                next = Some(create_task(async move {
                    let _permit = permits.acquire().await;
                    assert_eq!(items.get().await.ok(), Some(7));
                    told.say("the next has 7");
                }));
                turns(2).await;
                queue.put_nowait(7).unwrap();
                semaphore.release();
            } => lines.say("the branch"),
            _ = queue.get() => unreachable!("it is behind the first"),
            _ = semaphore.acquire() => unreachable!("it is behind the first"),
        }
        next.expect("it was begun").await.expect("it gets both");
    });
}

/// What is given a place in the winner's last poll has no waker of its own: it is polled all the same.
#[test]
fn a_picture_in_the_poll_that_wins_leaves_no_loser_waiting() {
    tells(&["branch", "won"], async |lines| {
        let lines = lines.clone();
        let told = lines.clone();
        let task = create_task(async move {
            select! {
                () = pending() => unreachable!("it waits for ever"),
                () = async { let _places = task_tree().to_string(); } => told.say("branch"),
            }
        });
        for _ in 0..20 {
            yield_now().await;
        }
        assert!(task.done(), "nobody polls the loser");
        let loser: Pin<Box<dyn Future<Output = ()>>> = Box::pin(pending());
        set_takes_notes(false);
        let winner = Box::pin(async {
            let _places = task_tree().to_string();
        });
        assert_eq!(race([loser, winner]).await, (1, ()));
        lines.say("won");
    });
}
