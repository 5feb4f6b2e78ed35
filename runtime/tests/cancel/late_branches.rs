//! Branches of a foreign `join!` that are asked only because another one raises: they were not yet where
//! a request could find them when it came. Next: `masked.rs`.

use crate::story::{Story, cleans_up, ended, milliseconds, tells};
use oneloop::cancel::{Caught, catch};
use oneloop::{create_task, gather, sleep, timeout};

/// Cancels a task of this body after ten milliseconds.
fn cancelled(expected: &[&str], body: impl AsyncFnOnce(Story) + 'static) {
    tells(expected, async |story| {
        let task = create_task(body(story.clone()));
        sleep(milliseconds(10)).await;
        task.cancel();
        ended(&story, &task).await;
    });
}

/// Waits where no request is noticed but by the scope around, and then for a request.
async fn comes_late(late: impl Future<Output = ()>) {
    sleep(milliseconds(12)).await;
    late.await;
}

const LATE: [&str; 5] = [
    "10 early unwinds",
    "15 early is clean",
    "15 late unwinds",
    "22 late is clean",
    "22 ends cancelled",
];

#[test]
fn a_branch_that_is_asked_late_may_clean_up() {
    cancelled(&LATE, async |story| {
        let late = comes_late(cleans_up(story.clone(), "late", 7));
        futures_util::join!(cleans_up(story, "early", 5), late);
    });
}

#[test]
fn a_branch_that_is_asked_late_may_await_a_task_in_its_clean_up() {
    cancelled(&LATE, async |story| {
        let told = story.clone();
        let late = comes_late(async move {
            let result = catch(sleep(crate::story::LONG)).await;
            told.say("late unwinds");
            create_task(sleep(milliseconds(3))).await.unwrap();
            create_task(sleep(milliseconds(4))).await.unwrap();
            told.say("late is clean");
            result.or_resume().await
        });
        futures_util::join!(cleans_up(story, "early", 5), late);
    });
}

#[test]
fn a_branch_that_is_asked_late_may_gather_in_its_clean_up() {
    cancelled(&LATE, async |story| {
        let told = story.clone();
        let late = comes_late(async move {
            let result = catch(sleep(crate::story::LONG)).await;
            told.say("late unwinds");
            let slow = timeout(milliseconds(9), sleep(milliseconds(7)));
            let (limited, ()) = gather((slow, sleep(milliseconds(5)))).await;
            limited.unwrap();
            told.say("late is clean");
            result.or_resume().await
        });
        futures_util::join!(cleans_up(story, "early", 5), late);
    });
}

#[test]
fn a_task_that_is_awaited_late_is_waited_for() {
    cancelled(&LATE, async |story| {
        let task = create_task(cleans_up(story.clone(), "late", 7));
        let late = comes_late(async { task.await.unwrap() });
        futures_util::join!(cleans_up(story, "early", 5), late);
    });
}

/// Two that were asked late, one of which takes longer: what the other resumes does not cut it.
#[test]
fn of_two_branches_that_are_asked_late_both_clean_up() {
    let expected = [
        "10 early unwinds",
        "15 early is clean",
        "15 late unwinds",
        "15 slow unwinds",
        "22 late is clean",
        "30 slow is clean",
        "30 ends cancelled",
    ];
    cancelled(&expected, async |story| {
        let late = comes_late(cleans_up(story.clone(), "late", 7));
        let slow = comes_late(cleans_up(story.clone(), "slow", 15));
        futures_util::join!(cleans_up(story, "early", 5), late, slow);
    });
}
