//! How a `TaskGroup` ends: by a member, its body or its `cancel`, each compared with
//! what CPython 3.11 does in the same program. Next: `group_requests.rs`.

use crate::story::{LONG, Story, cleans_up, ended, milliseconds, ok, tells};
use oneloop::cancel::{catch, finally};
use oneloop::{Loop, Task, TaskGroup, create_task, current_task, sleep, yield_now};
use std::cell::RefCell;
use std::rc::Rc;

pub(crate) type Group = TaskGroup<&'static str>;

/// A member that fails after so many milliseconds.
pub(crate) async fn fails(time: u64) -> Result<(), &'static str> {
    sleep(milliseconds(time)).await;
    Err("bad")
}

/// Makes a member that waits for ever. Cancelled, it cleans up for so many milliseconds.
pub(crate) fn member(group: &Group, story: &Story, name: &'static str, time: u64) {
    drop(group.create_task(ok(cleans_up(story.clone(), name, time))));
}

/// A task that awaits a group with this body, and says how it ended.
pub(crate) fn group_task(
    story: &Story,
    body: impl AsyncFnOnce(&Story, &Group) -> Result<(), &'static str> + 'static,
) -> Task<()> {
    let story = story.clone();
    create_task(async move {
        let outcome = TaskGroup::scope(async |group| body(&story, group).await).await;
        let errors = outcome.map_err(|failed| failed.into_errors());
        let requests = current_task().unwrap().cancelling();
        story.say(format!("{errors:?}, {requests} requests"));
        yield_now().await;
    })
}

#[test]
fn a_failure_asks_members_and_body_at_one_moment_and_waits_for_all() {
    tells(
        &[
            "1 first unwinds",
            "1 second unwinds",
            "1 body unwinds",
            "3 body is clean",
            "6 first is clean",
            "6 second is clean",
            "6 Err([\"bad\"]), 0 requests",
        ],
        async |story| {
            let task = group_task(&story, async |story, group| {
                member(group, story, "first", 5);
                drop(group.create_task(fails(1)));
                member(group, story, "second", 5);
                ok(cleans_up(story.clone(), "body", 2)).await
            });
            task.await.unwrap();
        },
    );
}

#[test]
fn a_body_that_awaits_a_member_does_not_cut_its_clean_up_short() {
    // The failure reaches the member by two ways: as a member, and through the body's await. It was
    // asked twice, and the second request ended its clean-up.
    tells(
        &[
            "1 member unwinds",
            "6 member is clean",
            "6 body unwinds",
            "6 Err([\"bad\"]), 0 requests",
        ],
        async |story| {
            let task = group_task(&story, async |story, group| {
                let member = group.create_task(ok(cleans_up(story.clone(), "member", 5)));
                drop(group.create_task(fails(1)));
                let never = finally(member, async || story.say("body unwinds")).await;
                unreachable!("{never:?}")
            });
            task.await.unwrap();
        },
    );
}

#[test]
fn a_body_that_awaits_the_failing_member_ends_there() {
    // It was given the member's end as that of a task that somebody else cancelled, and unwrapped it.
    tells(
        &[
            "1 member unwinds",
            "6 member is clean",
            "6 Err([\"bad\"]), 0 requests",
        ],
        async |story| {
            let task = group_task(&story, async |story, group| {
                member(group, story, "member", 5);
                let failing = group.create_task(fails(1));
                unreachable!("{:?}", failing.await)
            });
            task.await.unwrap();
        },
    );
}

#[test]
fn a_member_that_awaits_the_failing_one_ends_there_too() {
    tells(&["1 Err([\"bad\"]), 0 requests"], async |story| {
        let task = group_task(&story, async |_, group| {
            let failing = group.create_task(fails(1));
            drop(group.create_task::<()>(async move { unreachable!("{:?}", failing.await) }));
            Ok(())
        });
        task.await.unwrap();
    });
}

#[test]
fn errors_come_in_the_order_of_the_failures_and_that_of_the_body_last() {
    tells(
        &["4 Err([\"bad\", \"after 1\", \"after 2\", \"after 3\", \"body\"]), 0 requests"],
        async |story| {
            let task = group_task(&story, async |_, group| {
                for (time, error) in [(3, "after 3"), (1, "after 1"), (2, "after 2")] {
                    drop(group.create_task(async move {
                        let result = catch(sleep(LONG)).await;
                        sleep(milliseconds(time)).await;
                        result.map_err(|_| error)
                    }));
                }
                drop(group.create_task(fails(1)));
                catch(sleep(LONG)).await.map_err(|_| "body")
            });
            task.await.unwrap();
        },
    );
}

#[test]
fn an_inner_group_is_ended_with_the_member_that_awaits_it() {
    tells(
        &[
            "1 inner body unwinds",
            "1 outer body unwinds",
            "3 outer body is clean",
            "6 inner body is clean",
            "6 inner member unwinds",
            "11 inner member is clean",
            "11 Err([\"bad\"]), 0 requests",
        ],
        async |story| {
            let task = group_task(&story, async |story, group| {
                let inner = story.clone();
                drop(group.create_task::<()>(async move {
                    let never = Group::scope(async |group| {
                        let member = cleans_up(inner.clone(), "inner member", 5);
                        drop(group.create_task(ok(member)));
                        ok(cleans_up(inner.clone(), "inner body", 5)).await
                    });
                    unreachable!("{:?}", never.await)
                }));
                drop(group.create_task(fails(1)));
                ok(cleans_up(story.clone(), "outer body", 2)).await
            });
            task.await.unwrap();
        },
    );
}

