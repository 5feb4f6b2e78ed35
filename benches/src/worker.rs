//! The process that measures one scenario on one peer, for `compare` and `count`, who start it and speak to it in lines.
//!
//! A process for each cell keeps peers apart: none inherits another's heap, threads or warm caches, processor time and
//! memory are those of one peer, and the allocator is what the program was linked with (`bin/worker_mimalloc.rs`).

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use crate::local::workload::sockets::listener;
use crate::machine;
use crate::peer::Peer;
use crate::python;
use crate::scenario::Scenario;
use crate::turn::{Turns, Workload};

/// The code by which the worker says that the peer cannot do it; the reason is the line on standard output.
pub const CANNOT: u8 = 3;

/// Runs the program: `PEER SCENARIO turns PROCESSOR` runs a turn for each line on standard input and answers it by a
/// line of samples; `PEER SCENARIO serve PROCESSOR` prints the port that it serves on; `PEER SCENARIO steps COUNT` runs so many steps and nothing else, to be counted under callgrind.
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer, scenario, mode, number] = arguments.as_slice() else {
        return usage();
    };
    let (Some(peer), Some(scenario), Ok(number)) = (
        Peer::from_name(peer),
        Scenario::from_name(scenario),
        number.parse(),
    ) else {
        return usage();
    };
    if peer.is_python() {
        return python::hand_over(peer, &arguments);
    }
    let workload = match peer.workload(scenario) {
        Ok(workload) => workload,
        Err(reason) => {
            println!("{reason}");
            return ExitCode::from(CANNOT);
        }
    };
    match (mode.as_str(), workload) {
        ("serve", Workload::Serve(serve)) => {
            pin(peer, number);
            machine::allow_descriptors(4_096);
            machine::end_with_input();
            let (listener, address) = listener();
            println!("{}", address.port());
            serve(listener);
            ExitCode::SUCCESS
        }
        ("turns", Workload::Timed(_) | Workload::Late(_) | Workload::Bytes(_)) => {
            pin(peer, number);
            match take_turns(scenario, workload) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            }
        }
        ("steps", Workload::Timed(run)) => {
            run(number as u64);
            ExitCode::SUCCESS
        }
        _ => usage(),
    }
}

fn pin(peer: Peer, processor: usize) {
    if !peer.takes_all_processors() {
        machine::pin(processor);
    }
}

/// Says `ready` once it knows how long a turn is, then answers each line; the end of the input is the end.
fn take_turns(scenario: Scenario, workload: Workload) -> io::Result<()> {
    let mut turns = Turns::new(scenario, workload);
    let mut output = io::stdout().lock();
    writeln!(output, "ready")?;
    output.flush()?;
    for line in io::stdin().lock().lines() {
        line?;
        let samples = turns.run();
        let texts: Vec<String> = samples.iter().map(f64::to_string).collect();
        writeln!(output, "{}", texts.join(" "))?;
        output.flush()?;
    }
    Ok(())
}

fn usage() -> ExitCode {
    eprintln!("usage: worker PEER SCENARIO turns PROCESSOR | serve PROCESSOR | steps COUNT");
    let names = |names: Vec<&'static str>| names.join(" ");
    eprintln!(
        "peers: {}",
        names(Peer::ALL.iter().map(|peer| peer.name()).collect())
    );
    let scenarios = Scenario::ALL.iter().map(|scenario| scenario.name());
    eprintln!("scenarios: {}", names(scenarios.collect()));
    ExitCode::from(2)
}
