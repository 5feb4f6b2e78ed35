//! The worker of `compare` and `count`, on the system's allocator: one scenario on one peer (`src/worker.rs`).

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    oneloop_benches::worker::main()
}
