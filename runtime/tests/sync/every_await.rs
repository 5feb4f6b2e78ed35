//! Each wait of this folder is cancelled, and dropped, at each of its suspensions, just when it
//! suspends and just when it would have gone on: nothing it held or was handed may be missing then.
//!
//! Read next: `chaos.rs`, where several are interrupted at once.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use oneloop::sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, Queue, RwLock, Semaphore};
use oneloop::{Loop, Task, create_task, yield_now};

type Boxed = Pin<Box<dyn Future<Output = ()>>>;

/// One wait, what lets it go on, and what must hold when both have ended. `subject` may end early.
struct Scene {
    subject: Boxed,
    helper: Boxed,
    check: Box<dyn FnOnce()>,
}

fn scene(
    subject: impl Future<Output = ()> + 'static,
    helper: impl Future<Output = ()> + 'static,
    check: impl FnOnce() + 'static,
) -> Scene {
    Scene {
        subject: Box::pin(subject),
        helper: Box::pin(helper),
        check: Box::new(check),
    }
}

#[derive(Debug, Clone, Copy)]
enum How {
    Cancelled,
    Dropped,
}

#[derive(Debug, Clone, Copy)]
enum When {
    /// When the subject has just suspended.
    Suspended,
    /// When it is polled again, before it looks.
    Woken,
}

/// Interrupts the subject at every suspension, in every way; returns how many suspensions there are.
fn at_every_await(build: impl Fn() -> Scene) -> usize {
    for (how, when) in [
        (How::Cancelled, When::Suspended),
        (How::Cancelled, When::Woken),
        (How::Dropped, When::Suspended),
        (How::Dropped, When::Woken),
    ] {
        let mut at = 1;
        while interrupt(build(), at, how, when) {
            at += 1;
        }
        if let (How::Dropped, When::Woken) = (how, when) {
            return at - 1;
        }
    }
    unreachable!("the last way returns")
}

/// Returns whether the subject was interrupted: it had so many suspensions.
fn interrupt(scene: Scene, at: usize, how: How, when: When) -> bool {
    let Scene {
        mut subject,
        helper,
        check,
    } = scene;
    let interrupted = Rc::new(Cell::new(false));
    let this_task: Rc<RefCell<Option<Task<()>>>> = Rc::default();
    let (was, me) = (interrupted.clone(), this_task.clone());
    let mut suspensions = 0;
    let watched = poll_fn(move |context| {
        let strike = |now: bool| {
            if now {
                was.set(true);
                if let (How::Cancelled, Some(task)) = (how, &*me.borrow()) {
                    task.cancel();
                }
            }
            now && matches!(how, How::Dropped)
        };
        if strike(suspensions == at && matches!(when, When::Woken) && !was.get()) {
            return Poll::Ready(());
        }
        if subject.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        suspensions += 1;
        match strike(suspensions == at && matches!(when, When::Suspended)) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    });
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        *this_task.borrow_mut() = Some(create_task(watched));
        let helper = create_task(helper);
        let done = || this_task.borrow().as_ref().is_some_and(Task::done);
        while !done() {
            yield_now().await;
        }
        helper.await.unwrap();
        let task = this_task.take().unwrap();
        let end = task.await;
        if let (true, How::Cancelled) = (interrupted.get(), how) {
            assert!(end.unwrap_err().is_cancelled(), "{at} {when:?}");
        }
    });
    check();
    interrupted.get()
}

#[test]
fn a_lock() {
    let suspensions = at_every_await(|| {
        let lock = Rc::new(Lock::new(()));
        lock.try_lock().unwrap().forget();
        let (mine, other) = (lock.clone(), lock.clone());
        let subject = async move { drop(mine.lock().await) };
        let helper = async move { other.release().unwrap() };
        scene(subject, helper, move || assert!(!lock.locked()))
    });
    assert_eq!(suspensions, 1);
}

#[test]
fn a_reader_writer_lock() {
    for writes in [false, true] {
        let suspensions = at_every_await(|| {
            let lock = Rc::new(RwLock::new(()));
            let (mine, other) = (lock.clone(), lock.clone());
            let subject = async move {
                yield_now().await; // The helper is in.
                if writes {
                    drop(mine.write().await);
                } else {
                    drop(mine.read().await);
                }
            };
            let helper = async move {
                let _guard = other.write().await;
                yield_now().await;
                yield_now().await;
            };
            scene(subject, helper, move || assert!(lock.try_write().is_some()))
        });
        assert_eq!(suspensions, 2);
    }
}

