//! A program under examination: where it lies, what it tells, and a server that is ended afterward.

use crate::unignoring::unignoring;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
#[cfg(unix)]
use std::process::ExitStatus;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Runs `examples/NAME`, which cargo has built next to this test, and returns its lines.
pub(crate) fn story(name: &str, arguments: &[&str]) -> Vec<String> {
    let output = Command::new(program(name))
        .args(arguments)
        .output()
        .unwrap_or_else(|error| {
            panic!("{name}: {error}; `cargo test -p oneloop-examples` builds it")
        });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed: {errors}");
    let text = String::from_utf8(output.stdout).expect("a story is text");
    text.lines().map(without_time).collect()
}

/// This test lies in `target/PROFILE/deps`, the programs in `target/PROFILE/examples`.
pub(crate) fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let profile = test
        .ancestors()
        .nth(2)
        .expect("it lies in target/PROFILE/deps");
    profile
        .join("examples")
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION)
}

/// `[ 100 ms] toast: done` becomes `toast: done`.
fn without_time(line: &str) -> String {
    match line
        .trim_start()
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
    {
        Some((_time, rest)) => rest.to_owned(),
        None => line.to_owned(),
    }
}

/// The lines of one actor, since the order between two of them depends on the machine.
pub(crate) fn lines_of<'a>(story: &'a [String], actor: &str) -> Vec<&'a str> {
    story
        .iter()
        .filter_map(|line| line.strip_prefix(actor))
        .collect()
}

/// A server program in a process of its own, which ends with this value.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Server {
    /// Starts `examples/NAME` and waits until it says where it listens.
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Server {
        let mut process = unignoring(program(name))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let mut line = String::new();
        let stdout = process.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on ")
            .expect(&line)
            .to_owned();
        Server { process, address }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("the server listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    /// Does what Ctrl-C does, and waits for the end.
    #[cfg(unix)]
    pub(crate) fn interrupt(mut self) -> ExitStatus {
        let number = self.process.id().to_string();
        let sent = Command::new("kill").args(["-INT", &number]).status();
        assert!(sent.expect("every Unix has a `kill`").success());
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(20) {
            if let Some(status) = self.process.try_wait().expect("it was started here") {
                return status;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("it goes on after Ctrl-C");
    }

    /// How many threads the server has, as the kernel tells it.
    pub(crate) fn threads(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.expect("this is Linux");
        let count = status
            .lines()
            .find_map(|line| line.strip_prefix("Threads:"));
        count.expect("the kernel counts threads").trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _status = self.process.wait();
    }
}
