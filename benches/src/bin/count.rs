//! `count` compares instructions: for every scenario it runs the worker under callgrind on tokio and on oneloop, a short
//! run and a long one, and prints what one operation costs, beside the limits of `goals.rs` and the count that was
//! accepted last (`baseline.rs`). Names of scenarios as arguments restrict it to these; `--accept` accepts what it counts.
//! `--peers` counts the other runtimes too, judges nothing but prints every verdict, as a table in Markdown.
//!
//! Where it counts `spawn_join` or `yield_self`, as it does unless other names are given, it also counts a oneloop that was
//! made slower on purpose, and fails if it would let that one pass; where it counts neither, it says so.
//!
//! It ends with 0 when every limit is kept, 1 when one is missed, 2 when something could not be run, and 77 when there
//! is no valgrind: then nothing was checked, which is not a pass.

#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;

use oneloop_benches::baseline::{Baseline, Change};
use oneloop_benches::callgrind::{self, CountError};
use oneloop_benches::cargo;
use oneloop_benches::goals::{Goal, Verdict};
use oneloop_benches::peer::Peer;
use oneloop_benches::scenario::Scenario;
use oneloop_benches::table::table;
use oneloop_benches::verdicts::{self, Counted};

/// The exit code by which test harnesses know a check that was skipped.
const SKIPPED: u8 = 77;

/// Where the planted slowdown is counted: in starting tasks and in switching between them.
const PLANTED_IN: [Scenario; 2] = [Scenario::SpawnJoin, Scenario::YieldSelf];

const USAGE: &str = "\
usage: count [--accept] [SCENARIO]...   instructions of oneloop and tokio, judged; --accept makes ours the baseline
       count --peers [SCENARIO]...      of smol, futures and monoio as well, with a verdict on each goal";

fn main() -> ExitCode {
    let (flags, names): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|argument| ["--accept", "--peers"].contains(&argument.as_str()));
    let asked_for = |flag: &str| flags.iter().any(|given| given == flag);
    let counted = Scenario::ALL.iter().filter(|of| of.in_user_space());
    let counted: Vec<&str> = counted.map(|scenario| scenario.name()).collect();
    let usage = format!("{USAGE}\nscenarios: {}", counted.join(" "));
    if names.iter().any(|name| name == "--help" || name == "-h") {
        println!("{usage}");
        return ExitCode::SUCCESS;
    }
    if asked_for("--accept") && asked_for("--peers") {
        eprintln!("count: --peers judges nothing, so there is nothing to --accept\n{usage}");
        return ExitCode::from(2);
    }
    let scenarios = match chosen(names) {
        Ok(scenarios) => scenarios,
        Err(name) => {
            eprintln!("count: there is no counted scenario `{name}`\n{usage}");
            return ExitCode::from(2);
        }
    };
    if !callgrind::available() {
        eprintln!("count: valgrind is missing (apt install valgrind): NOT CHECKED");
        return ExitCode::from(SKIPPED);
    }
    let counted = match asked_for("--peers") {
        true => count_peers(&scenarios).map(|()| 0),
        false => count(&scenarios, asked_for("--accept")),
    };
    match counted {
        Ok(0) => ExitCode::SUCCESS,
        Ok(missed) => {
            eprintln!("count: {missed} of the checks failed");
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("count: {error}");
            ExitCode::from(2)
        }
    }
}

/// The scenarios to count: those named, or all whose work is in user space.
fn chosen(names: Vec<String>) -> Result<Vec<Scenario>, String> {
    let counted = |scenario: &Scenario| scenario.in_user_space();
    let named: Vec<Scenario> = names
        .into_iter()
        .map(|name| Scenario::from_name(&name).filter(counted).ok_or(name))
        .collect::<Result<_, _>>()?;
    if named.is_empty() {
        return Ok(Scenario::ALL.iter().copied().filter(counted).collect());
    }
    Ok(named)
}

