//! `TaskGroup` and `local_scope`: several tasks, or borrowing children, that end together.
//! Next: `group_ends.rs`.

use crate::story::{LONG, cancels_after, cleans_up, milliseconds, ok, tells};
use oneloop::cancel::{catch, finally};
use oneloop::time::Elapsed;
use oneloop::{TaskGroup, create_task, local_scope, sleep, timeout, yield_now};
use std::cell::RefCell;
use std::rc::Rc;

/// Pain 4.
#[test]
fn cancelling_who_awaits_a_group_cancels_all_of_it_and_waits() {
    tells(
        &[
            "10 body unwinds", // the body first, as in asyncio, where `__aexit__` asks the members
            "15 body is clean",
            "15 member unwinds",
            "45 member is clean",
            "45 ends cancelled",
        ],
        async |story| {
            let told = story.clone();
            let task = create_task(async move {
                let group = TaskGroup::<()>::scope(async |group| {
                    let member = cleans_up(told.clone(), "member", 30);
                    drop(group.create_task(ok(member)));
                    ok(cleans_up(told.clone(), "body", 5)).await
                });
                told.say(format!("never {:?}", group.await.is_ok()));
            });
            cancels_after(10, &story, &task).await;
        },
    );
}

#[test]
fn members_without_a_handle_are_waited_for_and_fail_the_group() {
    let expected = [
        "5 ran to its end",
        "10 waits unwinds",
        "12 waits is clean",
        "12 [\"bad\"]",
    ];
    tells(&expected, async |story| {
        let failed = TaskGroup::scope(async |group| {
            let told = story.clone();
            group.spawn(async move {
                sleep(milliseconds(5)).await;
                told.say("ran to its end");
                Ok("a value that nobody takes")
            });
            group.spawn(ok(cleans_up(story.clone(), "waits", 2)));
            group.spawn(async {
                sleep(milliseconds(10)).await;
                Err::<(), _>("bad")
            });
            Ok(())
        });
        let errors = failed.await.unwrap_err().into_errors();
        story.say(format!("{errors:?}"));
    });
}

#[test]
fn a_group_under_a_timeout_under_which_a_member_has_one() {
    tells(
        &[
            "10 inner unwinds",
            "15 inner is clean",
            "15 inner Err(Elapsed)",
            "30 child unwinds",
            "40 child is clean",
            "40 outer is over",
        ],
        async |story| {
            let group = TaskGroup::<()>::scope(async |group| {
                let told = story.clone();
                drop(group.create_task(async move {
                    let body = cleans_up(told.clone(), "inner", 5);
                    let result = timeout(milliseconds(10), body).await;
                    told.say(format!("inner {result:?}"));
                    ok(cleans_up(told, "child", 10)).await
                }));
                Ok(())
            });
            if let Err(Elapsed) = timeout(milliseconds(30), group).await {
                story.say("outer is over");
            }
        },
    );
}

#[test]
fn a_group_that_ends_with_errors_leaves_the_request_to_the_next_suspension() {
    tells(&["10 failed", "10 ends cancelled"], async |story| {
        let told = story.clone();
        let task = create_task(async move {
            let group = TaskGroup::scope(async |group| {
                drop(group.create_task(async {
                    match catch(sleep(LONG)).await {
                        Ok(()) => Ok(()),
                        Err(_) => Err("interrupted"),
                    }
                }));
                Ok(())
            });
            assert_eq!(group.await.unwrap_err().errors(), ["interrupted"]);
            told.say("failed");
            sleep(milliseconds(1)).await;
            told.say("never");
        });
        cancels_after(10, &story, &task).await;
    });
}

#[test]
fn a_group_ends_when_one_member_awaits_another() {
    tells(
        &["1 a unwinds", "11 a is clean", "11 failed: [\"bad\"]"],
        async |story| {
            let result = TaskGroup::<&str>::scope(async |group| {
                let member = cleans_up(story.clone(), "a", 10);
                let first = Rc::new(group.create_task(ok(member)));
                drop(group.create_task(async move {
                    (&*first).await.ok();
                    Ok(())
                }));
                drop(group.create_task(async {
                    sleep(milliseconds(1)).await;
                    Err::<(), _>("bad")
                }));
                Ok(())
            });
            story.say(format!("failed: {:?}", result.await.unwrap_err().errors()));
        },
    );
}

