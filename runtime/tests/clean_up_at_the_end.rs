//! Clean-up that is under way when `run` ends: it is let through to its end, whoever waits for it.
//! Read `lifecycle.rs` for what else happens at a loop's end.

use oneloop::cancel::finally;
use oneloop::{Loop, TaskGroup, create_task, sleep, yield_now};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::mem;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Poll, Waker};
use std::time::Duration;

const WHILE: Duration = Duration::from_millis(50);

type Story = Rc<RefCell<Vec<&'static str>>>;

async fn cleans_up(story: Story) {
    let told = story.clone();
    let clean_up = async move || {
        sleep(WHILE).await;
        told.borrow_mut().push("clean");
    };
    finally(pending::<()>(), clean_up).await;
}

#[test]
fn clean_up_of_a_task_that_others_await_is_not_interrupted_by_the_end() {
    let story = Story::default();
    let told = story.clone();
    oneloop::run(async move {
        let cleans = create_task(cleans_up(told.clone()));
        let asked = cleans.any();
        let first = create_task(async move {
            let outcome = cleans.await;
            // Somebody else cancelled it, so that is a value. The end's request comes next.
            assert!(outcome.unwrap_err().is_cancelled());
            told.borrow_mut().push("first heard of it");
            yield_now().await;
            unreachable!("it is asked by the end");
        });
        drop(create_task(async move { first.await.unwrap() }));
        yield_now().await;
        asked.cancel();
        yield_now().await;
    });
    assert_eq!(*story.borrow(), ["clean", "first heard of it"]);
}

#[test]
fn clean_up_of_a_groups_member_is_not_interrupted_by_the_end() {
    let story = Story::default();
    let told = story.clone();
    oneloop::run(async move {
        let (send, receive) = oneloop::sync::oneshot::channel();
        drop(create_task(async move {
            let group = TaskGroup::<()>::scope(async |group| {
                let member = async move {
                    cleans_up(told).await;
                    Ok(())
                };
                send.send(group.create_task(member).any()).ok().unwrap();
                Ok(())
            });
            group.await.unwrap();
        }));
        let member = receive.await.unwrap();
        yield_now().await;
        member.cancel();
        yield_now().await;
    });
    assert_eq!(*story.borrow(), ["clean"]);
}

#[test]
fn clean_up_of_a_task_of_another_thread_is_not_interrupted_by_the_end() {
    let is_clean = Arc::new(AtomicBool::new(false));
    let (cleaned, (step, steps)) = (is_clean.clone(), mpsc::channel());
    oneloop::run(async move {
        let remote = Loop::current().unwrap().remote();
        let thread = std::thread::spawn(move || {
            let task = remote.spawn(move || async move {
                step.send("it has begun").unwrap();
                let clean_up = async || {
                    step.send("it cleans up").unwrap();
                    sleep(WHILE).await;
                    cleaned.store(true, Ordering::SeqCst);
                };
                finally(pending::<()>(), clean_up).await;
            });
            let task = task.unwrap();
            assert_eq!(steps.recv(), Ok("it has begun"));
            task.cancel();
            assert_eq!(steps.recv(), Ok("it cleans up"));
        });
        while !thread.is_finished() {
            yield_now().await;
        }
        thread.join().unwrap();
    });
    assert!(is_clean.load(Ordering::SeqCst));
}

#[test]
fn clean_up_of_a_remote_task_is_not_interrupted_through_who_awaits_it() {
    let is_clean = Arc::new(AtomicBool::new(false));
    let cleaned = is_clean.clone();
    oneloop::run(async move {
        let remote = Loop::current().unwrap().remote();
        drop(create_task(async move {
            let body = move || async move {
                let clean_up = async || {
                    sleep(WHILE).await;
                    cleaned.store(true, Ordering::SeqCst);
                };
                let asks_itself = async {
                    oneloop::current_task().unwrap().cancel();
                    pending::<()>().await;
                };
                finally(asks_itself, clean_up).await;
            };
            // The end asks this task, which would hand that on.
            remote.spawn(body).unwrap().await.unwrap();
        }));
        sleep(Duration::from_millis(1)).await;
    });
    assert!(is_clean.load(Ordering::SeqCst));
}

/// Clean-up that somebody else began, and two tasks that are ready when the program ends and await it then
/// only: one was asked before, too.
#[test]
fn clean_up_is_not_interrupted_by_who_awaits_it_only_after_the_end_has_asked() {
    for asked_before in [false, true] {
        let story = Story::default();
        let told = story.clone();
        oneloop::run(async move {
            let cleans = create_task(cleans_up(told.clone()));
            let asked = cleans.any();
            let waits = Rc::new(Cell::new(None::<Waker>));
            let stands = waits.clone();
            let awaits = create_task(async move {
                // Ours would end by the request.
                let mut polled = false;
                poll_fn(|context| {
                    let first = !mem::replace(&mut polled, true);
                    stands.set(Some(context.waker().clone()));
                    if first {
                        Poll::Pending
                    } else {
                        Poll::Ready(())
                    }
                })
                .await;
                let outcome = cleans.await;
                told.borrow_mut().push("heard of it");
                assert!(outcome.unwrap_err().is_cancelled());
                pending::<()>().await;
            });
            yield_now().await;
            asked.cancel();
            sleep(Duration::from_millis(1)).await;
            // It takes the turn that all get that are ready; whom it wakes is ready when the end asks.
            drop(create_task(async move {
                if asked_before {
                    awaits.cancel();
                }
                waits.take().unwrap().wake();
                drop(awaits);
            }));
        });
        assert_eq!(*story.borrow(), ["clean", "heard of it"], "{asked_before}");
    }
}
