//! `compare` measures all scenarios on all peers, interleaved, and writes tables (`benches/RESULTS.md`), a picture of
//! each group (`benches/pictures`) and JSON.
//!
//! It builds the workers, starts one process for each scenario and peer (`processes.rs`), lets them take turns
//! (`rounds.rs`; `echo.rs` and `http.rs` for servers and clients), makes ratios of what they answer (`rows.rs`) and hands these to the reports. With `--quick` or `--only`
//! the report is no full one, and goes to `target/compare` instead of `benches`.

#![forbid(unsafe_code)]

mod options;
mod processes;
mod progress;
mod echo;
mod http;
mod rounds;
mod rows;
mod servers;

mod json;
mod markdown;
mod picture;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use oneloop_benches::callgrind;
use oneloop_benches::machine;
use oneloop_benches::scenario::{Group, Scenario};

use crate::options::Options;
use crate::progress::Progress;
use crate::rows::Row;

fn main() -> ExitCode {
    let options = match Options::read() {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("compare: {text}\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("compare: {text}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let mut rows = Vec::new();
    if !options.scenarios().is_empty() {
        let worker = processes::build_worker(options)?;
        rows = measure(options, &worker)?;
        if !options.quick && callgrind::available() {
            count(options, &worker, &mut rows)?;
        }
    }
    rows.extend(http::measure(options)?);
    let report = Report {
        machine: machine::describe_with(options.allocator.name()),
        settings: options.describe(),
        rows,
    };
    report.write(options)
}

/// Every scenario that was asked for, in the order of the report.
fn measure(options: &Options, worker: &Path) -> Result<Vec<Row>, String> {
    let scenarios: Vec<Scenario> = options.scenarios();
    let rounds: u64 = scenarios
        .iter()
        .map(|&scenario| rounds::of(scenario, options.quick))
        .sum();
    let progress = Progress::new(rounds);
    let mut rows = Vec::new();
    for scenario in scenarios {
        progress.say(scenario.name());
        let measured = match scenario {
            Scenario::Echo100 => echo::measure(options, worker, &progress),
            _ => rounds::measure(options, worker, scenario, &progress)?,
        };
        rows.extend(rows::of(scenario, &measured));
    }
    progress.finish();
    Ok(rows)
}

/// Adds the instructions of one operation to every row that they tell something about.
fn count(options: &Options, worker: &Path, rows: &mut [Row]) -> Result<(), String> {
    let counted = |row: &&mut Row| row.scenario.is_some_and(Scenario::in_user_space);
    let progress = Progress::new(rows.iter_mut().filter(counted).count() as u64);
    for row in rows.iter_mut().filter(counted) {
        progress.say(&format!("{}, instructions", row.name));
        processes::count_instructions(options, worker, row)?;
        progress.step();
    }
    progress.finish();
    Ok(())
}

/// What is reported, however it is written.
struct Report {
    /// Processor, kernel and allocator.
    machine: machine::Description,
    /// How it was measured, in words.
    settings: String,
    /// Everything measured.
    rows: Vec<Row>,
}

impl Report {
    fn write(&self, options: &Options) -> Result<(), String> {
        let folder = options.folder();
        let pictures = folder.join("pictures");
        fs::create_dir_all(&pictures).map_err(|error| said(&pictures, error))?;
        for group in Group::ALL {
            if let Some(picture) = picture::of(group, &self.rows) {
                let name = options.file_name(group.name(), "svg");
                write(&pictures.join(name), &picture)?;
            }
        }
        let tables = markdown::of(self, &|group| {
            format!("pictures/{}", options.file_name(group.name(), "svg"))
        });
        println!("{tables}");
        let results = folder.join(options.file_name("RESULTS", "md"));
        write(&results, &tables)?;
        println!("Written to {}", results.display());
        if let Some(file) = &options.json {
            write(file, &json::of(self))?;
            println!("Written to {}", file.display());
        }
        Ok(())
    }
}

fn write(path: &PathBuf, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| said(path, error))
}

fn said(path: &Path, error: std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
