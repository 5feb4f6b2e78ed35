//! `wall` compares time: rounds of both sides alternate on one processor, and what counts is the ratio within a round.
//!
//! `best` is the ratio of each side's fastest round, a second opinion where other work disturbs the machine; where it
//! and the median disagree much, measure again later.
//!
//! A lone time says more about the machine than about the runtime, so the table opens with processor and allocator and
//! no time fails the run; `count` does that. Names of operations as arguments restrict it to these.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use oneloop_benches::goals::Goal;
use oneloop_benches::machine;
use oneloop_benches::side::{Oneloop, Side, Tokio};
use oneloop_benches::statistics::median;
use oneloop_benches::table::table;
use oneloop_benches::workload::Operation;

/// How many times both sides take their turn.
const ROUNDS: usize = 51;

/// How long a turn shall take: long beside a reading of the clock, short beside the slices that the kernel gives, so
/// that many turns pass without a stranger in between.
const TURN: Duration = Duration::from_millis(4);

fn main() -> ExitCode {
    if cfg!(debug_assertions) {
        eprintln!("wall: build it with --release");
        return ExitCode::from(2);
    }
    let mut operations = Vec::new();
    for name in std::env::args().skip(1) {
        let Some(operation) = Operation::from_name(&name) else {
            eprintln!("wall: there is no operation `{name}`");
            return ExitCode::from(2);
        };
        operations.push(operation);
    }
    if operations.is_empty() {
        operations.extend(Operation::ALL);
    }
    println!("{}", machine::describe());
    if !machine::pin_to_one_processor() {
        println!("This thread may move between processors: pinning it failed.");
    }
    println!(
        "Median of {ROUNDS} rounds, nanoseconds for one operation; the ratio is taken within each round.\n"
    );
    let rows: Vec<Vec<String>> = operations.into_iter().map(row).collect();
    let head = [
        "operation",
        "tokio ns",
        "oneloop ns",
        "ratio",
        "lowest",
        "highest",
        "best",
        "goal",
    ];
    print!("{}", table(&head, &rows));
    ExitCode::SUCCESS
}

fn row(operation: Operation) -> Vec<String> {
    // Both sides get turns of the same length, not the same steps: else the slower one would meet more of what else the
    // machine does, and look slower than it is.
    let their_steps = steps_of_a_turn::<Tokio>(operation);
    let our_steps = steps_of_a_turn::<Oneloop>(operation);
    let (mut theirs, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Who goes second may find a warmer processor, so the order alternates too.
        let (tokio, oneloop) = if round.is_multiple_of(2) {
            let tokio = nanoseconds::<Tokio>(operation, their_steps);
            (tokio, nanoseconds::<Oneloop>(operation, our_steps))
        } else {
            let oneloop = nanoseconds::<Oneloop>(operation, our_steps);
            (nanoseconds::<Tokio>(operation, their_steps), oneloop)
        };
        theirs.push(tokio);
        ours.push(oneloop);
        ratios.push(tokio / oneloop);
    }
    let least = |samples: &[f64]| samples.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = ratios.iter().copied().fold(0.0, f64::max);
    let goal = Goal::of(operation).wall;
    vec![
        operation.name().to_string(),
        format!("{:.1}", median(&theirs)),
        format!("{:.1}", median(&ours)),
        format!("{:.2}", median(&ratios)),
        format!("{:.2}", least(&ratios)),
        format!("{highest:.2}"),
        format!("{:.2}", least(&theirs) / least(&ours)),
        goal.map_or(String::new(), |ratio| format!(">= {ratio}")),
    ]
}

/// Runs that many steps and returns what one operation took.
fn nanoseconds<S: Side>(operation: Operation, steps: u64) -> f64 {
    let operations = steps * operation.per_step();
    operation.run::<S>(steps).as_nanos() as f64 / operations as f64
}

/// Steps that keep a side busy for one turn at least; finding out warms it up as well.
fn steps_of_a_turn<S: Side>(operation: Operation) -> u64 {
    let mut steps = 1;
    // The shortest of some runs: one pause of the machine would make a few steps look like enough.
    while (0..5).map(|_| operation.run::<S>(steps)).min() < Some(TURN) {
        steps *= 2;
    }
    steps
}
