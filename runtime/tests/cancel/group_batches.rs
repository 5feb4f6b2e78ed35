//! What is due in the same batch as a failure: it counts, in a `TaskGroup` as in CPython's, and in a
//! `local_scope` as in a group. Next: `foreign.rs`.

use crate::story::{LONG, milliseconds};
use oneloop::cancel::catch;
use oneloop::combine::GroupError;
use oneloop::{
    Loop, Task, TaskGroup, create_task, local_scope, now, sleep, sleep_until, yield_now,
};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::Poll;
use std::time::Instant;

/// When members come to their ends, all of them in one batch.
#[derive(Clone, Copy, Debug)]
enum Due {
    AtOnce,
    AfterAYield,
    AtOneInstant(Instant),
}

async fn comes(due: Due) {
    match due {
        Due::AtOnce => {}
        Due::AfterAYield => yield_now().await,
        Due::AtOneInstant(at) => sleep_until(at).await,
    }
}

fn in_each_way(scenario: impl AsyncFn(Due)) {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        scenario(Due::AtOnce).await;
        scenario(Due::AfterAYield).await;
        scenario(Due::AtOneInstant(now() + milliseconds(1))).await;
    });
    assert_eq!(event_loop.handle().stats().participants, 0);
}

#[test]
fn errors_of_members_that_are_due_in_one_batch_are_all_given() {
    in_each_way(async |due| {
        let failed: Result<(), GroupError<i32>> = TaskGroup::scope(async |group| {
            for number in 0..3 {
                group.spawn(async move {
                    comes(due).await;
                    Err::<(), _>(number)
                });
            }
            Ok(())
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), [0, 1, 2], "{due:?}");
    });
}

#[test]
fn errors_of_children_that_are_due_in_one_batch_are_all_given() {
    in_each_way(async |due| {
        let failed: Result<(), GroupError<i32>> = local_scope(async |scope| {
            for number in 0..3 {
                scope.spawn(async move {
                    comes(due).await;
                    Err(number)
                });
            }
            Ok(())
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), [0, 1, 2], "{due:?}");
    });
}

#[test]
fn a_members_value_that_is_due_with_a_failure_stands() {
    in_each_way(async |due| {
        let kept = Rc::new(RefCell::new(None::<Task<i32>>));
        let task = kept.clone();
        let failed: Result<(), GroupError<&str>> = TaskGroup::scope(async |group| {
            group.spawn(async move {
                comes(due).await;
                Err::<(), _>("bad")
            });
            *task.borrow_mut() = Some(group.create_task(async move {
                comes(due).await;
                Ok(7)
            }));
            Ok(())
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), ["bad"], "{due:?}");
        let sibling = kept.take().unwrap();
        assert_eq!(sibling.await.unwrap(), 7, "{due:?}");
    });
}

#[test]
fn a_childs_value_that_is_due_with_a_failure_stands() {
    in_each_way(async |due| {
        let came = Cell::new(false);
        let failed: Result<(), GroupError<&str>> = local_scope(async |scope| {
            scope.spawn(async move {
                comes(due).await;
                Err("bad")
            });
            scope.spawn(async {
                comes(due).await;
                came.set(true);
                Ok(())
            });
            Ok(())
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), ["bad"], "{due:?}");
        assert!(came.get(), "{due:?}");
    });
}

#[test]
fn a_member_made_after_the_failing_one_begins_and_ends_where_it_waits() {
    Loop::new().unwrap().block_on(async {
        let (begun, ended) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let failed: Result<(), GroupError<&str>> = TaskGroup::scope(async |group| {
            group.spawn(async { Err::<(), _>("bad") });
            let (begun, ended) = (begun.clone(), ended.clone());
            group.spawn(async move {
                begun.set(begun.get() + 1);
                sleep(LONG).await;
                ended.set(ended.get() + 1);
                Ok(())
            });
            Ok(())
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), ["bad"]);
        assert_eq!((begun.get(), ended.get()), (1, 0));
    });
}

