//! Counting instructions: how a program is run under callgrind and how its answer is read.
//!
//! Callgrind simulates every instruction of user space, so a count hardly depends on the machine, its load or its
//! clock; that is why these counts decide and wall time is the second witness only.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::peer::Peer;
use crate::scenario::Scenario;
use crate::worker::CANNOT;

/// Why there is no count.
#[derive(Debug)]
pub enum CountError {
    /// Valgrind is not installed: the check could not be made, which is not a pass.
    NoValgrind,
    /// The peer has no such thing, as its worker says.
    Cannot,
    /// Starting the program failed.
    Io(io::Error),
    /// The program or valgrind failed; the text is what they wrote.
    Failed(String),
}

impl fmt::Display for CountError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CountError::NoValgrind => formatter.write_str("valgrind went away"),
            CountError::Cannot => formatter.write_str("it cannot do that"),
            CountError::Io(error) => error.fmt(formatter),
            CountError::Failed(report) => write!(formatter, "failed under valgrind:\n{report}"),
        }
    }
}

/// Whether valgrind can be started here.
pub fn available() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs `program` under callgrind and returns the instructions it executed in user space.
pub fn count(program: &Path, arguments: &[&str]) -> Result<u64, CountError> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(arguments)
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => CountError::NoValgrind,
            _ => CountError::Io(error),
        })?;
    if output.status.code() == Some(i32::from(CANNOT)) {
        return Err(CountError::Cannot);
    }
    let report = String::from_utf8_lossy(&output.stderr);
    match collected(&report) {
        Some(total) if output.status.success() => Ok(total),
        _ => Err(CountError::Failed(report.into_owned())),
    }
}

/// Instructions of one operation of a scenario on a peer, by two runs of the worker: what both do once cancels out.
pub fn one_operation(worker: &Path, peer: Peer, scenario: Scenario) -> Result<f64, CountError> {
    let run = |steps: u64| {
        count(
            worker,
            &[peer.name(), scenario.name(), "steps", &steps.to_string()],
        )
    };
    let short = scenario.counted_steps();
    let between = (3 * short - short) * scenario.per_step();
    Ok(per_operation(run(short)?, run(3 * short)?, between))
}

/// Reads the total from callgrind's report, the line `==1234== Collected : 567890`.
pub fn collected(report: &str) -> Option<u64> {
    report.lines().find_map(|line| {
        let (_, total) = line.split_once("Collected :")?;
        total.split_whitespace().next()?.parse().ok()
    })
}

/// Instructions of one operation, from a short and a long run: what both did once cancels out.
pub fn per_operation(short: u64, long: u64, operations_between: u64) -> f64 {
    long.saturating_sub(short) as f64 / operations_between as f64
}

#[cfg(test)]
mod tests {
    use super::{collected, per_operation};

    #[test]
    fn the_total_is_found_between_the_other_lines() {
        let report = "==9== Callgrind, a call-graph generating cache profiler\n\
                      ==9== Events    : Ir\n\
                      ==9== Collected : 1234567\n\
                      ==9== \n";
        assert_eq!(collected(report), Some(1_234_567));
    }

    #[test]
    fn a_report_without_a_total_gives_none() {
        assert_eq!(collected("valgrind: no such file\n"), None);
        assert_eq!(collected("==9== Collected : nothing\n"), None);
    }

    #[test]
    fn what_both_runs_did_once_cancels_out() {
        let start = 700_000;
        assert_eq!(
            per_operation(start + 1_000 * 212, start + 3_000 * 212, 2_000),
            212.0
        );
    }
}
