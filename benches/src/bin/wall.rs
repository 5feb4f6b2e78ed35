//! `wall` compares time: rounds of both sides alternate on one processor, and what counts is the ratio within a round.
//!
//! `best` is the ratio of each side's fastest round: on a machine with other work it is the one to look at.
//!
//! A lone time says more about the machine than about the runtime, so the table opens with processor and allocator and
//! no time fails the run; `count` does that. Names of operations as arguments restrict it to these.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use oneloop_benches::goals::Goal;
use oneloop_benches::machine;
use oneloop_benches::side::{Oneloop, Tokio};
use oneloop_benches::statistics::median;
use oneloop_benches::table::table;
use oneloop_benches::workload::Operation;

/// How many times both sides take their turn.
const ROUNDS: usize = 51;

/// How long one turn of the slower side shall take: long beside a reading of the clock, short beside the slices that
/// the kernel gives, so that many turns pass without a stranger in between.
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
    let steps = enough_steps(operation);
    let (mut theirs, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Who goes second may find a warmer processor, so the order alternates too.
        let (tokio, oneloop) = if round.is_multiple_of(2) {
            let tokio = operation.run::<Tokio>(steps);
            (tokio, operation.run::<Oneloop>(steps))
        } else {
            let oneloop = operation.run::<Oneloop>(steps);
            (operation.run::<Tokio>(steps), oneloop)
        };
        let each = (steps * operation.per_step()) as f64;
        theirs.push(tokio.as_nanos() as f64 / each);
        ours.push(oneloop.as_nanos() as f64 / each);
        ratios.push(tokio.as_secs_f64() / oneloop.as_secs_f64());
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

/// Steps that keep the slower side busy for about one turn; this warms both sides up as well.
fn enough_steps(operation: Operation) -> u64 {
    let mut steps = 1;
    loop {
        let took = operation
            .run::<Tokio>(steps)
            .max(operation.run::<Oneloop>(steps));
        if took >= TURN {
            return steps;
        }
        steps *= 2;
    }
}
