//! The rows of HTTP and TLS: servers under wrk, clients against nginx, and both ends of TLS in one process.
//!
//! A server is kept on one processor and wrk on another, for wrk takes all of one itself: its requests per second are
//! often the limit of wrk, so what counts is the processor time that the server spends on a request, which the kernel
//! tells. wrk waits for an answer before it asks again on a connection; so its quantiles leave out what would have been
//! asked meanwhile, and tell less than they seem to.

use std::path::Path;
use std::process::Command;

use oneloop_benches::machine;
use oneloop_benches::scenario::Group;

use crate::options::Options;
use crate::processes::{self, Worker};
use crate::progress::Progress;
use crate::rows::{Better, Row, cells};
use crate::servers::Server;

/// What wrk does: how many connections, and how many requests at once on each.
struct Load {
    name: &'static str,
    connections: u32,
    depth: u32,
}

const LOADS: [Load; 3] = [
    Load {
        name: "http_64",
        connections: 64,
        depth: 1,
    },
    Load {
        name: "http_512",
        connections: 512,
        depth: 1,
    },
    Load {
        name: "http_pipelined_16",
        connections: 64,
        depth: 16,
    },
];

/// The row of the clients.
const CLIENTS: &str = "client_50";

/// The rows of TLS: both ends in one process.
const TLS: [&str; 3] = ["tls_handshake", "tls_resumed", "tls_bulk"];

/// The names that `--only` may take, beside the group's.
pub(crate) const NAMES: [&str; 7] = [
    LOADS[0].name,
    LOADS[1].name,
    LOADS[2].name,
    CLIENTS,
    TLS[0],
    TLS[1],
    TLS[2],
];

/// What one run of wrk gives: processor microseconds for a request, requests a second, and the latency that one of a
/// thousand exceeds, in microseconds.
type Sample = [f64; 3];

/// The rows that each load has, in the order of a `Sample`: a suffix, a unit, and what is better.
const ROWS: [(&str, &str, Better); 3] = [
    ("", "us CPU", Better::Less),
    ("_rate", "requests/s", Better::More),
    ("_p999", "us", Better::Less),
];

/// Measures what was asked for.
pub(crate) fn measure(options: &Options) -> Result<Vec<Row>, String> {
    let loads: Vec<&Load> = LOADS
        .iter()
        .filter(|load| options.wants_http(load.name))
        .collect();
    let clients = options.wants_http(CLIENTS);
    let tls: Vec<&str> = TLS
        .into_iter()
        .filter(|name| options.wants_http(name))
        .collect();
    if loads.is_empty() && !clients && tls.is_empty() {
        return Ok(Vec::new());
    }
    let worker = processes::build_http_worker(options)?;
    let mut rows = Vec::new();
    if !loads.is_empty() {
        rows.extend(measure_servers(options, &worker, &loads)?);
    }
    if clients {
        rows.push(measure_clients(options, &worker)?);
    }
    for name in tls {
        rows.push(measure_tls(options, &worker, name)?);
    }
    Ok(rows)
}

fn measure_servers(options: &Options, worker: &Path, loads: &[&Load]) -> Result<Vec<Row>, String> {
    let peers: &[&'static str] = match options.quick {
        true => &["oneloop", "hyper", "floor"],
        false => &["oneloop", "hyper", "actix-web", "nginx", "floor"],
    };
    let (rounds, seconds) = if options.quick { (5, 1) } else { (11, 2) };
    let cannot = cannot_load();
    let start = |&peer: &&'static str| match &cannot {
        Some(reason) => (peer, Err(reason.clone())),
        None => (peer, Server::start(worker, peer, machine::last_processor())),
    };
    let mut servers: Vec<_> = peers.iter().map(start).collect();
    let progress = Progress::new(rounds as u64 * loads.len() as u64);
    let mut rows = Vec::new();
    for load in loads {
        progress.say(load.name);
        let mut samples = vec![Vec::new(); servers.len()];
        for round in 0..rounds {
            let count = servers.len();
            for place in (0..count).map(|place| (place + round) % count) {
                let (_, server) = &mut servers[place];
                match server.as_ref().map(|server| run_wrk(load, server, seconds)) {
                    Ok(Ok(sample)) => samples[place].push(sample),
                    // A server that fails under load is out: its row says why.
                    Ok(Err(reason)) => *server = Err(reason),
                    Err(_) => {}
                }
            }
            progress.step();
        }
        rows.extend(rows_of(load, &servers, &samples));
    }
    progress.finish();
    Ok(rows)
}

