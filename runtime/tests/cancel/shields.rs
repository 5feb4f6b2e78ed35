//! Awaits that hand no request on, in each form in which a task is awaited. Next:
//! `second_request.rs`.

use crate::story::{LONG, cancels_after, milliseconds, tells};
use oneloop::cancel::{Caught, catch};
use oneloop::{Task, create_task, shield, sleep, timeout, yield_now};
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

/// Its output is no `Clone`.
fn stores() -> Task<io::Result<&'static str>> {
    create_task(async {
        sleep(milliseconds(30)).await;
        Ok("stored")
    })
}

#[test]
fn a_shielded_task_is_not_asked() {
    tells(&["10 ends cancelled", "30 done"], async |story| {
        let inner = Rc::new(create_task(sleep(milliseconds(30))));
        let shared = inner.clone();
        let outer = create_task(async move { shield(&shared).await.unwrap() });
        cancels_after(10, &story, &outer).await;
        (&*inner).await.unwrap();
        story.say("done");
    });
}

#[test]
fn a_task_that_is_lent_to_a_shield_gives_its_outcome_by_value() {
    tells(
        &["12 the time is over", "24 the time is over", "30 stored"],
        async |story| {
            let mut task = stores();
            let stored = loop {
                match timeout(milliseconds(12), shield(&mut task)).await {
                    Ok(stored) => break stored,
                    Err(_elapsed) => story.say("the time is over"),
                }
            };
            story.say(stored.unwrap().unwrap());
        },
    );
}

#[test]
fn a_task_that_loses_a_select_is_cancelled_by_reference_and_kept_by_a_shield() {
    tells(&["0 by reference false", "30 stored"], async |story| {
        let mut task = stores();
        oneloop::select! {
            _ = &mut task => unreachable!("it takes longer"),
            () = yield_now() => {}
        }
        story.say(format!("by reference {}", task.await.is_ok()));
        let mut task = stores();
        oneloop::select! {
            _ = shield(&mut task) => unreachable!("it takes longer"),
            () = yield_now() => {}
        }
        story.say(task.await.unwrap().unwrap());
    });
}

#[test]
fn a_task_whose_shield_was_given_up_is_awaited_as_any_other() {
    tells(&["10 the time is over", "30 stored"], async |story| {
        let mut task = stores();
        timeout(milliseconds(10), shield(&mut task))
            .await
            .unwrap_err();
        story.say("the time is over");
        story.say(task.await.unwrap().unwrap());
    });
}

#[test]
fn a_shield_owns_the_task_it_was_given_and_detaches_it() {
    tells(&["10 ends cancelled", "30 ran to its end"], async |story| {
        let told = story.clone();
        let outer = create_task(async move {
            let inner = create_task(async move {
                sleep(milliseconds(30)).await;
                told.say("ran to its end");
            });
            shield(inner).await.unwrap();
        });
        cancels_after(10, &story, &outer).await;
        sleep(milliseconds(30)).await;
    });
}

/// Polls an await of the task once, and gives it up.
async fn gives_up(task: &mut Task<()>) {
    poll_fn(|context| {
        assert!(Pin::new(&mut *task).poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

/// Awaits the task without a shield, gives that up, and awaits it with one, lent or by reference.
async fn shields_at_the_second_attempt(mut task: Task<()>, lent: bool) {
    gives_up(&mut task).await;
    match lent {
        true => shield(&mut task).await.unwrap(),
        false => shield(&task).await.unwrap(),
    }
}

/// Cancels the task that `awaiter` makes of a task and of how it is to be shielded.
fn is_not_asked(awaiter: fn(Task<()>, bool) -> Task<()>) {
    for lent in [true, false] {
        tells(
            &["10 ends cancelled", "10 cancelled: false"],
            async |story| {
                let child = create_task(sleep(LONG));
                let seen = child.any();
                let outer = awaiter(child, lent);
                cancels_after(10, &story, &outer).await;
                yield_now().await;
                story.say(format!("cancelled: {}", seen.cancelled()));
                seen.cancel();
            },
        );
    }
}

#[test]
fn a_shield_stands_also_where_the_task_was_awaited_without_before() {
    is_not_asked(|task, lent| create_task(shields_at_the_second_attempt(task, lent)));
}

#[test]
fn a_shield_stands_also_in_a_task_with_scopes_that_awaited_without_before() {
    is_not_asked(|task, lent| {
        create_task(async move {
            let body = shields_at_the_second_attempt(task, lent);
            catch(body).await.or_resume().await
        })
    });
}

#[test]
fn a_shield_of_a_task_whose_outcome_was_taken_names_the_cure() {
    let awaited_twice = AssertUnwindSafe(|| {
        oneloop::run(async {
            let mut task = create_task(async {});
            shield(&mut task).await.unwrap();
            shield(&mut task).await.unwrap();
        });
    });
    let panic = catch_unwind(awaited_twice).unwrap_err();
    let text = panic.downcast::<String>().unwrap();
    assert!(text.contains("await it by reference each time"), "{text}");
}
