//! Bounds of time, bounds of scope, and who is kept out of them.

use crate::{milliseconds, tasks, yields};
use oneloop::cancel::{Caught, catch};
use oneloop::sync::Promise;
use oneloop::{TaskGroup, create_task, sleep, yield_now};
use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;

/// A time-out comes when what it ended has ended. Broken: when it was only asked.
pub(crate) async fn wait_for(broken: bool) {
    let works = |number: u32| async move {
        yields(number % 3).await;
        let cleaned = Rc::new(Cell::new(false));
        let cleans = cleaned.clone();
        let mut task = create_task(async move {
            let ended = catch(sleep(milliseconds(10 * u64::from(number)))).await;
            yields(2).await;
            cleans.set(true);
            ended.or_resume().await;
            number
        });
        let limit = milliseconds(15);
        let in_time = match broken {
            false => oneloop::wait_for(&mut task, limit).await.is_ok(),
            true => {
                sleep(limit).await;
                task.cancel();
                task.done()
            }
        };
        assert_eq!(in_time, number < 2);
        assert!(cleaned.get(), "it came before the clean-up was through");
    };
    crate::all(tasks(4, works)).await;
}

/// A result that is due when the time is over wins, whoever has his turn first. Broken: it comes by
/// way of others, who have to have theirs.
pub(crate) async fn timeout(broken: bool) {
    let pairs = |number: u32| async move {
        let promise = Rc::new(Promise::new());
        let future = promise.future();
        let sets = create_task(async move {
            sleep(milliseconds(10)).await;
            if broken {
                yields(1).await;
            }
            promise.set_result(number).unwrap();
        });
        let waits = create_task(async move { oneloop::timeout(milliseconds(10), future).await });
        let result = waits.await.unwrap();
        assert_eq!(result.expect("it was due").unwrap(), number);
        sets.await.unwrap();
    };
    crate::all(tasks(4, pairs)).await;
}

/// Whoever awaits a shielded task may be cancelled at any moment; the task ends as it would have.
/// Broken: without the shield.
pub(crate) async fn shield(broken: bool) {
    let inner = Rc::new(create_task(async {
        yields(5).await;
        "a value"
    }));
    let waits = |number: u32| {
        let inner = inner.clone();
        async move {
            yields(number).await;
            match broken {
                true => (&*inner).await,
                false => oneloop::shield(&inner).await,
            }
        }
    };
    let waiters = tasks(4, waits);
    yields(2).await;
    for waiter in &waiters {
        waiter.cancel();
        yield_now().await;
    }
    for waiter in waiters {
        let _cancelled_or_not = waiter.await;
    }
    assert_eq!((&*inner).await.unwrap(), "a value");
}

/// The first failure ends all, and all have ended when the group has. Broken: tasks of no group.
pub(crate) async fn task_group(broken: bool) {
    let (began, ended) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let member = |number: u32| {
        let (began, ended) = (began.clone(), ended.clone());
        async move {
            yields(number % 2).await;
            if number == 2 {
                return Err(number);
            }
            // Before that it has nothing to clean up.
            began.set(began.get() + 1);
            let cut = catch(pending::<()>()).await;
            yields(number).await;
            ended.set(ended.get() + 1);
            cut.or_resume().await;
            Ok(())
        }
    };
    if broken {
        let members = tasks(4, member);
        while !members[2].done() {
            yield_now().await;
        }
        for member in &members {
            member.cancel();
        }
    } else {
        let result = TaskGroup::scope(async |group| {
            (0..4).for_each(|number| drop(group.create_task(member(number))));
            Ok(())
        });
        assert_eq!(result.await.unwrap_err().errors(), [2]);
    }
    assert_eq!(ended.get(), began.get(), "somebody has not cleaned up");
}

/// Children borrow, and all have ended when the scope has. Broken: they are counted inside it.
pub(crate) async fn local_scope(broken: bool) {
    let (words, total) = (["a", "bc", "def"], Cell::new(0));
    let helper = create_task(yields(2));
    let result = oneloop::local_scope(async |scope| {
        for word in &words {
            let total = &total;
            scope.spawn(async move {
                for _ in 0..word.len() {
                    create_task(yield_now()).await.unwrap();
                    total.set(total.get() + 1);
                }
                Ok::<(), String>(())
            });
        }
        helper.await.unwrap();
        if broken {
            assert_eq!(total.get(), 6, "they run on");
        }
        Ok(())
    });
    result.await.unwrap();
    assert_eq!(total.get(), 6);
}
