//! The workers: building them, starting one, and asking it for a turn.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use oneloop_benches::callgrind;
use oneloop_benches::cargo;
use oneloop_benches::peer::Peer;
use oneloop_benches::worker::CANNOT;

use crate::options::{Allocator, Options};
use crate::rows::Row;

/// Builds the worker of the scenarios, which takes minutes when it is the first time, and returns its path.
pub(crate) fn build_worker(options: &Options) -> Result<PathBuf, String> {
    let mut features = Vec::new();
    if !options.quick {
        features.push("peers");
        features.extend(Peer::features());
    }
    build("worker", options, features)
}

/// Builds the HTTP servers and clients.
pub(crate) fn build_http_worker(options: &Options) -> Result<PathBuf, String> {
    let feature = if options.quick { "http" } else { "http-peers" };
    build("http-worker", options, vec![feature])
}

fn build(
    program: &str,
    options: &Options,
    mut features: Vec<&'static str>,
) -> Result<PathBuf, String> {
    let (program, allocator) = match options.allocator {
        Allocator::System => (program.to_string(), None),
        Allocator::Mimalloc => (format!("{program}-mimalloc"), Some("mimalloc")),
    };
    features.extend(allocator);
    let features = features.join(",");
    eprintln!("building {program} (features: {features})");
    cargo::build(&[
        "--release",
        "-p",
        "oneloop-benches",
        "--features",
        &features,
        "--bin",
        &program,
    ])
}

/// A worker that waits for its turn.
pub(crate) struct Worker {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts it and waits until it is ready. The inner error is the reason why this peer cannot do that.
    pub(crate) fn start(
        program: &Path,
        arguments: &[&str],
    ) -> Result<Result<Worker, String>, String> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let questions = child.stdin.take();
        let answers = child.stdout.take().expect("it was asked for");
        let mut worker = Worker {
            child,
            questions,
            answers: BufReader::new(answers),
        };
        let line = worker.line()?;
        if line == "ready" {
            return Ok(Ok(worker));
        }
        let status = worker.child.wait().map_err(|error| error.to_string())?;
        match status.code() {
            Some(code) if code == i32::from(CANNOT) => Ok(Err(line)),
            _ => Err(format!("{}: ended with {status}", arguments.join(" "))),
        }
    }

    /// Asks for a turn and waits for its samples.
    pub(crate) fn turn(&mut self) -> Result<Vec<f64>, String> {
        let questions = self.questions.as_mut().expect("it is there until the end");
        questions
            .write_all(b"turn\n")
            .map_err(|error| format!("the worker does not listen: {error}"))?;
        let line = self.line()?;
        let samples: Result<Vec<f64>, _> = line.split(' ').map(str::parse).collect();
        samples.map_err(|_| format!("the worker answered `{line}`"))
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .map_err(|error| format!("the worker does not answer: {error}"))?;
        Ok(line.trim_end().to_string())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The end of its input is the end of the worker.
        self.questions = None;
        let _ = self.child.wait();
    }
}

/// Counts the instructions of one operation for every peer of a row that has a number there.
pub(crate) fn count_instructions(
    options: &Options,
    worker: &Path,
    row: &mut Row,
) -> Result<(), String> {
    let scenario = row
        .scenario
        .expect("only scenarios in user space are counted");
    for peer in options.peers() {
        if !peer.is_counted() {
            continue;
        }
        let Some(numbers) = row.numbers_mut(peer.name()) else {
            continue;
        };
        let counted = callgrind::one_operation(worker, *peer, scenario);
        let said = |error| format!("{} {}: {error}", peer.name(), scenario.name());
        numbers.instructions = Some(counted.map_err(said)?);
    }
    Ok(())
}
