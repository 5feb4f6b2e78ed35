//! The worker of the rows about tracing: the same as `worker`, with feature `trace` on (`src/worker.rs`).

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    oneloop_benches::worker::main()
}
