//! [`cancel_at_every_await`]: one scenario, interrupted in every way wherever it waits. Next: `run.rs`.

use super::interrupted::{Strike, Way};
use super::run::run;
use super::scenario::Scenario;
use crate::event_loop::{Builder, Loop};
use std::panic::Location;

/// Interrupts a scenario's subject at each of its awaits, in every way, and checks after each time
/// that nothing was lost.
///
/// `scenario` is called for each run, on a fresh loop with a paused clock. The first run counts at how
/// many suspensions the subject waits. Then, at each of them, it is
///
/// - dropped as soon as it waits, as another library's `select!` drops its loser;
/// - dropped when what it waits for has come, before it can look;
/// - cancelled ([`Task::cancel`](crate::Task::cancel)) as soon as it waits;
/// - cancelled when what it waits for has come, before it can look;
///
/// and it is cancelled from outside between any two polls of the loop, so that a request and what
/// is waited for come in both orders.
///
/// After each run, what goes on [beside](Scenario::beside) the subject is awaited, then the check that
/// comes [after](Scenario::after) it; and then the loop must have no task, timer, registered source
/// or scope left. A cancelled subject must have ended as cancelled, or with the value that came in
/// the same moment, unless it may [survive](Scenario::survives).
///
/// # Panics
/// With the scenario's panic, after the interruption was printed at which it failed; and when
/// something was left, when a request to end was lost, when the scenario waits for what nobody
/// will bring or never comes to an end, or when its subject never waits.
///
/// ```
/// use oneloop::sync::Semaphore;
/// use oneloop::testing::{Scenario, cancel_at_every_await};
/// use std::rc::Rc;
///
/// let every = cancel_at_every_await(async || {
///     let semaphore = Rc::new(Semaphore::new(0));
///     let (takes, gives) = (semaphore.clone(), semaphore.clone());
///     Scenario::new(async move { drop(takes.acquire().await) })
///         .beside(async move { gives.release() })
///         .after(async move { assert_eq!(semaphore.available_permits(), 1, "a permit is lost") })
/// });
/// assert_eq!(every.suspensions, 1);
/// ```
#[track_caller]
pub fn cancel_at_every_await(scenario: impl AsyncFnMut() -> Scenario) -> EveryAwait {
    at_every_await(
        || Loop::builder().paused_clock(),
        scenario,
        Location::caller(),
    )
}

/// As [`cancel_at_every_await`], on loops of your own making: with a real clock, say, for time-outs of
/// real sockets.
///
/// The builder is told to let panics through, and to run one task a turn.
///
/// # Panics
/// As [`cancel_at_every_await`]; but on a real clock a scenario that nobody wakes waits for ever.
///
/// ```
/// use oneloop::testing::{Scenario, cancel_at_every_await_in};
/// use std::time::Duration;
///
/// let every = cancel_at_every_await_in(oneloop::Loop::builder, async || {
///     Scenario::new(oneloop::sleep(Duration::from_millis(1)))
/// });
/// assert_eq!(every.suspensions, 1);
/// ```
#[track_caller]
pub fn cancel_at_every_await_in(
    make_loop: impl FnMut() -> Builder,
    scenario: impl AsyncFnMut() -> Scenario,
) -> EveryAwait {
    at_every_await(make_loop, scenario, Location::caller())
}

/// What [`cancel_at_every_await`] did.
///
/// ```
/// use oneloop::testing::{EveryAwait, Scenario, cancel_at_every_await};
/// let every: EveryAwait = cancel_at_every_await(async || Scenario::new(oneloop::yield_now()));
/// assert_eq!((every.suspensions, every.interruptions), (1, 6), "4 in it, 1 before, 1 amid");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EveryAwait {
    /// How often the subject was suspended when nobody interrupted it.
    pub suspensions: usize,
    /// In how many runs it was interrupted.
    pub interruptions: usize,
}

fn at_every_await(
    mut make_loop: impl FnMut() -> Builder,
    mut scenario: impl AsyncFnMut() -> Scenario,
    place: &'static Location<'static>,
) -> EveryAwait {
    let mut run = |strike| run(make_loop(), &mut scenario, strike, place);
    let suspensions = run(Strike::Never).suspensions.get();
    assert!(
        suspensions > 0,
        "the subject never waits, so that nothing can be shown by it"
    );
    let mut interruptions = 0;
    for suspension in 1..=suspensions {
        for way in Way::ALL {
            let seen = run(Strike::In(suspension, way));
            interruptions += usize::from(seen.struck.get());
        }
    }
    let mut polls = 0;
    while run(Strike::After(polls)).struck.get() {
        polls += 1;
    }
    EveryAwait {
        suspensions,
        interruptions: interruptions + polls,
    }
}
