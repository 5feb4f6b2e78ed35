//! The rows of HTTP and TLS: servers under wrk, clients against nginx, and both ends of TLS in one process.
//!
//! A server is kept on one processor and wrk on another, for wrk takes all of one itself: its requests per second are
//! often the limit of wrk, so what counts is the processor time that the server spends on a request, which the kernel
//! tells. wrk waits for an answer before it asks again on a connection; so its quantiles leave out what would have been
//! asked meanwhile, and tell less than they seem to.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use oneloop_benches::machine;
use oneloop_benches::scenario::Group;

use crate::budget::{Cell, LEAST};
use crate::options::Options;
use crate::programs::Built;
use crate::progress::Progress;
use crate::rounds::{Seat, take_turns};
use crate::rows::{Better, Row, Samples, cells};
use crate::servers::Server;
use crate::wrk;

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

/// The rows of the clients, and what each asks nginx for: with `unlike`, no head of an answer is like another, and with
/// `anew`, two values never lie where they lay in the one before.
const CLIENTS: [(&str, &str); 3] = [
    ("client_50", "/"),
    ("client_50_unlike", "/unlike"),
    ("client_50_anew", "/anew"),
];

/// The rows of TLS: both ends in one process.
const TLS: [&str; 3] = ["tls_handshake", "tls_resumed", "tls_bulk"];

/// The names that `--only` may take, beside the group's.
pub(crate) const NAMES: [&str; 9] = [
    LOADS[0].name,
    LOADS[1].name,
    LOADS[2].name,
    CLIENTS[0].0,
    CLIENTS[1].0,
    CLIENTS[2].0,
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

/// How long wrk loads a server in one turn: many thousand requests, and the shortest time that it takes.
const SECONDS: u32 = 1;

/// The servers under wrk.
fn servers(options: &Options) -> &'static [&'static str] {
    match options.quick {
        true => &["oneloop", "hyper", "floor"],
        false => &["oneloop", "hyper", "actix-web", "nginx", "floor"],
    }
}

/// The turns of a server.
fn load_plan(options: &Options) -> Cell {
    Cell {
        rounds: if options.quick { LEAST } else { 15 },
        least: LEAST,
        renew: usize::MAX,
        turn: Duration::from_millis(u64::from(SECONDS) * 1_000 + 50),
        start: Duration::from_millis(100),
    }
}

/// The turns of clients and of both ends of TLS.
fn turn_plan(options: &Options) -> Cell {
    Cell {
        rounds: if options.quick { 6 } else { 25 },
        least: LEAST,
        renew: if options.quick { 3 } else { 5 },
        turn: Duration::from_millis(60),
        start: Duration::from_millis(80),
    }
}

/// What the rows that were asked for take on a quiet machine.
pub(crate) fn time(options: &Options) -> Duration {
    let wanted = |name: &&str| options.wants(name, Group::Http);
    let loads = LOADS.iter().filter(|load| wanted(&load.name)).count();
    let clients = CLIENTS.map(|(name, _)| name);
    let others = clients.iter().chain(&TLS).filter(|name| wanted(name));
    let under_load = load_plan(options).time() * (loads * servers(options).len()) as u32;
    under_load + turn_plan(options).time() * (others.count() * 3) as u32
}

/// Whether a row was asked for.
pub(crate) fn is_wanted(options: &Options) -> bool {
    NAMES.iter().any(|name| options.wants(name, Group::Http))
}

/// Measures what was asked for.
pub(crate) fn measure(options: &Options, worker: &Built) -> Vec<Row> {
    let wanted = |name: &&str| options.wants(name, Group::Http);
    let loads: Vec<&Load> = LOADS.iter().filter(|load| wanted(&load.name)).collect();
    let tls: Vec<&'static str> = TLS.into_iter().filter(wanted).collect();
    let mut rows = Vec::new();
    if !loads.is_empty() {
        rows.extend(measure_servers(options, worker, &loads));
    }
    for (name, path) in CLIENTS {
        if wanted(&name) {
            rows.push(measure_clients(options, worker, name, path));
        }
    }
    for name in tls {
        rows.push(measure_tls(options, worker, name));
    }
    rows
}

fn measure_servers(options: &Options, worker: &Built, loads: &[&Load]) -> Vec<Row> {
    let worker = match wrk::missing() {
        Some(reason) => Err(reason),
        None => worker.clone(),
    };
    let start = |&peer: &&'static str| {
        let server = worker.as_ref().map_err(String::clone);
        let processor = machine::last_processor();
        (
            peer,
            server.and_then(|worker| Server::start(worker, peer, processor)),
        )
    };
    let plan = load_plan(options);
    let progress = Progress::new((plan.rounds * loads.len()) as u64);
    let mut rows = Vec::new();
    for load in loads {
        progress.say(load.name);
        let mut servers: Vec<_> = servers(options).iter().map(start).collect();
        let mut samples = vec![Vec::new(); servers.len()];
        for round in 0..plan.rounds {
            let count = servers.len();
            for place in (0..count).map(|place| (place + round) % count) {
                let (peer, server) = &mut servers[place];
                match server.as_ref().map(|server| sample(load, server)) {
                    Ok(Ok(sample)) => samples[place].push(sample),
                    // A server that fails under load is out: its row says why.
                    Ok(Err(reason)) => {
                        eprintln!("compare: {}, {peer}: {reason}; the rest goes on", load.name);
                        *server = Err(reason);
                    }
                    Err(_) => {}
                }
            }
            progress.step();
        }
        rows.extend(rows_of(load, &servers, &samples));
    }
    progress.finish();
    rows
}

