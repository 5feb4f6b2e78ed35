//! Holds the programs of `asyncio/` to what CPython printed for their Python twins.
//!
//! Each program runs in a process of its own, first in first out and, where its lines don't tell
//! the order in which ready tasks run (`order: fifo`), under 20 seeds as well. What it should print
//! stands in `NNN_topic.expected`, or in `NNN_topic.expected-oneloop` where ours differs on purpose.
//!
//! `cargo test -p oneloop-examples --test asyncio_parity -- 067` compares those whose names begin
//! so. `-- --write-table` writes the table of `asyncio/README.md` anew, which is checked here.

#[path = "asyncio_parity/twin.rs"]
mod twin;

#[path = "asyncio_parity/table.rs"]
mod table;

#[path = "programs/unignoring.rs"]
mod unignoring;

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use twin::Twin;

/// The seeds that each program runs under, if any order will do.
const SEEDS: std::ops::Range<u64> = 0..20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let twins = match Twin::all() {
        Ok(twins) => twins,
        Err(error) => {
            println!("asyncio_parity: {error}\n0 passed, 1 failed");
            return ExitCode::FAILURE;
        }
    };
    if arguments.iter().any(|argument| argument == "--write-table") {
        table::write(&twins);
        return ExitCode::SUCCESS;
    }
    // What else cargo hands to every test, as `--nocapture`, means nothing here.
    let prefixes: Vec<&String> = arguments
        .iter()
        .filter(|word| !word.starts_with('-'))
        .collect();
    let is_wanted = |twin: &&Twin| {
        prefixes.is_empty() || prefixes.iter().any(|prefix| twin.name.starts_with(*prefix))
    };

    let wanted: VecDeque<&Twin> = twins.iter().filter(is_wanted).collect();
    let mut failures = compare_all(wanted.clone());
    if prefixes.is_empty() {
        failures.extend(
            table::check(&twins)
                .err()
                .map(|error| (String::new(), error)),
        );
    }
    failures.sort();
    for (_, failure) in &failures {
        println!("{failure}");
    }
    let shuffled = wanted.iter().filter(|twin| twin.any_order).count();
    println!("{shuffled} programs ran under {} seeds as well", SEEDS.end);
    let failed = failures.len();
    println!(
        "{} passed, {failed} failed",
        wanted.len().saturating_sub(failed)
    );
    match failed {
        0 if !wanted.is_empty() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Compares all, as many at once as there are processors. Gives the name and the story of those
/// that failed.
fn compare_all(twins: VecDeque<&Twin>) -> Vec<(String, String)> {
    let queue = Mutex::new(twins);
    let failures = Mutex::new(Vec::new());
    let next = || queue.lock().expect("nobody panics with it").pop_front();
    let work = || {
        while let Some(twin) = next() {
            let compared = compare(twin);
            let verdict = if compared.is_ok() { "ok" } else { "FAILED" };
            println!("test {} ... {verdict}", twin.name);
            if let Err(failure) = compared {
                let mut failures = failures.lock().expect("nobody panics with it");
                failures.push((twin.name.clone(), failure));
            }
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    failures.into_inner().expect("nobody panicked with it")
}

/// Runs one program in each order that it promises something for.
fn compare(twin: &Twin) -> Result<(), String> {
    let expected = twin.expected()?;
    let seeds = SEEDS.filter(|_| twin.any_order).map(Some);
    for seed in std::iter::once(None).chain(seeds) {
        let printed = twin.run(seed)?;
        if printed != expected {
            let order = seed.map_or("in order".to_string(), |seed| format!("with --seed {seed}"));
            return Err(format!(
                "{} DIFFERS {order}\n--- expected\n{expected}--- printed\n{printed}---",
                twin.name
            ));
        }
    }
    Ok(())
}
