//! `compare` measures all scenarios on all peers, interleaved, and writes tables (`benches/RESULTS.md`), a picture of
//! each group (`benches/pictures`) and JSON.
//!
//! It says what time that takes (`budget.rs`), builds the workers (`programs.rs`), starts a process for each scenario and peer
//! (`processes.rs`), lets them take turns (`rounds.rs`; `echo.rs` and `http.rs` for servers and clients; `syscalls.rs`,
//! `traced.rs` and `weight.rs` for what is beside the scenarios), makes ratios of what they answer (`rows.rs`), judges
//! these (`verdict.rs`, `against.rs`) and hands them to the reports. With `--quick` or `--only` the report is no full
//! one, and goes to `target/compare` instead of `benches`.

#![forbid(unsafe_code)]

mod budget;
mod options;
mod processes;
mod programs;
mod progress;
mod rounds;
mod rows;

mod echo;
mod http;
mod servers;
mod syscalls;
mod traced;
mod weight;
mod wrk;

mod against;
mod verdict;

mod front;
mod json;
mod markdown;
mod picture;
mod versions;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use oneloop_benches::callgrind;
use oneloop_benches::machine;
use oneloop_benches::peer::Peer;
use oneloop_benches::scenario::{Group, Scenario};

use crate::budget::Estimate;
use crate::json::Earlier;
use crate::markdown::Links;
use crate::options::Options;
use crate::programs::Programs;
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
    // What would fail at the end had better fail now.
    let earlier = options.against.as_deref().map(Earlier::read).transpose()?;
    let files = Files::prepared(options)?;
    let most = if options.quick {
        budget::QUICK
    } else {
        budget::WHOLE
    };
    let (estimate, most) = (Estimate::of(options), budget::said(most));
    eprintln!("once everything is built, {estimate}; {most} at most");
    let start = Instant::now();
    let programs = Programs::build(options)?;
    let mut rows = Vec::new();
    if let Ok(worker) = &programs.worker {
        rows = measure(options, worker);
        if options.counts() && callgrind::available() {
            count(options, worker, &mut rows);
        }
    }
    rows.extend(http::measure(options, &programs.http));
    rows.extend(syscalls::measure(options, &programs.http));
    rows.extend(traced::measure(options, &programs));
    rows.extend(weight::measure(options));
    let machine = machine::describe_with(options.allocator.name());
    let beside = earlier.map(|earlier| against::report(&machine, &rows, &earlier));
    let report = Report {
        machine,
        settings: options.describe(),
        rows,
        beside_earlier: beside,
    };
    report.write(options, &files)?;
    println!("It took {}, builds included", budget::said(start.elapsed()));
    if let Some(verdict) = &report.beside_earlier {
        print!("{verdict}");
    }
    Ok(())
}

/// Every scenario that was asked for, in the order of the report.
fn measure(options: &Options, worker: &Path) -> Vec<Row> {
    let scenarios: Vec<Scenario> = options.scenarios();
    let rounds = scenarios
        .iter()
        .map(|&scenario| budget::of(scenario, options.quick).rounds as u64)
        .sum();
    let progress = Progress::new(rounds);
    let mut rows = Vec::new();
    for scenario in scenarios {
        progress.say(scenario.name());
        let measured = match scenario {
            Scenario::Echo100 => echo::measure(options, worker, &progress),
            _ => rounds::measure(options, worker, scenario, &progress),
        };
        rows.extend(rows::of(scenario, &measured));
    }
    progress.finish();
    rows
}

/// Adds the instructions of one operation to every cell that they tell something about, as many at once as there are
/// processors: a count does not hang on what else the machine does.
fn count(options: &Options, worker: &Path, rows: &mut [Row]) {
    let cells: Vec<(usize, Peer, Scenario)> = rows
        .iter()
        .enumerate()
        .filter_map(|(place, row)| Some((place, row.scenario.filter(|of| of.in_user_space())?)))
        .flat_map(|(place, scenario)| {
            let peers = options.peers().iter().filter(|peer| peer.is_counted());
            peers.map(move |peer| (place, *peer, scenario))
        })
        .filter(|(place, peer, _)| rows[*place].numbers(peer.name()).is_some())
        .collect();
    let progress = Progress::new(cells.len() as u64);
    let (left, rows) = (Mutex::new(cells.into_iter()), Mutex::new(rows));
    let take_some = || {
        loop {
            let Some((place, peer, scenario)) = left.lock().expect("nobody panics").next() else {
                return;
            };
            progress.say(&format!(
                "{}, {}, instructions",
                scenario.name(),
                peer.name()
            ));
            match callgrind::one_operation(worker, peer, scenario) {
                Ok(instructions) => {
                    let mut rows = rows.lock().expect("nobody panics");
                    if let Some(numbers) = rows[place].numbers_mut(peer.name()) {
                        numbers.instructions = Some(instructions);
                    }
                }
                Err(error) => eprintln!(
                    "compare: {}, {}, instructions: {error}; the rest goes on",
                    scenario.name(),
                    peer.name()
                ),
            }
            progress.step();
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(take_some);
        }
    });
    progress.finish();
}

