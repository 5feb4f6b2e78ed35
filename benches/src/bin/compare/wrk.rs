//! Loading a server with wrk, on the first processor.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use oneloop_benches::machine;

use crate::processes::{self, failed};

/// Why there can be no load, if there cannot.
pub(crate) fn missing() -> Option<String> {
    if machine::last_processor() == 0 {
        return Some("wrk would take the server's processor: there is one only".to_string());
    }
    let there = Command::new("wrk").arg("--version").output().is_ok();
    (!there).then(|| "wrk is not installed".to_string())
}

/// Loads a server for some seconds: so many connections, and so many requests at once on each.
pub(crate) fn run(
    address: SocketAddr,
    connections: u32,
    depth: u32,
    seconds: u32,
) -> Result<Told, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("wrk.lua");
    let mut command = Command::new("wrk");
    command
        .arg("-t1")
        .arg(format!("-c{connections}"))
        .arg(format!("-d{seconds}s"))
        .arg("-s")
        .arg(script)
        .arg(format!("http://{address}/"))
        .args(["--", &depth.to_string()]);
    let patience = Duration::from_secs(u64::from(seconds) + 30);
    let output = processes::output(&mut command, 0, patience)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let told = Told::read(&text).ok_or_else(|| failed(&format!("wrk said: {text}{errors}")))?;
    if told.errors > 0 || told.requests == 0 {
        return Err(failed(&format!(
            "{} errors of {} requests",
            told.errors, told.requests
        )));
    }
    Ok(told)
}

/// The line that `wrk.lua` writes.
#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    /// Answers that came.
    pub(crate) requests: u64,
    /// How long it really took.
    pub(crate) microseconds: u64,
    /// The latency that one of a thousand exceeds, in microseconds.
    pub(crate) p999: u64,
    /// What went wrong.
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
