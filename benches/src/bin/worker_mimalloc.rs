//! The worker of `compare --allocator mimalloc`: one scenario on one peer (`src/worker.rs`).
//!
//! It is a program of its own, since an allocator chosen at run time would cost every allocation a question.

#![forbid(unsafe_code)]

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    oneloop_benches::worker::main()
}