/// What is reported, however it is written.
struct Report {
    /// Processor, kernel and allocator.
    machine: machine::Description,
    /// How it was measured, in words.
    settings: String,
    /// Everything measured.
    rows: Vec<Row>,
    /// Where an earlier run says something else.
    beside_earlier: Option<String>,
}

impl Report {
    fn write(&self, options: &Options, files: &Files) -> Result<(), String> {
        let mut links = Links {
            readme: options.readme().to_string(),
            pictures: Vec::new(),
        };
        for group in Group::ALL {
            if let Some(picture) = picture::of(group, &self.rows) {
                let name = options.file_name(group.name(), "svg");
                write(&files.pictures.join(&name), &picture)?;
                links.pictures.push((group, format!("pictures/{name}")));
            }
        }
        let tables = markdown::of(self, &links);
        println!("{tables}");
        write(&files.results, &tables)?;
        println!("Written to {}", files.results.display());
        if let Some(file) = &options.json {
            write(file, &json::of(self))?;
            println!("Written to {}", file.display());
        }
        Ok(())
    }
}

/// Where the report goes.
struct Files {
    pictures: PathBuf,
    results: PathBuf,
}

impl Files {
    /// Makes the folders, and looks whether everything can be written.
    fn prepared(options: &Options) -> Result<Files, String> {
        let folder = options.folder();
        let files = Files {
            pictures: folder.join("pictures"),
            results: folder.join(options.file_name("RESULTS", "md")),
        };
        fs::create_dir_all(&files.pictures).map_err(|error| said(&files.pictures, error))?;
        for file in [Some(&files.results), options.json.as_ref()]
            .into_iter()
            .flatten()
        {
            // What is there stays until there is something better, and nothing empty is left behind.
            let new = !file.exists();
            let opened = fs::File::options().append(true).create(true).open(file);
            opened.map_err(|error| said(file, error))?;
            if new {
                fs::remove_file(file).map_err(|error| said(file, error))?;
            }
        }
        Ok(files)
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| said(path, error))
}

fn said(path: &Path, error: std::io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path, PathBuf};
    use std::{env, fs, process};

    use oneloop_benches::machine;
    use oneloop_benches::scenario::{Group, Scenario};

    use crate::options::{Allocator, Options};
    use crate::rows::{self, BASE, Better, Row};
    use crate::{Files, Report};

    /// A report with a row of instructions, whose words have a link, and a group whose rows have nothing to draw.
    fn report() -> Report {
        let measured = ["oneloop", BASE].map(|peer| (peer, Ok(vec![vec![2.0]; 5])));
        let mut rows = rows::of(Scenario::SpawnJoin, &measured);
        let ours = rows[0].numbers_mut("oneloop").expect("it is there");
        ours.instructions = Some(100.0);
        let nothing = ["oneloop", "hyper"].map(|peer| (peer, Ok(vec![vec![0.0]; 5])));
        let (group, better) = (Group::Syscalls, Better::Less);
        let nothing = Row::of_one("row", group, "calls", "hyper", better, nothing.into());
        rows.push(nothing);
        Report {
            machine: machine::describe(),
            settings: String::new(),
            rows,
            beside_earlier: None,
        }
    }

    /// Where a link leads from a folder, which need not be there.
    fn followed(folder: &Path, link: &str) -> PathBuf {
        let mut path = folder.to_path_buf();
        for component in Path::new(link).components() {
            match component {
                Component::ParentDir => assert!(path.pop(), "{link}"),
                component => path.push(component),
            }
        }
        path
    }

    #[test]
    fn every_link_of_a_report_leads_to_a_file() {
        let folder = env::temp_dir().join(format!("oneloop-compare-{}", process::id()));
        let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        assert!(readme.exists());
        let whole = Options::default();
        let quick = Options {
            quick: true,
            ..Options::default()
        };
        let part = Options {
            only: vec!["spawn_join".to_string()],
            allocator: Allocator::Mimalloc,
            ..Options::default()
        };
        for options in [whole, quick, part] {
            let files = Files {
                pictures: folder.join("pictures"),
                results: folder.join("RESULTS.md"),
            };
            fs::create_dir_all(&files.pictures).expect("it can be made");
            let written = report().write(&options, &files);
            written.expect("it can be written");
            let text = fs::read_to_string(&files.results).expect("it was written");
            let links = text.split("](").skip(1);
            let links: Vec<&str> = links.filter_map(|rest| rest.split(')').next()).collect();
            assert_eq!(links.len(), 3, "{links:?}");
            for link in links {
                let file = link.split('#').next().expect("it has a first part");
                match file.ends_with(".svg") {
                    true => assert!(followed(&folder, file).exists(), "{link}"),
                    false => assert_eq!(followed(&options.folder(), file), readme, "{link}"),
                }
            }
            fs::remove_dir_all(&folder).expect("it is there");
        }
    }
}
