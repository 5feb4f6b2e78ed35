//! Clean-up that is not cut, groups that end early, losers that lose nothing. Next: `panics.rs`.

use crate::{milliseconds, run};
use oneloop::cancel::{Caught, catch};
use oneloop::sync::{Lock, Queue, channel};
use oneloop::{Loop, TaskGroup, call_later, create_task, now, select, sleep, timeout, yield_now};
use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;

/// A request is delivered once, to the place that the code names, and is not thrown again at each
/// await that follows; nor does anybody ask again and again until the task has ended.
///
/// Pain 8.
#[test]
fn clean_up_may_await_as_often_as_it_likes_and_nothing_spins_meanwhile() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    let handle = event_loop.handle();
    event_loop.block_on(async {
        let steps = Rc::new(Cell::new(0));
        let step = steps.clone();
        let task = create_task(async move {
            let ended = catch(pending::<()>()).await;
            let lock = Lock::new(());
            for _ in 0..100 {
                sleep(milliseconds(36_000)).await;
                let _guard = lock.lock().await;
                step.set(step.get() + 1);
            }
            ended.or_resume().await
        });
        yield_now().await;
        let (began, polls) = (now(), handle.stats().polls);
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(steps.get(), 100, "no step of the clean-up was cut");
        assert_eq!(now() - began, milliseconds(3_600_000));
        let polls = handle.stats().polls - polls;
        assert!(polls <= 2 * 100 + 10, "{polls} polls for 100 sleeps");
    });
}

/// asyncio's `wait_for(queue.get(), …)` lost an item that came in the same turn as the time-out.
///
/// Pain 9.
#[test]
fn an_item_that_comes_at_the_moment_of_the_timeout_is_had_or_stays() {
    for putter_first in [true, false] {
        run(async {
            let queue = Rc::new(Queue::new(1));
            let (getting, putting) = (queue.clone(), queue.clone());
            let get = || create_task(async move { timeout(milliseconds(10), getting.get()).await });
            let put = move || call_later(milliseconds(10), move || putting.put_nowait(1).unwrap());
            let getter = match putter_first {
                true => {
                    put();
                    get()
                }
                false => {
                    let getter = get();
                    yield_now().await; // Its time-out is armed first.
                    put();
                    getter
                }
            };
            let got = getter.await.unwrap();
            assert_eq!(got.map(Result::unwrap), Ok(1), "the result wins");
            assert!(queue.empty());
        });
    }
}

/// Pain 16.
#[test]
fn a_group_can_be_ended_early_which_is_no_error() {
    run(async {
        let cleaned = Rc::new(Cell::new(0));
        let began = now();
        let searching = |milliseconds_to_clean: u64| {
            let cleaned = cleaned.clone();
            async move {
                let ended = catch(pending::<()>()).await;
                sleep(milliseconds(milliseconds_to_clean)).await;
                cleaned.set(cleaned.get() + 1);
                ended.or_resume().await;
                Ok(())
            }
        };
        let found = TaskGroup::<String>::scope(async |group| {
            for time in [20, 50] {
                drop(group.create_task(searching(time)));
            }
            let (ends, finds) = (group.clone(), async move { Ok("found") });
            let finder = group.create_task(finds);
            let found = finder.await.unwrap();
            ends.cancel();
            Ok(found)
        });
        assert_eq!(found.await.unwrap(), "found");
        assert_eq!(cleaned.get(), 2, "they were waited for");
        assert_eq!(now() - began, milliseconds(50));
    });
}

/// Two sources, of which one loses each round, and a clock that cuts both now and then: the loser's
/// place in the line is given up, and what it would have had stays where it was.
///
/// Pain 20.
#[test]
fn what_the_losers_of_a_select_would_have_had_is_still_there() {
    const ITEMS: u32 = 200;
    run(async {
        let queue = Rc::new(Queue::new(1));
        let (sender, mut receiver) = channel(1);
        let puts = queue.clone();
        let by_queue = create_task(async move {
            for item in 0..ITEMS {
                sleep(milliseconds(u64::from(item % 3))).await;
                puts.put(item).await.unwrap();
            }
        });
        let by_channel = create_task(async move {
            for item in 0..ITEMS {
                sleep(milliseconds(u64::from(item % 4))).await;
                sender.send(item).await.unwrap();
            }
        });
        let got = RefCell::new([Vec::new(), Vec::new()]);
        let mut cuts = 0;
        while got
            .borrow()
            .iter()
            .any(|items| items.len() < ITEMS as usize)
        {
            select! {
                item = queue.get() => got.borrow_mut()[0].push(item.unwrap()),
                item = async {
                    match receiver.recv().await {
                        Some(item) => item,
                        None => pending().await,
                    }
                } => got.borrow_mut()[1].push(item),
                () = sleep(milliseconds(1)) => cuts += 1,
            }
        }
        let all: Vec<u32> = (0..ITEMS).collect();
        assert_eq!(*got.borrow(), [all.clone(), all]);
        assert!(cuts > 10, "{cuts}");
        by_queue.await.unwrap();
        by_channel.await.unwrap();
    });
}
