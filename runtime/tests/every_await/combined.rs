//! Scenarios of several things at once. However they are interrupted, each child ends, and what it held
//! is there again. Next: `cancelling.rs`.

use crate::registry::Row;
use crate::workers::{Pool, seconds};
use futures_lite::StreamExt;
use futures_util::FutureExt;
use oneloop::combine::{Gather, TryGather};
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::{
    Loop, Task, TaskGroup, as_completed, create_task, for_await, gather, local_scope, race, sleep,
    task,
};
use oneloop::{try_gather, wait, yield_now};
use std::io;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "gathering a tuple and a list",
        6,
        &["combine::gather", "combine::Gather::gather"],
        || cancel_at_every_await(gathering),
    ),
    Row::new(
        "gathering until an error",
        4,
        &[
            "combine::try_gather",
            "combine::TryGather::try_gather",
            "task::Task::flatten",
            "Future for task::Flattened",
        ],
        || cancel_at_every_await(failing),
    ),
    Row::new(
        "racing",
        2,
        &["combine::race", "Future for combine::Race", "select!"],
        || cancel_at_every_await(racing),
    ),
    Row::new(
        "waiting for tasks",
        5,
        &[
            "combine::wait",
            "combine::Wait::timeout",
            "combine::Wait::all_completed",
            "combine::Wait::first_completed",
            "combine::Wait::first_exception",
            "combine::Wait::first_exception_where",
            "IntoFuture for combine::Wait",
            "Future for combine::Waiting",
        ],
        || cancel_at_every_await(waiting),
    ),
    Row::new(
        "tasks as they complete",
        9,
        &[
            "combine::as_completed",
            "combine::AsCompleted::next",
            "combine::AsCompleted::timeout",
            "combine::AsCompletedWithin::next",
            "Stream for combine::AsCompleted",
            "Stream for combine::AsCompletedWithin",
        ],
        || cancel_at_every_await(completing),
    ),
    Row::new(
        "a group of tasks",
        3,
        &[
            "combine::TaskGroup::scope",
            "combine::TaskGroup::create_task",
            "combine::TaskGroup::create_task_with",
            "combine::TaskGroup::try_create_task",
        ],
        || cancel_at_every_await(async || group(false)),
    ),
    Row::new("a group that fails", 2, &[], || {
        cancel_at_every_await(async || group(true))
    }),
    Row::new(
        "a scope with children that borrow",
        3,
        &["combine::local_scope"],
        || cancel_at_every_await(local),
    ),
];

async fn gathering() -> Scenario {
    let pool = Pool::new(2);
    let looks = pool.clone();
    Scenario::new(async move {
        let work = |number| pool.clone().work(number);
        assert_eq!(gather((work(1), work(2), work(3))).await, (1, 2, 3));
        assert_eq!([work(3), work(2), work(1)].gather().await, [3, 2, 1]);
        // A child of its own kind: a task, which is cancelled with its awaiter.
        let tasks = [create_task(work(1)), create_task(work(2))];
        assert!(gather(tasks).await.into_iter().all(|ended| ended.is_ok()));
    })
    .after(looks.expect_whole())
}

async fn failing() -> Scenario {
    let pool = Pool::new(2);
    let looks = pool.clone();
    Scenario::new(async move {
        let work = |number| pool.clone().try_work(number);
        let fails = async {
            work(2).await?;
            Err::<u64, _>("on purpose".to_owned())
        };
        let error = try_gather((work(1), fails, work(3600))).await;
        assert_eq!(error.unwrap_err(), "on purpose");
        assert_eq!([work(1), work(2)].try_gather().await, Ok(vec![1, 2]));
        let fails = create_task(async {
            sleep(seconds(2)).await;
            Err(io::Error::other("on purpose"))
        });
        let works = create_task(pool.clone().work(3600).map(io::Result::Ok));
        let error = try_gather([fails.flatten(), works.flatten()]).await;
        assert_eq!(error.unwrap_err().to_string(), "on purpose");
        // A request that came beside the error is delivered here.
        yield_now().await;
    })
    .after(looks.expect_whole())
}