#[test]
fn an_inner_group_that_fails_gives_its_errors_to_the_outer_one() {
    tells(
        &["1 Err(GroupError { errors: [GroupError { errors: [\"bad\"] }] })"],
        async |story| {
            let outer = TaskGroup::scope(async |group| {
                drop(group.create_task(async {
                    Group::scope(async |inner| {
                        drop(inner.create_task(fails(1)));
                        ok(sleep(LONG)).await
                    })
                    .await
                }));
                ok(sleep(LONG)).await
            });
            story.say(format!("{:?}", outer.await));
        },
    );
}

#[test]
fn cancel_asks_the_member_that_calls_it_too() {
    tells(
        &[
            "1 member goes on until it waits",
            "1 member is asked",
            "1 sibling unwinds",
            "1 body unwinds",
            "3 body is clean",
            "6 sibling is clean",
            "6 Err([]), 0 requests",
        ],
        async |story| {
            let task = group_task(&story, async |story, group| {
                member(group, story, "sibling", 5);
                let (told, handle) = (story.clone(), group.clone());
                drop(group.create_task(async move {
                    sleep(milliseconds(1)).await;
                    handle.cancel();
                    handle.cancel(); // No second request.
                    told.say("member goes on until it waits");
                    ok(finally(sleep(LONG), async || told.say("member is asked"))).await
                }));
                ok(cleans_up(story.clone(), "body", 2)).await
            });
            task.await.unwrap();
        },
    );
}

#[test]
fn a_group_whose_body_called_cancel_ends_at_its_next_suspension() {
    tells(&["0 still here", "0 Err([]), 0 requests"], async |story| {
        let task = group_task(&story, async |story, group| {
            let member = group.create_task(ok(sleep(LONG)));
            group.cancel();
            story.say("still here");
            unreachable!("{:?}", member.await)
        });
        task.await.unwrap();
    });
}

#[test]
fn a_body_that_panics_is_a_failure_whose_panic_waits_for_all() {
    // The panic went on at once, and the members cleaned up when the group was gone.
    tells(
        &["1 member unwinds", "6 member is clean", "6 ends in a panic"],
        async |story| {
            let task = group_task(&story, async |story, group| {
                member(group, story, "member", 5);
                sleep(milliseconds(1)).await;
                panic!("the body fails")
            });
            ended(&story, &task).await;
        },
    );
}

#[test]
fn a_body_that_swallows_its_end_may_go_on_but_makes_no_further_tasks() {
    tells(
        &[
            "1 swallowed, 1 requests",
            "1 the task was cancelled: the task group is shutting down, because a task of it \
             failed: clean up with plain awaits, or in a task of `oneloop::create_task`, which the \
             group does not cancel",
            "6 body ends",
            "6 Err([\"bad\"]), 0 requests",
        ],
        async |story| {
            let task = group_task(&story, async |story, group| {
                drop(group.create_task(fails(1)));
                let cancelled = catch(sleep(LONG)).await.unwrap_err();
                cancelled.suppress();
                let requests = current_task().unwrap().cancelling();
                story.say(format!("swallowed, {requests} requests"));
                let refused = group.create_task(async { unreachable!("it never starts") });
                let never: Result<(), _> = refused.await;
                story.say(never.unwrap_err());
                sleep(milliseconds(5)).await;
                story.say("body ends");
                Ok(())
            });
            task.await.unwrap();
        },
    );
}

/// What a group says to a new task.
fn refusal(group: &Group) -> String {
    let refused = group.try_create_task(async { unreachable!("it is never polled") });
    let refused: Result<Task<()>, _> = refused;
    refused.unwrap_err().to_string()
}

#[test]
fn a_group_that_takes_no_tasks_says_why() {
    async fn asked_of_a_member(
        end: impl AsyncFnOnce(&Group) -> Result<(), &'static str>,
    ) -> String {
        let said = Rc::new(RefCell::new(String::new()));
        let outcome = Group::scope(async |group| {
            let (told, handle) = (said.clone(), group.clone());
            let says = async move || *told.borrow_mut() = refusal(&handle);
            drop(group.create_task(ok(finally(sleep(LONG), says))));
            yield_now().await;
            end(group).await
        });
        drop(outcome.await);
        said.take()
    }
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        let by_body = asked_of_a_member(async |_| Err("oh")).await;
        assert!(by_body.contains("because its body failed"), "{by_body}");
        let by_cancel = asked_of_a_member(async |group| {
            group.cancel();
            ok(sleep(LONG)).await
        });
        let by_cancel = by_cancel.await;
        assert!(by_cancel.contains("because its `cancel`"), "{by_cancel}");
        let awaiter = create_task(async {
            let said = Rc::new(RefCell::new(String::new()));
            let told = said.clone();
            let result = catch(async {
                Group::scope(async |group| {
                    let handle = group.clone();
                    let says = async move || *told.borrow_mut() = refusal(&handle);
                    drop(group.create_task(ok(finally(sleep(LONG), says))));
                    Ok(())
                })
                .await
            })
            .await;
            result.unwrap_err().suppress();
            said.take()
        });
        yield_now().await;
        yield_now().await; // The member has begun.
        awaiter.cancel();
        let by_awaiter = awaiter.await.unwrap();
        assert!(
            by_awaiter.contains("because whoever awaits it was cancelled"),
            "{by_awaiter}"
        );
        let kept = Group::scope(async |group| Ok(group.clone())).await.unwrap();
        assert_eq!(
            refusal(&kept),
            "the task group has ended: make its tasks while its `scope` runs, and others with \
             `oneloop::create_task`"
        );
    });
}
