//! With which message a task ends that was asked twice before it heard of it: as CPython 3.11 does it.
//! A task that waits takes the first one (the future that it awaits does); one that is ready, or has not
//! begun, the last one. Next: `tokens.rs`.

use crate::story::{LONG, Story, milliseconds, tells};
use oneloop::cancel::catch;
use oneloop::sync::Promise;
use oneloop::{Task, create_task, gather, sleep, yield_now};

/// Asks with a message, or without one.
fn ask<T>(task: &Task<T>, message: Option<&str>) {
    match message {
        Some(message) => task.cancel_with(message),
        None => task.cancel(),
    };
}

/// With or without a tree of participants.
async fn waits(catches: bool) {
    match catches {
        true => match catch(sleep(LONG)).await {
            Ok(()) => (),
            Err(cancelled) => cancelled.resume().await,
        },
        false => sleep(LONG).await,
    }
}

const MESSAGES: [[Option<&str>; 2]; 4] = [
    [Some("first"), Some("second")],
    [Some("first"), None],
    [None, Some("second")],
    [None, None],
];

async fn message_of<T>(task: Task<T>) -> Option<String> {
    let error = task.await.err().expect("it is cancelled");
    error.message().map(str::to_owned)
}

#[test]
fn a_task_that_waits_takes_the_first_message() {
    tells(&[], async |_| {
        for (catches, messages) in [false, true].into_iter().zip([MESSAGES; 2]) {
            for [first, second] in messages {
                let task = create_task(waits(catches));
                sleep(milliseconds(1)).await;
                ask(&task, first);
                ask(&task, second);
                assert_eq!(message_of(task).await.as_deref(), first);
            }
        }
    });
}

#[test]
fn a_task_that_has_not_begun_takes_the_last_message() {
    tells(&[], async |_| {
        for [first, second] in MESSAGES {
            let task = create_task(waits(true));
            ask(&task, first);
            ask(&task, second);
            assert_eq!(message_of(task).await.as_deref(), second);
        }
    });
}

#[test]
fn a_task_that_is_ready_takes_the_last_message() {
    tells(&[], async |_| {
        for (catches, messages) in [false, true].into_iter().zip([MESSAGES; 2]) {
            for [first, second] in messages {
                let promise = Promise::new();
                let awaited = promise.clone();
                let task = create_task(async move {
                    match catches {
                        true => drop(catch(async { (&awaited).await }).await),
                        false => drop((&awaited).await),
                    }
                    sleep(LONG).await;
                });
                sleep(milliseconds(1)).await;
                promise.set_result(()).unwrap();
                ask(&task, first);
                ask(&task, second);
                assert_eq!(message_of(task).await.as_deref(), second);
            }
        }
    });
}

#[test]
fn a_task_that_asks_itself_takes_the_last_message() {
    tells(&[], async |_| {
        for [first, second] in MESSAGES {
            let task = create_task(async move {
                let me = oneloop::current_task().unwrap();
                for message in [first, second] {
                    match message {
                        Some(message) => me.cancel_with(message),
                        None => me.cancel(),
                    };
                }
                sleep(LONG).await;
            });
            assert_eq!(message_of(task).await.as_deref(), second);
        }
    });
}

#[test]
fn who_awaits_a_task_takes_its_message() {
    tells(&[], async |_| {
        for [first, second] in MESSAGES {
            let inner = create_task(waits(true));
            let task = create_task(async move { inner.await.unwrap() });
            sleep(milliseconds(1)).await;
            ask(&task, first);
            ask(&task, second);
            assert_eq!(message_of(task).await.as_deref(), first);
        }
    });
}

#[test]
fn children_of_a_gather_take_the_first_message() {
    tells(&["1 first", "1 first"], async |story| {
        let child = async |story: Story| {
            let cancelled = catch(sleep(LONG)).await.unwrap_err();
            story.say(cancelled.message().unwrap());
            cancelled.resume().await
        };
        let (one, other) = (story.clone(), story.clone());
        let task: Task<((), ())> =
            create_task(async move { gather((child(one), child(other))).await });
        sleep(milliseconds(1)).await;
        ask(&task, Some("first"));
        ask(&task, Some("second"));
        assert_eq!(message_of(task).await.as_deref(), Some("first"));
    });
}

#[test]
fn a_clean_up_that_is_asked_takes_the_message_of_that_request() {
    tells(&["1 second"], async |story| {
        let task = create_task(async move {
            let first = catch(sleep(LONG)).await.unwrap_err();
            let second = catch(sleep(LONG)).await.unwrap_err();
            story.say(second.message().unwrap());
            second.suppress();
            first.resume().await;
        });
        sleep(milliseconds(1)).await;
        ask(&task, Some("first"));
        yield_now().await;
        ask(&task, Some("second"));
        assert_eq!(message_of(task).await.as_deref(), Some("first"));
    });
}

#[test]
fn who_awaits_a_task_takes_the_message_that_ended_that() {
    tells(&[], async |_| {
        let inner = create_task(async {
            let _first = catch(sleep(LONG)).await.unwrap_err();
            let second = catch(sleep(LONG)).await.unwrap_err();
            second.suppress();
            _first.resume().await;
        });
        let task = create_task(async move { inner.await.unwrap() });
        sleep(milliseconds(1)).await;
        ask(&task, Some("first"));
        yield_now().await;
        ask(&task, Some("second"));
        assert_eq!(message_of(task).await.as_deref(), Some("first"));
    });
}
