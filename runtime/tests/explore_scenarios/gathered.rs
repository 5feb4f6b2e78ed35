//! Several at once, and in which order they come. Next: `bounded.rs`.

use crate::{Log, milliseconds, tasks, yields};
use oneloop::cancel::{Caught, catch};
use oneloop::{Task, create_task, now, sleep};
use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;

/// Tasks that note their number when they end, after one turn or two.
fn runners(count: u32, ends: &Log<u32>) -> Vec<Task<u32>> {
    tasks(count, |number| {
        let ends = ends.clone();
        async move {
            yields(1 + number % 2).await;
            ends.push(number);
            number
        }
    })
}

/// The numbers of tasks that have ended.
async fn numbers(tasks: Vec<Task<u32>>) -> Vec<u32> {
    crate::all(tasks).await
}

/// Outputs in the order of the arguments. Broken: in the order in which they came.
pub(crate) async fn gather(broken: bool) {
    let ends = Log::new();
    let outputs = oneloop::gather(runners(5, &ends)).await;
    let outputs: Vec<u32> = match broken {
        true => ends.take(),
        false => outputs.into_iter().map(Result::unwrap).collect(),
    };
    assert_eq!(outputs, [0, 1, 2, 3, 4]);
}

/// When the error comes, all others have cleaned up. Broken: they are only asked to.
pub(crate) async fn try_gather(broken: bool) {
    let (began, cleaned) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let child = |number: u32| {
        let (began, cleaned) = (began.clone(), cleaned.clone());
        async move {
            yields(number % 3).await;
            if number == 3 {
                return Err("three");
            }
            began.set(began.get() + 1);
            let ended = catch(pending::<()>()).await;
            yields(number).await;
            cleaned.set(cleaned.get() + 1);
            ended.or_resume().await;
            Ok(number)
        }
    };
    let mut children = tasks(4, child);
    if broken {
        let failed = children.pop().unwrap().await.unwrap();
        assert_eq!(failed, Err("three"));
        for child in &children {
            child.cancel();
        }
    } else {
        let outcome = |child: Task<_>| async move { child.await.unwrap_or(Err("cancelled")) };
        let result = oneloop::try_gather(children.into_iter().map(outcome)).await;
        assert_eq!(result.unwrap_err(), "three");
    }
    assert_eq!(cleaned.get(), began.get(), "somebody has not cleaned up");
    assert_eq!(oneloop::all_tasks().len(), 1, "somebody is left behind");
}

/// `done` is in the order of the ends. Broken: in that of the arguments.
pub(crate) async fn wait_all_completed(broken: bool) {
    let ends = Log::new();
    let waited = oneloop::wait(runners(5, &ends)).all_completed().await;
    assert!(waited.pending.is_empty());
    let done = numbers(waited.done).await;
    let expected = ends.take();
    match broken {
        true => assert_eq!(expected, [0, 1, 2, 3, 4]),
        false => assert_eq!(done, expected),
    }
}

/// All that ended are in `done`, in order, the rest in `pending`, in the order of the arguments, and
/// runs on. Broken: as if only one could end at a time.
pub(crate) async fn wait_first_completed(broken: bool) {
    let ends = Log::new();
    let waited = oneloop::wait(runners(5, &ends)).first_completed().await;
    let ended = ends.take();
    let rest: Vec<u32> = (0..5).filter(|number| !ended.contains(number)).collect();
    if broken {
        assert_eq!(waited.done.len(), 1);
    }
    assert!(!ended.is_empty());
    assert_eq!(numbers(waited.done).await, ended);
    assert_eq!(numbers(waited.pending).await, rest);
}

/// It comes back when one has failed, with all that ended until then. Broken: as if the failed one
/// had to be the first.
pub(crate) async fn wait_first_exception(broken: bool) {
    let ends = Log::new();
    let all = tasks(5, |number| {
        let ends = ends.clone();
        async move {
            yields(1 + number / 3).await;
            ends.push(number);
            match number {
                2 => Err(number),
                _ => Ok(number),
            }
        }
    });
    let waited = oneloop::wait(all);
    let waited = waited.first_exception_where(Result::is_err).await;
    let ended = ends.take();
    let mut done = Vec::new();
    for task in waited.done {
        done.push(task.await.unwrap());
    }
    assert!(done.contains(&Err(2)), "it came back too early");
    let failed = done.iter().position(Result::is_err).unwrap();
    let done: Vec<u32> = done
        .into_iter()
        .map(|end| end.unwrap_or_else(|n| n))
        .collect();
    assert_eq!(done, ended, "all that ended, in their order");
    if broken {
        assert_eq!(failed, 0);
    }
    assert_eq!(waited.pending.len(), 5 - done.len());
}

/// When the time is over the others run on. Broken: as if equal sleeps ended in the order of the
/// arguments, although the tasks that sleep began in any order.
pub(crate) async fn wait_with_a_timeout(broken: bool) {
    let ends = Log::new();
    let sleepers = tasks(6, |number| {
        let ends = ends.clone();
        async move {
            sleep(milliseconds(10 * (1 + u64::from(number) / 3))).await;
            ends.push(number);
            number
        }
    });
    let began = now();
    let waited = oneloop::wait(sleepers).timeout(milliseconds(15)).await;
    assert_eq!(now() - began, milliseconds(15));
    assert_eq!((waited.done.len(), waited.pending.len()), (3, 3));
    let done = numbers(waited.done).await;
    if broken {
        assert_eq!(done, [0, 1, 2]);
    }
    assert_eq!(done, ends.take());
    assert_eq!(
        numbers(waited.pending).await,
        [3, 4, 5],
        "nobody was cancelled"
    );
}

/// Each once, in the order of the ends. Broken: in that of the arguments.
pub(crate) async fn as_completed(broken: bool) {
    let (ends, mut came) = (Log::new(), Vec::new());
    let mut outcomes = oneloop::as_completed(runners(5, &ends));
    while let Some((index, outcome)) = outcomes.next().await {
        assert_eq!(outcome.unwrap(), index as u32);
        came.push(index as u32);
    }
    match broken {
        true => assert_eq!(came, [0, 1, 2, 3, 4]),
        false => assert_eq!(came, ends.take()),
    }
    let nobody = create_task(async {});
    nobody.await.unwrap();
}
