//! `testing::explore` finds what depends on the order of ready tasks, and finds it again.

use oneloop::testing::explore;
use oneloop::{create_task, sleep, yield_now};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

/// Two tasks that each read a counter, let others run, and write it back. The second begins when
/// the first writes, and after it, as long as ready tasks run first in, first out; in another
/// order it reads before, and an update is lost.
async fn lost_update() {
    let counter = Rc::new(Cell::new(0));
    let add = |begins_later: bool| {
        let counter = counter.clone();
        create_task(async move {
            if begins_later {
                yield_now().await;
            }
            let seen = counter.get();
            yield_now().await;
            counter.set(seen + 1);
        })
    };
    let (one, two) = (add(false), add(true));
    one.await.unwrap();
    two.await.unwrap();
    assert_eq!(counter.get(), 2, "an update was lost");
}

/// The first of the seeds with which the scenario fails.
fn first_failure(seeds: std::ops::Range<u64>) -> Option<u64> {
    seeds.into_iter().find(|seed| {
        let attempt = AssertUnwindSafe(|| explore([*seed], lost_update));
        catch_unwind(attempt).is_err()
    })
}

#[test]
fn a_planted_race_is_found_by_a_seed_and_found_again_by_the_same() {
    oneloop::run(lost_update()); // In the usual order all is well.
    let seed = first_failure(0..200).expect("200 orders, and none shows it");
    for _ in 0..10 {
        assert_eq!(first_failure(seed..seed + 1), Some(seed));
    }
    let panic = catch_unwind(AssertUnwindSafe(|| explore(0..200, lost_update))).unwrap_err();
    assert!(
        panic
            .downcast::<String>()
            .unwrap()
            .contains("an update was lost")
    );
}

#[test]
fn a_seed_is_one_order_and_other_seeds_are_others() {
    let order_of = |seed| {
        let order = Rc::new(RefCell::new(Vec::new()));
        let told = order.clone();
        let scenario = || {
            let told = told.clone();
            async move {
                for number in 0..8 {
                    let told = told.clone();
                    drop(create_task(async move {
                        yield_now().await;
                        told.borrow_mut().push(number);
                    }));
                }
                sleep(Duration::from_secs(1)).await;
            }
        };
        assert_eq!(explore([seed], scenario), 1);
        order.take()
    };
    let orders: Vec<Vec<i32>> = (0..20).map(order_of).collect();
    assert_eq!(orders, (0..20).map(order_of).collect::<Vec<_>>());
    let mut different = orders.clone();
    different.sort();
    different.dedup();
    assert!(different.len() > 15, "{orders:?}");
    for mut order in orders {
        order.sort();
        assert_eq!(order, (0..8).collect::<Vec<_>>(), "each ran once");
    }
}

/// Timers keep their promise under every seed.
#[test]
fn no_order_lets_a_timer_fire_before_an_earlier_one() {
    let seeds = explore(0..100, || async {
        let order = Rc::new(RefCell::new(Vec::new()));
        for milliseconds in [3, 1, 2] {
            let order = order.clone();
            drop(create_task(async move {
                sleep(Duration::from_millis(milliseconds)).await;
                order.borrow_mut().push(milliseconds);
            }));
        }
        sleep(Duration::from_secs(1)).await;
        assert_eq!(*order.borrow(), [1, 2, 3]);
    });
    assert_eq!(seeds, 100);
}

/// Pains 3, 22.
#[test]
fn a_panic_in_a_task_that_nobody_awaits_fails_the_scenario() {
    let attempt = catch_unwind(|| {
        explore(0..1, || async {
            drop(create_task(async { panic!("in the background") }));
            sleep(Duration::from_secs(1)).await;
        })
    });
    let panic = attempt.unwrap_err();
    assert_eq!(*panic.downcast::<&str>().unwrap(), "in the background");
}
