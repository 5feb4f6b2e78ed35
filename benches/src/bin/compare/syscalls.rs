//! System calls that a server makes for one HTTP request, counted by strace: a short load and a longer one, so that what
//! happens once, for the program and for each connection, is in no number.
//!
//! strace makes calls slow, so requests wait for each other, as on a server that is fully loaded: waits are shared.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use oneloop_benches::machine;
use oneloop_benches::scenario::Group;

use crate::options::Options;
use crate::processes::failed;
use crate::programs::Built;
use crate::progress::Progress;
use crate::rows::{Better, Row, Samples, cells};
use crate::servers::Server;
use crate::wrk;

/// The rows; each has one for every kind of call below it.
pub(crate) const NAMES: [&str; 3] = ["syscalls_64", "syscalls_1", "syscalls_pipelined_16"];

/// What each row is counted with: connections of wrk, requests at once, and what the calls are divided by.
const LOADS: [(u32, u32, &str); 3] = [
    (64, 1, "calls/request"),
    (1, 1, "calls/request"),
    (64, 16, "calls/batch"),
];

const PEERS: [&str; 3] = ["oneloop", "hyper", "floor"];

/// What calls are for, by the end of the row's name; the first is all of them.
pub(crate) const KINDS: [&str; 6] = ["", "_read", "_write", "_wait", "_timer", "_other"];

/// How often it is counted: it hardly differs.
const ROUNDS: usize = 3;

/// How long the two loads take.
const SECONDS: [u32; 2] = [1, 2];

/// How often the longer load is tried, each time for twice as long: where other programs had the processor meanwhile, two
/// seconds may bring fewer requests than one did.
const TRIES: u32 = 4;

/// Calls of each kind, or of one request.
type Calls = [f64; KINDS.len()];

/// The rows that were asked for; a quick run has none.
fn wanted(options: &Options) -> impl Iterator<Item = usize> {
    let wants = |&row: &usize| options.extras() && options.wants(NAMES[row], Group::Syscalls);
    (0..NAMES.len()).filter(wants)
}

/// What they take on a quiet machine.
pub(crate) fn time(options: &Options) -> Duration {
    let once = Duration::from_secs(SECONDS.iter().sum::<u32>().into());
    (once + Duration::from_millis(500)) * (wanted(options).count() * PEERS.len() * ROUNDS) as u32
}

/// Whether a row was asked for.
pub(crate) fn is_wanted(options: &Options) -> bool {
    wanted(options).next().is_some()
}

/// Counts what was asked for.
pub(crate) fn measure(options: &Options, worker: &Built) -> Vec<Row> {
    let strace = Command::new("strace").arg("-V").output().is_ok();
    let missing = (!strace).then(|| "strace is not installed".to_string());
    let worker = match missing.or_else(wrk::missing) {
        Some(reason) => Err(reason),
        None => worker.clone(),
    };
    let progress = Progress::new((wanted(options).count() * PEERS.len()) as u64);
    let mut rows = Vec::new();
    for row in wanted(options) {
        progress.say(NAMES[row]);
        let counted = PEERS.map(|peer| {
            let counted = worker.clone().and_then(|worker| {
                let counted = (0..ROUNDS).map(|_| one_request(&worker, peer, row));
                counted.collect()
            });
            progress.step();
            (peer, counted)
        });
        rows.extend(rows_of(row, &counted));
    }
    progress.finish();
    rows
}

fn rows_of(row: usize, counted: &[(&'static str, Result<Vec<Calls>, String>)]) -> Vec<Row> {
    let of_kind = |(kind, suffix): (usize, &&str)| {
        let samples = |(peer, calls): &(&'static str, Result<Vec<Calls>, String>)| {
            let column = |calls: &Vec<Calls>| calls.iter().map(|calls| calls[kind]).collect();
            (*peer, calls.as_ref().map(column).map_err(String::clone))
        };
        // Parts are shown, and the whole is ranked: who reads more may wait less.
        let base = if kind == 0 { "hyper" } else { "" };
        Row {
            name: format!("{}{suffix}", NAMES[row]),
            scenario: None,
            group: Group::Syscalls,
            unit: LOADS[row].2,
            better: Better::Less,
            base,
            samples: Samples::Counts,
            cells: cells(base, Better::Less, counted.iter().map(samples).collect()),
        }
    };
    KINDS.iter().enumerate().map(of_kind).collect()
}

/// The calls for one request, or for one batch.
fn one_request(worker: &Path, peer: &str, row: usize) -> Result<Calls, String> {
    let (_, depth, _) = LOADS[row];
    let short = run(worker, peer, row, SECONDS[0])?;
    for attempt in 0..TRIES {
        let long = run(worker, peer, row, SECONDS[1] << attempt)?;
        if let Some(calls) = between(short, long, depth) {
            return Ok(calls);
        }
    }
    Err(failed(
        &"the longer load had hardly more requests than the shorter one: the machine is too busy",
    ))
}

/// The calls for one batch of the requests that the longer load has more. These must be half as many again: of a few, what
/// happens once would be too large a part, as it is not quite the same in both (how many connections are closed before
/// the server ends, for one).
fn between((short, few): (Calls, u64), (long, many): (Calls, u64), depth: u32) -> Option<Calls> {
    let batches = (many as f64 - few as f64) / f64::from(depth);
    let enough = many >= few + few / 2 && batches >= 100.0;
    enough.then(|| std::array::from_fn(|kind| (long[kind] - short[kind]) / batches))
}

/// All calls of a server that lives for one load, and how many requests that had.
fn run(worker: &Path, peer: &str, row: usize, seconds: u32) -> Result<(Calls, u64), String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).with_file_name("target/compare");
    fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
    let report = folder.join("strace.txt");
    let mut command = Command::new("strace");
    command.args(["-f", "-c", "-o"]).arg(&report).arg(worker);
    command.args(["serve", peer, &machine::last_processor().to_string()]);
    let mut server = Server::of(&mut command)?;
    let (connections, depth, _) = LOADS[row];
    let told = wrk::run(server.address(), connections, depth, seconds)?;
    server.end();
    let text = fs::read_to_string(&report).map_err(|error| failed(&error))?;
    let calls = read(&text).ok_or_else(|| failed(&format!("strace said: {text}")))?;
    Ok((calls, told.requests))
}

