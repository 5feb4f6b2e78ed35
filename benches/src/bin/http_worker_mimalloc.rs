//! The HTTP servers and clients of `compare --allocator mimalloc` (`src/http`).

#![forbid(unsafe_code)]

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    oneloop_benches::http::main()
}