fn sample(load: &Load, server: &Server) -> Result<Sample, String> {
    let before = server.processor_time()?;
    let told = wrk::run(server.address(), load.connections, load.depth, SECONDS)?;
    let spent = server.processor_time()? - before;
    let requests = told.requests as f64;
    Ok([
        spent.as_nanos() as f64 / 1e3 / requests,
        requests * 1e6 / told.microseconds as f64,
        told.p999 as f64,
    ])
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
        let samples = servers.iter().zip(samples).map(of_server).collect();
        Row {
            name: format!("{}{suffix}", load.name),
            scenario: None,
            group: Group::Http,
            unit,
            better: *better,
            base: "hyper",
            samples: Samples::Rounds,
            cells: cells("hyper", *better, samples),
        }
    };
    // wrk looks at the clock once for a whole batch, so its latencies tell nothing of one request in it.
    let told = if load.depth == 1 { ROWS.len() } else { 2 };
    ROWS[..told].iter().enumerate().map(row).collect()
}

/// Fifty clients of one connection each against nginx, which is on another processor.
fn measure_clients(options: &Options, worker: &Built, name: &str, path: &'static str) -> Row {
    let peers: &[&'static str] = match options.quick {
        true => &["oneloop", "hyper-util", "floor"],
        false => &["oneloop", "hyper-util", "reqwest", "floor"],
    };
    let nginx = match machine::last_processor() {
        0 => Err("nginx would take the clients' processor: there is one only".to_string()),
        _ => worker.clone().and_then(|worker| {
            let nginx = Server::start(&worker, "nginx", 0)?;
            Ok((worker, nginx))
        }),
    };
    let seat = |&peer: &&'static str| match &nginx {
        Err(reason) => Seat::without(peer, reason.clone()),
        Ok((worker, nginx)) => {
            let address = nginx.address().to_string();
            Seat::new(peer, move || {
                turns(worker, &["fetch", peer], &[&address, path])
            })
        }
    };
    let seats = peers.iter().map(seat).collect();
    row_of(options, name, "ns CPU", "hyper-util", seats)
}

/// Handshakes and transfers, both ends together.
fn measure_tls(options: &Options, worker: &Built, name: &str) -> Row {
    let peers = ["oneloop", "tokio-rustls", "floor"];
    let seat = |peer| match worker {
        Err(reason) => Seat::without(peer, reason.clone()),
        Ok(worker) => Seat::new(peer, move || turns(worker, &["tls", peer], &[name])),
    };
    let seats = peers.into_iter().map(seat).collect();
    row_of(options, name, "us CPU", "tokio-rustls", seats)
}

/// The command of a worker that takes turns on its processor.
fn turns(worker: &Path, before: &[&str], after: &[&str]) -> Command {
    let mut command = Command::new(worker);
    let processor = machine::last_processor().to_string();
    command.args(before).arg(processor).args(after);
    command
}

/// Lets the worker of each peer take its turns, and makes a row of them.
fn row_of(
    options: &Options,
    name: &str,
    unit: &'static str,
    base: &'static str,
    seats: Vec<Seat<'_>>,
) -> Row {
    let plan = turn_plan(options);
    let progress = Progress::new(plan.rounds as u64);
    progress.say(name);
    let outcomes = take_turns(name, seats, &plan, &progress);
    progress.finish();
    Row::of_one(name, Group::Http, unit, base, Better::Less, outcomes)
}

#[cfg(test)]
mod tests {
    use super::measure;
    use crate::options::Options;
    use crate::{programs::Programs, syscalls, traced};

    #[test]
    fn a_program_that_could_not_be_built_costs_its_rows_only() {
        let mut options = Options::default();
        for name in [
            "http_64",
            "client_50",
            "tls_bulk",
            "syscalls_1",
            "trace_pingpong",
        ] {
            options.name(name.to_string()).expect("it is known");
        }
        let failed = || Err("failed: cargo build".to_string());
        let programs = Programs {
            worker: failed(),
            http: failed(),
            traced: failed(),
        };
        let mut rows = measure(&options, &programs.http);
        rows.extend(syscalls::measure(&options, &programs.http));
        rows.extend(traced::measure(&options, &programs));
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        for name in [
            "http_64",
            "http_64_p999",
            "client_50",
            "tls_bulk",
            "syscalls_1",
        ] {
            assert!(names.contains(&name), "{names:?}");
        }
        for (_, outcome) in rows.iter().flat_map(|row| &row.cells) {
            assert!(outcome.is_err());
        }
    }
}