fn rows_of(
    load: &Load,
    servers: &[(&'static str, Result<Server, String>)],
    samples: &[Vec<Sample>],
) -> Vec<Row> {
    let row = |(place, (suffix, unit, better)): (usize, &(&str, &'static str, Better))| {
        let of_server = |((peer, server), samples): (&(&'static str, _), &Vec<Sample>)| {
            let server: &Result<Server, String> = server;
            let column = || samples.iter().map(|sample| sample[place]).collect();
            (
                *peer,
                server.as_ref().map(|_| column()).map_err(String::clone),
            )
        };
        Row {
            name: format!("{}{suffix}", load.name),
            scenario: None,
            group: Group::Http,
            unit,
            base: "hyper",
            cells: cells(
                "hyper",
                *better,
                servers.iter().zip(samples).map(of_server).collect(),
            ),
        }
    };
    // wrk looks at the clock once for a whole batch, so its latencies tell nothing of one request in it.
    let told = if load.depth == 1 { ROWS.len() } else { 2 };
    ROWS[..told].iter().enumerate().map(row).collect()
}

/// Why there can be no load, if there cannot.
fn cannot_load() -> Option<String> {
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if machine::last_processor() == 0 {
        return Some("wrk would take the server's processor: there is one only".to_string());
    }
    let missing = ["wrk", "taskset"]
        .into_iter()
        .find(|program| !there(program));
    missing.map(|program| format!("{program} is not installed"))
}

/// Loads the server for some seconds.
fn run_wrk(load: &Load, server: &Server, seconds: u32) -> Result<Sample, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("wrk.lua");
    let before = server.processor_time()?;
    let output = Command::new("taskset")
        .args(["-c", "0", "wrk", "-t1"])
        .arg(format!("-c{}", load.connections))
        .arg(format!("-d{seconds}s"))
        .arg("-s")
        .arg(script)
        .arg(format!("http://{}/", server.address()))
        .args(["--", &load.depth.to_string()])
        .output()
        .map_err(|error| format!("wrk: {error}"))?;
    let spent = server.processor_time()? - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let told = Told::read(&text).ok_or_else(|| format!("wrk said: {text}"))?;
    if told.errors > 0 || told.requests == 0 {
        return Err(format!(
            "{} errors of {} requests",
            told.errors, told.requests
        ));
    }
    let requests = told.requests as f64;
    Ok([
        spent.as_nanos() as f64 / 1e3 / requests,
        requests * 1e6 / told.microseconds as f64,
        told.p999 as f64,
    ])
}

/// The line that `wrk.lua` writes.
#[derive(Debug, PartialEq)]
struct Told {
    requests: u64,
    microseconds: u64,
    p999: u64,
    errors: u64,
}

impl Told {
    fn read(text: &str) -> Option<Told> {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("compare: "))?;
        let mut numbers = line.split([' ', ',']).filter_map(|word| word.parse().ok());
        Some(Told {
            requests: numbers.next()?,
            microseconds: numbers.next()?,
            p999: numbers.next()?,
            errors: numbers.next()?,
        })
    }
}

/// Fifty clients of one connection each against nginx, which is on another processor.
fn measure_clients(options: &Options, worker: &Path) -> Result<Row, String> {
    let peers: &[&'static str] = match options.quick {
        true => &["oneloop", "hyper-util", "floor"],
        false => &["oneloop", "hyper-util", "reqwest", "floor"],
    };
    let nginx = Server::start(worker, "nginx", 0);
    let processor = machine::last_processor().to_string();
    let start = |peer: &str| match &nginx {
        Err(reason) => Ok(Err(reason.clone())),
        Ok(nginx) => Worker::start(
            worker,
            &["fetch", peer, &processor, &nginx.address().to_string()],
        ),
    };
    take_turns(options, CLIENTS, "ns CPU", "hyper-util", peers, start)
}

/// Handshakes and transfers, both ends together.
fn measure_tls(options: &Options, worker: &Path, name: &str) -> Result<Row, String> {
    let processor = machine::last_processor().to_string();
    let start = |peer: &str| Worker::start(worker, &["tls", peer, &processor, name]);
    let peers = &["oneloop", "tokio-rustls", "floor"];
    take_turns(options, name, "us CPU", "tokio-rustls", peers, start)
}

/// Lets the worker of each peer take its turns, and makes a row of them.
fn take_turns(
    options: &Options,
    name: &str,
    unit: &'static str,
    base: &'static str,
    peers: &[&'static str],
    start: impl Fn(&str) -> Result<Result<Worker, String>, String>,
) -> Result<Row, String> {
    let rounds = if options.quick { 5 } else { 25 };
    let progress = Progress::new(rounds as u64);
    progress.say(name);
    let mut seats = Vec::new();
    for peer in peers {
        seats.push((*peer, start(peer)?, Vec::new()));
    }
    for round in 0..rounds {
        let count = seats.len();
        for place in (0..count).map(|place| (place + round) % count) {
            let (_, worker, samples) = &mut seats[place];
            if let Ok(worker) = worker {
                samples.extend(worker.turn()?);
            }
        }
        progress.step();
    }
    progress.finish();
    let outcome = |(peer, worker, samples): (&'static str, Result<Worker, String>, Vec<f64>)| {
        (peer, worker.map(|_| samples))
    };
    let samples = seats.into_iter().map(outcome).collect();
    Ok(Row {
        name: name.to_string(),
        scenario: None,
        group: Group::Http,
        unit,
        base,
        cells: cells(base, Better::Less, samples),
    })
}

#[cfg(test)]
mod tests {
    use super::Told;

    #[test]
    fn the_line_of_wrk_is_read_among_others() {
        let text =
            "Running 1s test\ncompare: 1200 requests in 1000123 us, p99.9 890 us, 3 errors\n";
        let told = Told {
            requests: 1_200,
            microseconds: 1_000_123,
            p999: 890,
            errors: 3,
        };
        assert_eq!(Told::read(text), Some(told));
        assert_eq!(Told::read("Running 1s test\n"), None);
    }
}
