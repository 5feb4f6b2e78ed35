//! One run of a scenario: the subject's task with the others beside it, the check after them, and the
//! loop's own books. Next: `interrupted.rs`.

use super::interrupted::{InterruptedSubject, Seen, Strike};
use super::scenario::{Boxed, Scenario};
use crate::event_loop::{Builder, Loop};
use crate::task::{self, JoinError, PanicPolicy, Task};
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::time::Duration;

/// How long, in real time, a run may wait for real sockets, threads and clocks.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long, in real time, a run may wait for a thread that holds no `Remote`.
const DEADLOCK_AFTER: Duration = Duration::from_secs(1);

/// How many polls of the loop a run may take.
const MOST_POLLS: u64 = 100_000;

/// How many polls what was left over may take to come to its end.
const LAST_POLLS: usize = 1000;

/// Runs a scenario on a fresh loop; on failure it is told what it failed by.
pub(super) fn run(
    builder: Builder,
    scenario: &mut impl AsyncFnMut() -> Scenario,
    strike: Strike,
    place: &'static Location<'static>,
) -> Rc<Seen> {
    let seen = Rc::new(Seen::default());
    let event_loop = builder
        .polls_per_look(1)
        .panic_policy(PanicPolicy::Propagate)
        .deadlock_after(DEADLOCK_AFTER)
        .build()
        .expect("a test may open three descriptors");
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let scenario = event_loop.turn_until(scenario(), place)?;
        run_in(&event_loop, scenario, strike, &seen)?;
        balance(&event_loop)
    }));
    if !matches!(attempt, Ok(Ok(()))) {
        eprintln!("the scenario failed {strike}");
    }
    match attempt {
        Ok(Ok(())) => seen,
        Ok(Err(why)) => panic!("{why}"),
        Err(panic) => resume_unwind(panic),
    }
}

/// Whatever belongs to the scenario is dropped when this returns.
fn run_in(
    event_loop: &Loop,
    scenario: Scenario,
    strike: Strike,
    seen: &Rc<Seen>,
) -> Result<(), String> {
    let subject = InterruptedSubject::new(scenario.subject, strike, seen.clone());
    let task = start(event_loop, "the subject", subject);
    let beside: Vec<Task<()>> = scenario
        .beside
        .into_iter()
        .map(|other: Boxed| start(event_loop, "beside the subject", other))
        .collect();
    let polls = || event_loop.handle().stats().polls as usize;
    let before = polls();
    while !task.done() {
        if strike == Strike::After(polls() - before) && !seen.struck.replace(true) {
            task.cancel();
        }
        turn(event_loop)?;
    }
    if let Ok(true) = finish(event_loop, task)?
        && seen.waited_on.get()
        && !scenario.survives
    {
        return Err("the subject was cancelled, waited on, and came to its own end".to_owned());
    }
    for other in beside {
        let ended = finish(event_loop, other)?;
        ended.map_err(|error| format!("what ran beside the subject did not end: {error}"))?;
    }
    if let Some(after) = scenario.after {
        let check = start(event_loop, "the check after it", after);
        let ended = finish(event_loop, check)?;
        ended.map_err(|error| format!("the check did not end: {error}"))?;
    }
    Ok(())
}

fn start<F: Future + 'static>(event_loop: &Loop, name: &str, future: F) -> Task<F::Output> {
    event_loop.enter(|| task::Builder::new().name(name).create_task(future))
}

/// Takes a turn, unless it would be in vain or one of too many.
fn turn(event_loop: &Loop) -> Result<(), String> {
    event_loop.turn_or_give_up(PATIENCE)?;
    match event_loop.handle().stats().polls > MOST_POLLS {
        true => Err(format!(
            "after {MOST_POLLS} polls there is no end: is one woken again and again?"
        )),
        false => Ok(()),
    }
}

/// Turns the loop until the task has ended, and gives its outcome.
fn finish<T>(event_loop: &Loop, task: Task<T>) -> Result<Result<T, JoinError>, String> {
    while !task.done() {
        turn(event_loop)?;
    }
    event_loop.turn_until(task, Location::caller())
}

/// Lets end what is about to, and says what the loop has left then.
fn balance(event_loop: &Loop) -> Result<(), String> {
    for _ in 0..LAST_POLLS {
        let turn = event_loop.turn(Some(Duration::ZERO));
        if turn.map_err(|error| error.to_string())?.ran == 0 {
            break;
        }
    }
    let stats = event_loop.handle().stats();
    let left: Vec<String> = [
        (stats.live_tasks, "tasks"),
        (stats.timers, "timers"),
        (stats.registered, "registered sources"),
        (stats.participants, "scopes"),
    ]
    .iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("{number} {what}"))
    .collect();
    match left.is_empty() {
        true => Ok(()),
        false => Err(format!("something was left behind: {}", left.join(", "))),
    }
}