/// Reads the table of strace: a line has numbers, of which the fourth is how many calls there were, and then a name.
fn read(text: &str) -> Option<Calls> {
    let mut calls = Calls::default();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (Some(count), Some(name)) = (words.get(3), words.last()) else {
            continue;
        };
        let Ok(count) = count.parse::<f64>() else {
            continue;
        };
        if *name == "total" {
            calls[0] = count;
            continue;
        }
        let kind = match *name {
            "read" | "readv" | "recvfrom" | "recvmsg" => "_read",
            "write" | "writev" | "sendto" | "sendmsg" => "_write",
            "epoll_wait" | "epoll_pwait" | "epoll_pwait2" | "poll" => "_wait",
            "timerfd_settime" => "_timer",
            _ => "_other",
        };
        calls[KINDS.iter().position(|known| *known == kind)?] += count;
    }
    (calls[0] > 0.0).then_some(calls)
}

#[cfg(test)]
mod tests {
    use super::{between, read, rows_of};
    use crate::verdict::{Standing, to_base, to_best};

    #[test]
    fn the_table_of_strace_is_read_by_kinds() {
        let text = "% time     seconds  usecs/call     calls    errors syscall\n\
                    ------ ----------- ----------- --------- --------- ----------------\n\
                     36.36    1.2          3     55800         1 sendto\n\
                     36.00    1.1          3     55801         2 recvfrom\n\
                     10.00    0.1          3      1500           epoll_wait\n\
                      1.00    0.1          3         7           timerfd_settime\n\
                      0.05    0.0          9        50           close\n\
                      0.05    0.0          9        60           mmap\n\
                    ------ ----------- ----------- --------- --------- ----------------\n\
                    100.00    2.4          3    113218         3 total\n";
        let calls = [113_218.0, 55_801.0, 55_800.0, 1_500.0, 7.0, 110.0];
        assert_eq!(read(text), Some(calls));
        assert_eq!(read("strace: not permitted\n"), None);
    }

    #[test]
    fn counts_within_three_percent_of_each_other_are_level() {
        let standing = |ours: f64| {
            let counted = [("oneloop", ours), ("hyper", 2.0)];
            let counted = counted.map(|(peer, calls)| (peer, Ok(vec![[calls; 6]; 3])));
            let row = rows_of(0, &counted).remove(0);
            let best = to_best(&row).expect("hyper is there").1;
            let base = to_base(&row).expect("both are there").0;
            assert_eq!(best, base);
            base
        };
        assert_eq!(standing(1.999), Standing::Level);
        assert_eq!(standing(1.95), Standing::Level);
        assert_eq!(standing(1.9), Standing::Ahead);
        assert_eq!(standing(2.05), Standing::Level);
        assert_eq!(standing(2.1), Standing::Behind);
    }

    #[test]
    fn two_loads_tell_something_only_if_one_is_longer() {
        let short = ([4_050.0, 1_010.0, 1_010.0, 2_000.0, 0.0, 30.0], 16_000);
        let long = ([8_050.0, 2_010.0, 2_010.0, 4_000.0, 0.0, 30.0], 32_000);
        assert_eq!(
            between(short, long, 16),
            Some([4.0, 1.0, 1.0, 2.0, 0.0, 0.0])
        );
        assert_eq!(between(long, short, 16), None, "the shorter one had more");
        let hardly_longer = (long.0, 23_999);
        assert_eq!(between(short, hardly_longer, 16), None);
        let of_a_few = ([50.0; 6], 100);
        assert_eq!(between(of_a_few, (long.0, 1_000), 16), None);
    }
}