#[test]
fn a_local_scope_ends_its_borrowing_children_by_failure_and_by_request() {
    tells(&["11 [\"clean\"]", "26 ends cancelled"], async |story| {
        let log = RefCell::new(vec![]);
        let result = local_scope::<(), _>(async |scope| {
            scope.spawn(async {
                let sleeps = sleep(LONG);
                finally(sleeps, async || {
                    sleep(milliseconds(10)).await;
                    log.borrow_mut().push("clean");
                })
                .await;
                Ok(())
            });
            scope.spawn(async {
                sleep(milliseconds(1)).await;
                Err("bad")
            });
            sleep(LONG).await;
            Ok(())
        });
        assert_eq!(result.await.unwrap_err().errors(), ["bad"]);
        story.say(format!("{:?}", log.take()));
        let task = create_task(async {
            let log = RefCell::new(vec![]);
            let scope = local_scope::<(), ()>(async |scope| {
                for _ in 0..2 {
                    scope.spawn(async {
                        finally(sleep(LONG), async || {
                            sleep(milliseconds(10)).await;
                            log.borrow_mut().push("clean");
                        })
                        .await;
                        Ok(())
                    });
                }
                sleep(LONG).await;
                Ok(())
            });
            let result = catch(scope).await;
            assert_eq!(*log.borrow(), ["clean", "clean"]);
            drop(result);
            sleep(LONG).await;
        });
        cancels_after(5, &story, &task).await;
    });
}

#[test]
fn grandchildren_start_through_a_clone_of_the_scope() {
    tells(&["2 [\"grandchild\"]"], async |story| {
        let log = RefCell::new(vec![]);
        let scope = local_scope::<(), ()>(async |scope| {
            let (handle, log) = (scope.clone(), &log);
            scope.spawn(async move {
                sleep(milliseconds(1)).await;
                handle.spawn(async {
                    sleep(milliseconds(1)).await;
                    log.borrow_mut().push("grandchild");
                    Ok(())
                });
                Ok(())
            });
            Ok(())
        });
        scope.await.unwrap();
        story.say(format!("{:?}", log.take()));
    });
}

/// The sentence said "a task of the group failed" of a group without any.
#[test]
fn a_groups_error_says_whether_its_body_failed_or_its_tasks() {
    /// Fails after so many rounds of the others, so that each fails by itself.
    async fn fails_in(rounds: usize, text: &'static str) -> Result<(), &'static str> {
        oneloop::cancel::masked(async move {
            for _ in 0..rounds {
                yield_now().await;
            }
            Err(text)
        })
        .await
    }
    async fn group(tasks: usize, body_fails: bool) -> String {
        let failed = TaskGroup::scope(async |group| {
            for _ in 0..tasks {
                drop(group.create_task(fails_in(1, "task")));
            }
            let body = fails_in(1, "body").await;
            if body_fails { body } else { Ok(()) }
        });
        failed.await.unwrap_err().to_string()
    }
    async fn scope(children: usize, body_fails: bool) -> String {
        let failed = local_scope(async |scope| {
            for _ in 0..children {
                scope.spawn(fails_in(1, "child"));
            }
            let body = fails_in(2, "body").await;
            if body_fails { body } else { Ok(()) }
        });
        failed.await.unwrap_err().to_string()
    }
    oneloop::run(async {
        assert_eq!(group(0, true).await, "the body of the group failed: body");
        assert_eq!(group(1, false).await, "a task of the group failed: task");
        assert_eq!(
            group(2, false).await,
            "2 tasks of the group failed: task; task"
        );
        assert_eq!(
            group(1, true).await,
            "the body and a task of the group failed: task; body"
        );
        assert_eq!(
            group(2, true).await,
            "the body and 2 tasks of the group failed: task; task; body"
        );
        assert_eq!(scope(0, true).await, "the body of the scope failed: body");
        assert_eq!(scope(1, false).await, "a child of the scope failed: child");
        let both = scope(2, true).await;
        let whose = "the body and 2 children of the scope failed: ";
        assert!(both.starts_with(whose), "{both}");
    });
}