/// Counts, prints the table and returns how many checks failed.
fn count(scenarios: &[Scenario], accept: bool) -> Result<usize, String> {
    let worker = cargo::build(&["--release", "--package=oneloop-benches", "--bin=worker"])?;
    let mut baseline = Baseline::read()?;
    let mut rows = Vec::new();
    let mut failed = 0;
    for &scenario in scenarios {
        let tokio = one_operation(&worker, Peer::TokioLocalSet, scenario)?;
        let ours = one_operation(&worker, Peer::Oneloop, scenario)?;
        if accept {
            baseline.accept(scenario, ours);
        }
        let goal = Goal::of(scenario);
        let verdict = goal.judge(tokio, ours, None);
        let change = baseline.judge(scenario, ours);
        failed += usize::from(verdict == Verdict::BelowLimit || change.failed());
        rows.push(vec![
            scenario.name().to_string(),
            format!("{tokio:.0}"),
            format!("{ours:.0}"),
            format!("{:.2}", tokio / ours),
            goal.limit
                .map_or(String::new(), |limit| format!(">= {limit}")),
            goal.text(),
            change.text(),
            verdict.text(),
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
        "change",
        "verdict",
    ];
    print!("{}", table(&head, &rows));
    println!();
    failed += planted(&worker, scenarios, &baseline)?;
    if accept {
        println!("Accepted: {}", baseline.write()?);
    }
    println!("{} operations counted, {failed} checks failed", rows.len());
    Ok(failed)
}

/// Counts every peer and prints what stands to the goals how.
fn count_peers(scenarios: &[Scenario]) -> Result<(), String> {
    let worker = cargo::build(&[
        "--release",
        "--package=oneloop-benches",
        "--bin=worker",
        "--features=peers",
    ])?;
    let mut operations = Vec::new();
    for &scenario in scenarios {
        eprintln!("counting {}", scenario.name());
        let of_peer = |&peer: &Peer| one_operation_if_any(&worker, peer, scenario);
        let counts: Result<_, String> = Peer::COUNTED.iter().map(of_peer).collect();
        let counts = counts?;
        operations.push(Counted { scenario, counts });
    }
    print!("{}", verdicts::table(&operations));
    Ok(())
}

/// The count, or none where the peer cannot do it.
fn one_operation_if_any(
    worker: &Path,
    peer: Peer,
    scenario: Scenario,
) -> Result<Option<f64>, String> {
    match callgrind::one_operation(worker, peer, scenario) {
        Err(CountError::Cannot) => Ok(None),
        counted => counted
            .map(Some)
            .map_err(|error| format!("{} {}: {error}", peer.name(), scenario.name())),
    }
}

/// Counts the slowed form of oneloop and returns how often that went unnoticed.
fn planted(worker: &Path, scenarios: &[Scenario], baseline: &Baseline) -> Result<usize, String> {
    let chosen = planted_in(scenarios);
    if chosen.is_empty() {
        // Who reads that all checks passed should know that this one was not among them.
        println!("{}", nothing_planted());
    }
    let mut unnoticed = 0;
    for scenario in chosen {
        let slowed = one_operation(worker, Peer::Slowed, scenario)?;
        let change = baseline.judge(scenario, slowed);
        let noticed = matches!(change, Change::Grown(_));
        unnoticed += usize::from(!noticed);
        println!(
            "a slowdown planted in {}: {slowed:.0} instructions, {}: {}",
            scenario.name(),
            change.text(),
            if noticed { "noticed, yes" } else { "MISSED" }
        );
    }
    Ok(unnoticed)
}

/// The scenarios among these that the slowdown is counted in.
fn planted_in(scenarios: &[Scenario]) -> Vec<Scenario> {
    let chosen = |scenario: &Scenario| scenarios.contains(scenario);
    PLANTED_IN.into_iter().filter(chosen).collect()
}

fn nothing_planted() -> String {
    let names = PLANTED_IN.map(Scenario::name).join(" nor ");
    format!("no slowdown was planted: neither {names} was asked for")
}

fn one_operation(worker: &Path, peer: Peer, scenario: Scenario) -> Result<f64, String> {
    callgrind::one_operation(worker, peer, scenario)
        .map_err(|error| format!("{} {}: {error}", peer.name(), scenario.name()))
}

#[cfg(test)]
mod tests {
    use oneloop_benches::scenario::Scenario;

    use super::{PLANTED_IN, chosen, nothing_planted, planted_in};

    #[test]
    fn a_slowdown_is_planted_in_a_run_of_all_and_where_it_is_asked_for() {
        let planted = |names: &[&str]| {
            let names = names.iter().map(|name| name.to_string()).collect();
            planted_in(&chosen(names).expect("they are counted"))
        };
        assert_eq!(planted(&[]), PLANTED_IN);
        assert_eq!(planted(&["select", "yield_self"]), [Scenario::YieldSelf]);
        assert_eq!(planted(&["select"]), []);
        let told = "no slowdown was planted: neither spawn_join nor yield_self was asked for";
        assert_eq!(nothing_planted(), told);
    }
}
