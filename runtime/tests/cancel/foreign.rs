//! Combinators of others, which know nothing of requests. Next: `late_branches.rs`.

use crate::story::{LONG, Story, cancels_after, cleans_up, milliseconds, tells};
use futures_util::future::{FutureExt, select};
use futures_util::stream::{self, FuturesUnordered, StreamExt};
use oneloop::cancel::{Caught, catch};
use oneloop::{Task, create_task, sleep, task_tree, timeout};
use std::rc::Rc;

/// Both clean up, and are waited for.
const BOTH: [&str; 5] = [
    "10 a unwinds",
    "10 b unwinds",
    "20 a is clean",
    "40 b is clean",
    "40 ends cancelled",
];

/// Cancels a task of this body after 10 ms.
fn cancelled(expected: &[&str], body: impl AsyncFnOnce(Story) + 'static) {
    tells(expected, async |story| {
        let task = create_task(body(story.clone()));
        cancels_after(10, &story, &task).await;
    });
}

#[test]
fn join_asks_all_catch_points_and_waits_for_them() {
    cancelled(&BOTH, async |story| {
        futures_util::join!(
            cleans_up(story.clone(), "a", 10),
            cleans_up(story.clone(), "b", 30)
        );
    });
}

#[test]
fn join_asks_all_awaited_tasks_and_waits_for_them() {
    cancelled(&BOTH, async |story| {
        let first = create_task(cleans_up(story.clone(), "a", 10));
        let second = create_task(cleans_up(story.clone(), "b", 30));
        drop(futures_util::join!(first, second));
    });
}

#[test]
fn futures_unordered_too() {
    cancelled(&BOTH, async |story| {
        let child = |(name, time)| cleans_up(story.clone(), name, time);
        let mut all: FuturesUnordered<_> = [("a", 10), ("b", 30)].map(child).into_iter().collect();
        while all.next().await.is_some() {}
    });
}

#[test]
fn buffer_unordered_ends_those_that_run_and_starts_no_more() {
    let expected = [
        "10 a unwinds",
        "10 b unwinds",
        "20 a is clean",
        "20 b is clean",
        "20 ends cancelled",
    ];
    cancelled(&expected, async |story| {
        stream::iter(["a", "b", "c"])
            .map(|name| cleans_up(story.clone(), name, 10))
            .buffer_unordered(2)
            .collect::<Vec<_>>()
            .await;
    });
}

#[test]
fn a_select_that_drops_an_await_gives_the_request_back() {
    tells(
        &[
            "10 child unwinds",
            "30 the other branch won",
            "30 delivered",
            "30 ends cancelled",
            "30 the child has ended: false",
        ],
        async |story| {
            let child = Rc::new(create_task(cleans_up(story.clone(), "child", 100)));
            let awaited = child.clone();
            let told = story.clone();
            let task = create_task(async move {
                let awaits = Box::pin(async { (&*awaited).await });
                select(awaits, Box::pin(sleep(milliseconds(30)))).await;
                told.say("the other branch won");
                let result = catch(sleep(LONG)).await;
                told.say("delivered");
                result.or_resume().await
            });
            cancels_after(10, &story, &task).await;
            story.say(format!("the child has ended: {}", child.done()));
            child.cancel();
        },
    );
}

/// Whether it has a place in its task's tree, which a picture gives it, or none: nothing of it is left.
#[test]
fn a_select_drops_its_loser_without_its_clean_up() {
    for has_place in [false, true] {
        tells(&["10 the select is done"], async |story| {
            let loser = Box::pin(cleans_up(story.clone(), "loser", 5));
            let winner = async {
                sleep(milliseconds(5)).await;
                if has_place {
                    let _picture = task_tree().to_string();
                }
                sleep(milliseconds(5)).await;
            };
            select(loser, Box::pin(winner)).await;
            story.say("the select is done");
            sleep(milliseconds(20)).await;
        });
    }
}

#[test]
fn a_shared_future_is_cancelled_for_all_who_share_it() {
    tells(&["10 true", "10 Ok(\"cut\")"], async |story| {
        let body = async {
            match catch(sleep(milliseconds(50))).await {
                Ok(()) => "finished",
                Err(cancelled) => {
                    cancelled.suppress();
                    "cut"
                }
            }
        };
        let shared = body.boxed_local().shared();
        let first = create_task(shared.clone());
        let second: Task<&str> = create_task(shared);
        sleep(milliseconds(10)).await;
        first.cancel();
        (&first).await.ok();
        oneloop::yield_now().await;
        // Share a task instead, if that is not what is meant.
        story.say(second.done());
        let result = second.await.map_err(drop);
        story.say(format!("{result:?}"));
    });
}

#[test]
fn timeouts_in_a_foreign_join_touch_their_own_branch_only() {
    tells(
        &[
            "10 a unwinds",
            "15 a is clean",
            "50 (Err(Elapsed), Ok(\"b\"))",
        ],
        async |story| {
            let slow = async {
                sleep(milliseconds(50)).await;
                "b"
            };
            let results = futures_util::join!(
                timeout(milliseconds(10), cleans_up(story.clone(), "a", 5)),
                timeout(milliseconds(100), slow)
            );
            story.say(format!("{results:?}"));
        },
    );
}
