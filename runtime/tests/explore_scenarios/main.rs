//! Everything that tasks share, and everything that waits for several, under many orders of the
//! ready tasks, on paused clocks. Each scenario holds an invariant whatever the order is; and each
//! has a *broken* form, which leaves out or misuses what the scenario is about, and must fail for
//! some order: so none of the invariants holds for want of a chance to break.
//!
//! Read `sync.rs` first.

mod sync;
mod queues;
mod gathered;
mod bounded;

use oneloop::testing::explore;
use oneloop::{Task, create_task, yield_now};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

/// How many orders each scenario is run in.
const SEEDS: std::ops::Range<u64> = 0..200;

/// Given whether to be broken.
type Scenario = fn(bool) -> Pin<Box<dyn Future<Output = ()>>>;

/// Boxes each of these functions with its name.
macro_rules! scenarios {
    ($($module:ident: $($name:ident)+;)+) => {
        &[$($((stringify!($name), |broken| Box::pin($module::$name(broken)))),+),+]
    };
}

const SCENARIOS: &[(&str, Scenario)] = scenarios! {
    sync: lock rw_lock event condition semaphore bounded_semaphore barrier oneshot promise;
    queues: queue lifo_queue priority_queue channel race select;
    gathered: gather try_gather wait_all_completed wait_first_completed wait_first_exception
        wait_with_a_timeout as_completed;
    bounded: wait_for timeout shield task_group local_scope;
};

#[test]
fn every_scenario_holds_in_every_order_and_its_broken_form_does_not() {
    let mut runs = 0;
    for (name, scenario) in SCENARIOS {
        println!("{name}");
        runs += explore(SEEDS, || scenario(false));
        let breaks = |seed: &u64| {
            let attempt = || explore([*seed], || scenario(true));
            catch_unwind(AssertUnwindSafe(attempt)).is_err()
        };
        let seed = SEEDS.into_iter().find(breaks);
        let seed = seed.unwrap_or_else(|| panic!("{name} holds in its broken form, too"));
        println!("{name}: held; broken, it failed with seed {seed}");
    }
    assert_eq!(runs, SCENARIOS.len() * 200);
    println!(
        "{} scenarios, {} seeds each, {runs} runs",
        SCENARIOS.len(),
        SEEDS.end
    );
}

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// What tasks noted, in their order.
struct Log<T>(Rc<RefCell<Vec<T>>>);

impl<T> Log<T> {
    fn new() -> Log<T> {
        Log(Rc::default())
    }

    fn push(&self, entry: T) {
        self.0.borrow_mut().push(entry);
    }

    fn take(&self) -> Vec<T> {
        self.0.take()
    }
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Log<T> {
        Log(self.0.clone())
    }
}

async fn yields(times: u32) {
    for _ in 0..times {
        yield_now().await;
    }
}

/// Makes so many tasks.
fn tasks<F: Future<Output: 'static> + 'static>(
    count: u32,
    work: impl FnMut(u32) -> F,
) -> Vec<Task<F::Output>> {
    (0..count).map(work).map(create_task).collect()
}

/// Waits for all of them, none of which may have been cancelled.
async fn all<T>(tasks: Vec<Task<T>>) -> Vec<T> {
    let mut outputs = Vec::new();
    for task in tasks {
        outputs.push(task.await.unwrap());
    }
    outputs
}
