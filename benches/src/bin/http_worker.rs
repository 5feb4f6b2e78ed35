//! The HTTP servers and clients of `compare`, on the system's allocator (`src/http`).

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    oneloop_benches::http::main()
}
