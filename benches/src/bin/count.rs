//! `count` compares instructions: for every operation it runs `instructions` under callgrind on both sides, a short run
//! and a long one, and prints what one operation costs. Names of operations as arguments restrict it to these.
//!
//! It ends with 0 when every limit is kept, 1 when one is missed, 2 when something could not be run, and 77 when there
//! is no valgrind: then nothing was checked, which is not a pass.

#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;

use oneloop_benches::callgrind::{self, CountError};
use oneloop_benches::cargo;
use oneloop_benches::goals::{Goal, Verdict};
use oneloop_benches::side::{Oneloop, Side, Tokio};
use oneloop_benches::table::table;
use oneloop_benches::workload::Operation;

/// The exit code by which test harnesses know a check that was skipped.
const SKIPPED: u8 = 77;

/// Operations of the short run; the long one makes three times as many.
const SHORT_RUN: u64 = 5_000;

fn main() -> ExitCode {
    let operations = match chosen(std::env::args().skip(1)) {
        Ok(operations) => operations,
        Err(name) => {
            eprintln!("count: there is no counted operation `{name}`");
            return ExitCode::from(2);
        }
    };
    if !callgrind::available() {
        eprintln!("count: valgrind is missing (apt install valgrind): NOT CHECKED");
        return ExitCode::from(SKIPPED);
    }
    match compare(&operations) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(missed) => {
            eprintln!("count: {missed} of the limits missed");
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("count: {error}");
            ExitCode::from(2)
        }
    }
}

/// The operations to count: those named, or all whose work is in user space.
fn chosen(names: impl Iterator<Item = String>) -> Result<Vec<Operation>, String> {
    let counted = |operation: &Operation| operation.in_user_space();
    let named: Vec<Operation> = names
        .map(|name| Operation::from_name(&name).filter(counted).ok_or(name))
        .collect::<Result<_, _>>()?;
    if named.is_empty() {
        return Ok(Operation::ALL.into_iter().filter(counted).collect());
    }
    Ok(named)
}

/// Counts, prints the table and returns how many limits were missed.
fn compare(operations: &[Operation]) -> Result<usize, String> {
    let program = cargo::build(&[
        "--release",
        "--package=oneloop-benches",
        "--bin=instructions",
    ])?;
    let mut rows = Vec::new();
    let (mut limits, mut missed) = (0, 0);
    for &operation in operations {
        let tokio = one_operation(&program, Tokio::NAME, operation)?;
        let ours = one_operation(&program, Oneloop::NAME, operation)?;
        let goal = Goal::of(operation);
        let verdict = goal.judge(tokio, ours);
        limits += usize::from(goal.must.is_some());
        missed += usize::from(verdict == Verdict::Missed);
        rows.push(vec![
            operation.name().to_string(),
            format!("{tokio:.0}"),
            format!("{ours:.0}"),
            format!("{:.2}", tokio / ours),
            goal.must.map_or(String::new(), |must| format!(">= {must}")),
            goal.text(),
            verdict.text().to_string(),
        ]);
    }
    println!(
        "Instructions in user space for one operation, by callgrind; fat LTO, one codegen unit, panic = unwind.\n"
    );
    let head = [
        "operation",
        "tokio",
        "oneloop",
        "ratio",
        "limit",
        "goal",
        "ok",
    ];
    print!("{}", table(&head, &rows));
    println!(
        "\n{} operations counted, {} of {limits} limits kept",
        rows.len(),
        limits - missed
    );
    Ok(missed)
}

fn one_operation(program: &Path, side: &str, operation: Operation) -> Result<f64, String> {
    let short = (SHORT_RUN / operation.per_step()).max(5);
    let run = |steps: u64| {
        callgrind::count(program, &[side, operation.name(), &steps.to_string()])
            .map_err(|error| failure(side, operation, error))
    };
    let between = (3 * short - short) * operation.per_step();
    Ok(callgrind::per_operation(
        run(short)?,
        run(3 * short)?,
        between,
    ))
}

fn failure(side: &str, operation: Operation, error: CountError) -> String {
    let name = operation.name();
    match error {
        CountError::NoValgrind => format!("{side} {name}: valgrind went away"),
        CountError::Io(error) => format!("{side} {name}: {error}"),
        CountError::Failed(report) => format!("{side} {name} failed under valgrind:\n{report}"),
    }
}