#[test]
fn semaphores() {
    let suspensions = at_every_await(|| {
        let (plain, bounded) = (
            Rc::new(Semaphore::new(0)),
            Rc::new(BoundedSemaphore::new(1)),
        );
        bounded.try_acquire().unwrap().forget();
        let (mine, other) = (
            (plain.clone(), bounded.clone()),
            (plain.clone(), bounded.clone()),
        );
        let subject = async move {
            let _plain = mine.0.acquire().await;
            let _bounded = mine.1.acquire().await;
        };
        let helper = async move {
            other.0.release();
            yield_now().await;
            yield_now().await;
            other.1.release().unwrap();
        };
        scene(subject, helper, move || {
            let left = (plain.available_permits(), bounded.available_permits());
            assert_eq!(left, (1, 1));
        })
    });
    assert_eq!(suspensions, 2);
}

#[test]
fn an_event_and_a_barrier() {
    let suspensions = at_every_await(|| {
        let (event, barrier) = (Rc::new(Event::new()), Rc::new(Barrier::new(2)));
        let (mine, other) = (
            (event.clone(), barrier.clone()),
            (event.clone(), barrier.clone()),
        );
        let subject = async move {
            mine.0.wait().await;
            mine.1.wait().await.unwrap();
        };
        let helper = async move {
            other.0.set();
            yield_now().await;
            yield_now().await;
            if other.1.n_waiting() == 1 {
                assert_eq!(other.1.wait().await, Ok(1));
            }
        };
        scene(subject, helper, move || {
            assert_eq!(barrier.n_waiting(), 0);
            assert!(format!("{event:?}").contains("0 waiting"));
        })
    });
    assert_eq!(suspensions, 2);
}

#[test]
fn a_condition() {
    let suspensions = at_every_await(|| {
        let condition = Rc::new(Condition::new(0));
        let (mine, other) = (condition.clone(), condition.clone());
        let subject = async move {
            let mut guard = mine.lock().await;
            guard.wait().await;
            guard.wait_for(|number| *number == 2).await;
            // A request that came while the lock was taken again goes on here.
            yield_now().await;
        };
        let helper = async move {
            for _ in 0..2 {
                yield_now().await;
                let mut guard = other.lock().await;
                *guard += 1;
                guard.notify(1);
                yield_now().await; // The subject waits for the lock.
                yield_now().await;
            }
        };
        scene(subject, helper, move || {
            assert!(!condition.locked());
            assert!(format!("{condition:?}").contains("0 waiting"));
        })
    });
    assert!(suspensions >= 3, "{suspensions}");
}

#[test]
fn a_queue() {
    let suspensions = at_every_await(|| {
        let queue = Rc::new(Queue::new(1));
        queue.put_nowait("first").unwrap();
        let (mine, other) = (queue.clone(), queue.clone());
        let (put, got) = (Rc::new(Cell::new(1)), Rc::new(Cell::new(0)));
        let (notes, counts) = ((put.clone(), got.clone()), (put.clone(), got.clone()));
        let subject = async move {
            mine.put("second").await.unwrap();
            notes.0.set(notes.0.get() + 1);
            for _ in 0..2 {
                mine.get().await.unwrap();
                notes.1.set(notes.1.get() + 1);
            }
            mine.join().await;
        };
        let helper = async move {
            other.get().await.unwrap();
            counts.1.set(counts.1.get() + 1);
            other.task_done().unwrap();
            for _ in 0..4 {
                yield_now().await;
            }
            other.put("third").await.unwrap();
            counts.0.set(counts.0.get() + 1);
            for _ in 0..4 {
                yield_now().await;
            }
            while other.task_done().is_ok() {}
        };
        scene(subject, helper, move || {
            assert_eq!(put.get() - got.get(), queue.qsize());
            // And what the counts say can be had.
            while queue.get_nowait().is_ok() {}
            assert!(queue.empty() && queue.put_nowait("last").is_ok());
        })
    });
    assert_eq!(suspensions, 3);
}
