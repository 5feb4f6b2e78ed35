//! Help for tests: a scenario under many orders.

use crate::{Loop, PanicPolicy};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Runs `scenario` once for each seed, each time on a fresh loop with a paused clock that runs
/// ready tasks in an order that depends on the seed. Returns how many seeds there were.
///
/// A panic in any task fails the scenario, not only one in the scenario itself.
///
/// # Panics
/// With the scenario's panic, after the failing seed was printed: run that one alone by
/// `explore([seed], scenario)`.
///
/// ```
/// use std::{cell::RefCell, rc::Rc};
/// let seeds = oneloop::testing::explore(0..20, || async {
///     let seen = Rc::new(RefCell::new(vec![]));
///     let tasks: Vec<_> = (0..3)
///         .map(|number| {
///             let seen = seen.clone();
///             oneloop::create_task(async move { seen.borrow_mut().push(number) })
///         })
///         .collect();
///     for task in tasks {
///         task.await.unwrap();
///     }
///     let mut seen = seen.borrow().clone();
///     seen.sort(); // The order is not promised here, and differs from seed to seed.
///     assert_eq!(seen, [0, 1, 2]);
/// });
/// assert_eq!(seeds, 20);
/// ```
pub fn explore<F: Future<Output = ()>>(
    seeds: impl IntoIterator<Item = u64>,
    mut scenario: impl FnMut() -> F,
) -> usize {
    let mut count = 0;
    for seed in seeds {
        count += 1;
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let event_loop = Loop::builder()
                .paused_clock()
                .seed(seed)
                .panic_policy(PanicPolicy::Propagate)
                .build()
                .expect("a test may open three descriptors");
            event_loop.block_on(scenario());
        }));
        if let Err(panic) = attempt {
            eprintln!("the scenario failed with seed {seed}");
            resume_unwind(panic);
        }
    }
    count
}
