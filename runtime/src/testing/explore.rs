//! [`explore`]: one scenario under many orders of the ready tasks.

use crate::task::report::print;
use crate::{Loop, PanicPolicy, Report, ReportKind};
use std::future::Future;
use std::panic::Location;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

/// How long, in real time, a scenario may wait for a thread that holds no `Remote`.
const DEADLOCK_AFTER: Duration = Duration::from_secs(1);

/// Runs `scenario` once for each seed, each time on a fresh loop with a paused clock that runs
/// ready tasks in an order that depends on the seed. Returns how many seeds there were.
///
/// A panic in any task fails the scenario, not only one in the scenario itself. So does a deadlock: a
/// scenario that waits for what nobody will bring panics after one second with the names of the
/// tasks that are left.
///
/// Time is simulated: it stands still while any task is ready, and jumps to the next timer when
/// none is. While a socket is registered or a [`Remote`](crate::Remote) lives it does not move at
/// all, so a scenario is best made of in-memory streams, whose orders the seed decides, too. See
/// [`Builder::paused_clock`](crate::Builder::paused_clock) for the whole rule; a test that
/// wants to move the time by hand makes a loop of its own and calls [`Loop::advance`].
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
#[track_caller]
pub fn explore<F: Future<Output = ()>>(
    seeds: impl IntoIterator<Item = u64>,
    mut scenario: impl FnMut() -> F,
) -> usize {
    let place = Location::caller();
    let mut count = 0;
    for seed in seeds {
        count += 1;
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let event_loop = Loop::builder()
                .paused_clock()
                .seed(seed)
                .panic_policy(PanicPolicy::Propagate)
                .deadlock_after(DEADLOCK_AFTER)
                .exception_handler(tell)
                .build()
                .expect("a test may open three descriptors");
            event_loop.turn_until(scenario(), place)
        }));
        if !matches!(attempt, Ok(Ok(()))) {
            eprintln!("the scenario failed with seed {seed}");
        }
        match attempt {
            Ok(Ok(())) => {}
            Ok(Err(why)) => panic!("{why}"),
            Err(panic) => resume_unwind(panic),
        }
    }
    count
}

/// Passes on what a scenario's loop reports, but for the tasks that a scenario leaves behind: that is
/// its way to end, and would be told once for each seed.
fn tell(report: &Report) {
    if report.kind() != ReportKind::Unfinished {
        print(report);
    }
}
