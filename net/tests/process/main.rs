//! Processes through the public API: how they end and who is told (`ends.rs`), what goes through
//! their pipes (`pipes.rs`), and pipes that are there already (`given.rs`). That none is left behind is shown by `../process_ledger.rs`, a program of
//! its own.
#![cfg(target_os = "linux")]

mod ends;
mod given;
mod pipes;

use std::time::{Duration, Instant};

/// How long something may take that takes milliseconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks every millisecond until it is so.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "in vain: {what}");
        oneloop::sleep(Duration::from_millis(1)).await;
    }
}

/// Whether there is a process of this number, be it a zombie.
fn exists(pid: u32) -> bool {
    std::path::Path::new(&format!("/proc/{pid}")).exists()
}
