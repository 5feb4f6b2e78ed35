//! Requests and deadlines from outside that reach a `TaskGroup`, each compared with what CPython 3.11
//! does in the same program. Next: `group_batches.rs`.

use crate::group_ends::{Group, fails, group_task, member};
use crate::story::{LONG, cancels_after, milliseconds, ok, tells};
use oneloop::cancel::catch;
use oneloop::{Loop, ReportKind, TaskGroup, create_task, sleep, timeout, yield_now};
use std::cell::Cell;
use std::rc::Rc;

#[test]
fn a_request_after_the_body_panicked_leaves_the_members_to_their_clean_up() {
    tells(
        &["1 member unwinds", "6 member is clean", "6 ends in a panic"],
        async |story| {
            let task = group_task(&story, async |story, group| {
                member(group, story, "member", 5);
                sleep(milliseconds(1)).await;
                panic!("the body fails")
            });
            cancels_after(3, &story, &task).await;
        },
    );
}

/// asyncio's `__aexit__`, which asks each member once: a request that comes while the group is ending is
/// for the group's end.
#[test]
fn a_request_leaves_the_members_of_a_group_that_is_ending_to_their_clean_up() {
    tells(
        &[
            "1 member unwinds",
            "6 member is clean",
            "6 Err([\"bad\"]), 1 requests",
            "6 ends cancelled",
        ],
        async |story| {
            let task = group_task(&story, async |story, group| {
                member(group, story, "member", 5);
                drop(group.create_task(fails(1)));
                Ok(())
            });
            cancels_after(3, &story, &task).await;
        },
    );
}

#[test]
fn two_requests_ask_the_members_of_a_group_once() {
    tells(
        &["1 member unwinds", "6 member is clean", "6 ends cancelled"],
        async |story| {
            let task = group_task(&story, async |story, group| {
                member(group, story, "member", 5);
                Ok(())
            });
            sleep(milliseconds(1)).await;
            task.cancel();
            cancels_after(2, &story, &task).await;
        },
    );
}

#[test]
fn a_deadline_leaves_the_members_of_a_group_that_is_ending_to_their_clean_up() {
    tells(
        &[
            "1 member unwinds",
            "6 member is clean",
            "6 Ok(Err([\"bad\"]))",
        ],
        async |story| {
            let told = story.clone();
            let outcome = timeout(
                milliseconds(3),
                TaskGroup::<&str>::scope(async |group| {
                    member(group, &told, "member", 5);
                    drop(group.create_task(fails(1)));
                    Ok(())
                }),
            );
            let outcome = outcome.await;
            story.say(format!(
                "{:?}",
                outcome.map(|ended| ended.map_err(|failed| failed.into_errors()))
            ));
        },
    );
}

#[test]
fn a_request_while_the_members_are_waited_for_asks_them_at_once() {
    tells(
        &[
            "5 member unwinds",
            "15 member is clean",
            "15 ends cancelled",
        ],
        async |story| {
            let task = group_task(&story, async |story, group| {
                member(group, story, "member", 10);
                Ok(())
            });
            cancels_after(5, &story, &task).await;
        },
    );
}

#[test]
fn a_request_that_waits_behind_errors_is_no_mistake_of_the_programs() {
    let mistakes = Rc::new(Cell::new(0));
    let count = mistakes.clone();
    let event_loop = Loop::builder()
        .paused_clock()
        .debug()
        .exception_handler(move |report| {
            if report.kind() == ReportKind::CancelDropped {
                count.set(count.get() + 1);
            }
        })
        .build()
        .unwrap();
    event_loop.block_on(async {
        let failing = create_task(async {
            let outcome = Group::scope(async |group| {
                drop(group.create_task(async {
                    let cancelled = catch(sleep(LONG)).await.unwrap_err();
                    cancelled.suppress();
                    Err::<(), _>("interrupted")
                }));
                ok(sleep(LONG)).await
            });
            assert_eq!(outcome.await.unwrap_err().errors(), ["interrupted"]);
            yield_now().await;
            unreachable!("the request goes on here");
        });
        yield_now().await;
        failing.cancel();
        assert!(failing.await.unwrap_err().is_cancelled());
    });
    assert_eq!(mistakes.get(), 0);
}