async fn racing() -> Scenario {
    let pool = Pool::new(2);
    let looks = pool.clone();
    Scenario::new(async move {
        let work = |number| pool.clone().work(number);
        assert_eq!(race([work(3600), work(1), work(1)]).await, (1, 1));
        let won = oneloop::select! {
            number = work(3600) => number,
            () = sleep(seconds(1)) => 0,
        };
        assert_eq!(won, 0);
    })
    .after(looks.expect_whole())
}

async fn waiting() -> Scenario {
    let pool = Pool::new(3);
    let looks = pool.clone();
    Scenario::new(async move {
        let tasks = || [1, 2, 3].map(|number| create_task(pool.clone().work(number)));
        assert_eq!(wait(tasks()).all_completed().await.done.len(), 3);
        // Those that are left run on, and are through before the next ones get their permits.
        assert_eq!(wait(tasks()).first_completed().await.pending.len(), 2);
        assert_eq!(wait(tasks()).first_exception().await.done.len(), 3);
        let waited = wait(tasks()).first_exception_where(|number| *number == 2);
        assert_eq!(waited.await.pending.len(), 1);
        let waited = wait(tasks()).timeout(seconds(1)).await;
        assert_eq!(waited.done.len() + waited.pending.len(), 3);
    })
    .after(looks.expect_whole())
}

async fn completing() -> Scenario {
    let pool = Pool::new(2);
    let looks = pool.clone();
    Scenario::new(async move {
        let tasks =
            || -> [Task<u64>; 2] { [2, 1].map(|number| create_task(pool.clone().work(number))) };
        let mut answers = as_completed(tasks());
        let mut order = Vec::new();
        while let Some((index, outcome)) = answers.next().await {
            order.push((index, outcome.unwrap()));
        }
        assert_eq!(order, [(1, 1), (0, 2)]);
        let all: Vec<_> = as_completed(tasks()).collect().await;
        assert_eq!(all.len(), 2);
        let mut answers = as_completed(tasks()).timeout(seconds(1));
        while let Some(Ok(_)) = answers.next().await {}
        let mut number = 0;
        for_await!(answer in as_completed(tasks()).timeout(seconds(600)) => {
            number += 1;
            assert!(answer.is_ok());
        });
        assert_eq!(number, 2);
        let mut answers = as_completed([2, 1].map(|number| pool.clone().work(number)));
        while answers.next().await.is_some() {}
    })
    .after(looks.expect_whole())
}

fn group(fails: bool) -> Scenario {
    let pool = Pool::new(2);
    let looks = pool.clone();
    Scenario::new(async move {
        let outcome = TaskGroup::scope(async |group| {
            let work = |number| pool.clone().try_work(number);
            let task = group.create_task(work(1));
            let other = group.try_create_task(work(2)).unwrap();
            let named = task::Builder::new().name("a member that may fail");
            drop(group.create_task_with(named, async move {
                match fails {
                    true => Err("on purpose".to_owned()),
                    false => Ok(()),
                }
            }));
            if fails {
                return work(3600).await;
            }
            Ok(task.await.unwrap() + other.await.unwrap() + work(1).await?)
        });
        let outcome = outcome.await.map_err(|error| error.errors().len());
        assert_eq!(outcome, if fails { Err(1) } else { Ok(4) });
        // A request that came beside an error is delivered here.
        yield_now().await;
    })
    .after(async move {
        // Time stands still meanwhile, so that members end only if they were asked to.
        for _ in 0..10 {
            yield_now().await;
        }
        let live_tasks = Loop::current().unwrap().stats().live_tasks;
        assert_eq!(live_tasks, 1, "a member runs on");
        looks.expect_whole().await;
    })
}

async fn local() -> Scenario {
    let pool = Pool::new(2);
    let looks = pool.clone();
    Scenario::new(async move {
        let pool = &pool;
        let outcome = local_scope(async |scope| {
            for number in 1..=3 {
                scope.spawn(async move {
                    pool.clone().try_work(number).await?;
                    Ok(())
                });
            }
            pool.clone().try_work(1).await
        });
        assert_eq!(outcome.await.unwrap(), 1);
    })
    .after(looks.expect_whole())
}
