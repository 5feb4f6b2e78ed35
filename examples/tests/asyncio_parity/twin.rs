//! A program of `asyncio/` and what stands beside it. Next: `table.rs`.

use crate::unignoring::unignoring;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take. All but a few are on a paused clock and take milliseconds.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct Twin {
    /// `067_gather_first_exception`.
    pub(crate) name: String,
    /// The first line of the program.
    pub(crate) point: String,
    /// Why it prints something else than CPython, if it does.
    pub(crate) differs: Option<String>,
    /// Its lines are the same in whatever order ready tasks run.
    pub(crate) any_order: bool,
}

impl Twin {
    /// Reads the folder, and checks that each program has its twin and stands in the list of the
    /// program they are parts of.
    pub(crate) fn all() -> Result<Vec<Twin>, String> {
        let files = files()?;
        let listed = listed()?;
        let mut twins = Vec::new();
        for file in &files {
            let numbered = file.starts_with(|first: char| first.is_ascii_digit());
            match file.rsplit_once('.') {
                Some((name, "rs")) if numbered => twins.push(Twin::read(name, &files)?),
                Some((name, _)) if numbered && !files.contains(&format!("{name}.rs")) => {
                    return Err(format!("{file} stands alone: there is no {name}.rs"));
                }
                _ => {}
            }
        }
        let numbers: Vec<&str> = twins.iter().map(|twin| twin.number()).collect();
        if numbers != listed {
            return Err(format!(
                "asyncio/main.rs lists other programs than there are: {listed:?}, not {numbers:?}"
            ));
        }
        Ok(twins)
    }

    fn read(name: &str, files: &BTreeSet<String>) -> Result<Twin, String> {
        let text = read(&format!("{name}.rs"))?;
        let head: Vec<&str> = text
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(str::trim)
            .collect();
        let point = head.first().copied().unwrap_or_default();
        let differs = head.iter().find_map(|line| line.strip_prefix("differs: "));
        if point.is_empty() || point.contains(": fifo") {
            return Err(format!("{name}.rs does not open with its point"));
        }
        // The list and the table show that line alone.
        if head.get(1).is_some_and(|second| !second.is_empty()) {
            return Err(format!("the point of {name}.rs goes on in its second line"));
        }
        for twin in ["py", "expected"] {
            if !files.contains(&format!("{name}.{twin}")) {
                return Err(format!("{name}.{twin} is missing beside {name}.rs"));
            }
        }
        if differs.is_some() != files.contains(&format!("{name}.expected-oneloop")) {
            return Err(format!(
                "{name}: a line `differs:` and {name}.expected-oneloop stand together or not at all"
            ));
        }
        Ok(Twin {
            name: name.to_string(),
            point: point.to_string(),
            differs: differs.map(str::to_string),
            any_order: !head.contains(&"order: fifo"),
        })
    }

    pub(crate) fn number(&self) -> &str {
        &self.name[..3]
    }

    /// What the program should print.
    pub(crate) fn expected(&self) -> Result<String, String> {
        let cpython = read(&format!("{}.expected", self.name))?;
        if self.differs.is_none() {
            return Ok(cpython);
        }
        let ours = read(&format!("{}.expected-oneloop", self.name))?;
        if ours == cpython {
            return Err(format!(
                "{} does not differ any more: `differs:` can go",
                self.name
            ));
        }
        Ok(ours)
    }

    /// Runs the program and returns what it printed.
    pub(crate) fn run(&self, seed: Option<u64>) -> Result<String, String> {
        let mut command = unignoring(PROGRAM);
        command.arg(self.number());
        if let Some(seed) = seed {
            command.args(["--seed", &seed.to_string()]);
        }
        let what = format!("{} with seed {seed:?}", self.name);
        output(command).map_err(|error| format!("{what}: {error}"))
    }
}

/// The numbers that the program lists.
fn listed() -> Result<Vec<&'static str>, String> {
    let text = output(Command::new(PROGRAM))?.leak();
    let number = |line: &'static str| line.split(' ').next().unwrap_or_default();
    Ok(text.lines().map(number).collect())
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_asyncio");

/// Runs a command that must end well, and in time.
fn output(mut command: Command) -> Result<String, String> {
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("does not start: {error}"))?;
    // What the programs print is less than a pipe holds, so it can be read when they have ended.
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < LIMIT => thread::sleep(Duration::from_millis(1)),
            _ => {
                let _ended_meanwhile = child.kill();
                let _status = child.wait();
                return Err(format!("did not end in {LIMIT:?}"));
            }
        }
    };
    let mut printed = String::new();
    let mut errors = String::new();
    let stdout = child
        .stdout
        .take()
        .map(|mut pipe| pipe.read_to_string(&mut printed));
    let stderr = child
        .stderr
        .take()
        .map(|mut pipe| pipe.read_to_string(&mut errors));
    if !matches!((stdout, stderr), (Some(Ok(_)), Some(Ok(_)))) {
        return Err("printed what is no text".to_string());
    }
    if !status.success() {
        return Err(format!("{status}\n{errors}"));
    }
    Ok(printed)
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("asyncio")
}

fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(folder().join(file)).map_err(|error| format!("{file}: {error}"))
}

fn files() -> Result<BTreeSet<String>, String> {
    let entries = fs::read_dir(folder()).map_err(|error| format!("{:?}: {error}", folder()))?;
    let name = |entry: Result<fs::DirEntry, _>| {
        Some(entry.ok()?.file_name().to_string_lossy().into_owned())
    };
    Ok(entries.filter_map(name).collect())
}