/// A batch earlier than in CPython: the failing one's task ends with that step, and whoever awaits it is to
/// be asked before.
#[test]
fn a_member_that_fails_when_it_is_asked_to_end_asks_the_others_at_once() {
    Loop::new().unwrap().block_on(async {
        let (begun, came) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        let failed: Result<(), GroupError<&str>> = TaskGroup::scope(async |group| {
            let mut polls = 0;
            let fails = group.create_task(poll_fn(move |_| {
                polls += 1;
                match polls {
                    1 => Poll::Pending,
                    _ => Poll::Ready(Err::<(), _>("bad")),
                }
            }));
            let (begins, comes) = (begun.clone(), came.clone());
            yield_now().await;
            fails.cancel();
            group.spawn(async move {
                comes.set(true);
                Ok(())
            });
            group.spawn(async move {
                begins.set(true);
                sleep(LONG).await;
                Ok(())
            });
            // The body is asked before it hears of the member's end.
            let end = fails.await;
            unreachable!("{end:?}")
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), ["bad"]);
        assert_eq!((begun.get(), came.get()), (false, false));
    });
}

#[test]
fn a_child_made_after_the_failing_one_begins_and_ends_where_it_waits() {
    Loop::new().unwrap().block_on(async {
        let (begun, ended) = (Cell::new(0), Cell::new(0));
        let failed: Result<(), GroupError<&str>> = local_scope(async |scope| {
            scope.spawn(async { Err("bad") });
            scope.spawn(async {
                begun.set(begun.get() + 1);
                sleep(LONG).await;
                ended.set(ended.get() + 1);
                Ok(())
            });
            Ok(())
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), ["bad"]);
        assert_eq!((begun.get(), ended.get()), (1, 0));
    });
}

#[test]
fn members_that_are_due_with_a_panic_come_to_their_ends() {
    in_each_way(async |due| {
        let came = Rc::new(Cell::new(0));
        let count = came.clone();
        let scope = create_task(async move {
            TaskGroup::<&str>::scope(async |group| {
                group.spawn::<()>(async move {
                    comes(due).await;
                    panic!("the first")
                });
                group.spawn(async move {
                    comes(due).await;
                    count.set(count.get() + 1);
                    Ok(())
                });
                Ok(())
            })
            .await
        });
        assert!(scope.await.unwrap_err().is_panic(), "{due:?}");
        assert_eq!(came.get(), 1, "{due:?}");
    });
}

#[test]
fn children_that_are_due_with_a_panic_come_to_their_ends() {
    let came = Cell::new(0);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        Loop::new().unwrap().block_on(async {
            local_scope::<(), &str>(async |scope| {
                scope.spawn(async { panic!("the first") });
                scope.spawn(async {
                    came.set(came.get() + 1);
                    Ok(())
                });
                Ok(())
            })
            .await
        })
    }));
    assert_eq!(
        *panicked.unwrap_err().downcast::<&str>().unwrap(),
        "the first"
    );
    assert_eq!(came.get(), 1);
}

/// Cancels a member that does this, and says whether the group had its failure before any time went by.
fn ends_with(member: impl Future<Output = Result<(), &'static str>> + 'static) -> bool {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        let began = now();
        let failed: Result<(), GroupError<&str>> = TaskGroup::scope(async |group| {
            let failing = group.create_task(member);
            group.spawn(async {
                sleep(LONG).await;
                Ok(())
            });
            yield_now().await;
            failing.cancel();
            sleep(LONG).await;
            Ok(())
        })
        .await;
        assert_eq!(failed.unwrap_err().errors(), ["bad"]);
        now() == began
    })
}

#[test]
fn a_member_that_fails_when_it_was_cancelled_ends_the_group_too() {
    // It ends by the request that lies there, so it is not polled again and asks at once.
    let mut suspended = false;
    let beats_the_request = poll_fn(move |_| match std::mem::replace(&mut suspended, true) {
        true => Poll::Ready(Err("bad")),
        false => Poll::Pending,
    });
    assert!(ends_with(beats_the_request));
    let drops_the_request = async { catch(sleep(LONG)).await.map_err(|_| "bad") };
    assert!(ends_with(drops_the_request));
}
