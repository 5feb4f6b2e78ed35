//! `instructions SIDE OPERATION STEPS` runs one workload on one side and nothing else: the program that `count` runs
//! under callgrind. Without arguments it lists what it knows.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use oneloop_benches::side::{Oneloop, Side, Tokio};
use oneloop_benches::workload::Operation;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [side, operation, steps] = arguments.as_slice() else {
        return usage();
    };
    let (Some(operation), Ok(steps)) = (Operation::from_name(operation), steps.parse()) else {
        return usage();
    };
    match side.as_str() {
        Tokio::NAME => operation.run::<Tokio>(steps),
        Oneloop::NAME => operation.run::<Oneloop>(steps),
        _ => return usage(),
    };
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!(
        "usage: instructions {}|{} OPERATION STEPS\noperations:",
        Tokio::NAME,
        Oneloop::NAME
    );
    for operation in Operation::ALL {
        eprintln!("  {}", operation.name());
    }
    ExitCode::from(2)
}
