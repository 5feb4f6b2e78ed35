//! Functions in worker processes: what becomes of jobs (`jobs.rs`), and of the workers themselves
//! (`workers.rs`). The workers are this test program: `worker` is the test that they run.
#![cfg(all(target_os = "linux", feature = "process-pool"))]

mod jobs;
mod workers;

use oneloop::sleep;
use oneloop_net::process_pool::{Function, ProcessPool, init};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const FIB: Function<u32, (u64, u32)> = Function::new("fib", |n| (fib(n), std::process::id()));
const ECHO: Function<Vec<u8>, Vec<u8>> = Function::new("echo", |bytes| bytes);
const PANIC: Function<String, ()> = Function::new("panic", |text| panic!("{text}"));
const EXIT: Function<i32, ()> = Function::new("exit", |code| std::process::exit(code));
const STDIN: Function<(), usize> = Function::new("stdin", |()| {
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap()
});
/// Notes the worker's number in a file of this folder while it sleeps for so many milliseconds.
const SLEEP: Function<(PathBuf, u64), u64> = Function::new("sleep", |(folder, time)| {
    let note = folder.join(std::process::id().to_string());
    fs::write(&note, "").unwrap();
    std::thread::sleep(Duration::from_millis(time));
    fs::remove_file(note).unwrap();
    time
});
/// Tells the number of the process that this worker has started.
const CHILD: Function<(), u32> = Function::new("child", |()| *STARTED.get().unwrap());
static STARTED: OnceLock<u32> = OnceLock::new();
/// Answers by itself, and again when there is a file `go` in this folder, and notes that in a file `said`.
const TWICE: Function<PathBuf, u8> = Function::new("twice", |folder| {
    let mut line = LINE.get().unwrap();
    // A length, the mark of a result, and 7.
    let answer = b"\x02\0\0\0\x01\x07";
    line.write_all(answer).unwrap();
    while !folder.join("go").exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    line.write_all(answer).unwrap();
    fs::write(folder.join("said"), "").unwrap();
    7
});
static LINE: OnceLock<UnixStream> = OnceLock::new();
/// Two that no worker knows like this.
const UNKNOWN: Function<(), ()> = Function::new("unknown", |()| ());
const OTHERWISE: Function<(), String> = Function::new("echo", |()| String::new());

fn fib(n: u32) -> u64 {
    if n < 2 {
        n.into()
    } else {
        fib(n - 1) + fib(n - 2)
    }
}

/// In a worker it never ends; in the program it does nothing.
#[test]
fn worker() {
    init(&[&FIB, &ECHO, &PANIC, &EXIT, &STDIN, &SLEEP]);
}

/// A worker that starts a process before it gets to `init`: that has the line to the pool for its standard
/// input, and keeps it open when the worker has ended.
#[test]
fn worker_that_has_a_child() {
    if std::env::args().any(|argument| argument == WITH_A_CHILD) {
        let mut child = std::process::Command::new("sleep");
        let child = child.arg("100").stdout(std::process::Stdio::null());
        STARTED.set(child.spawn().unwrap().id()).unwrap();
    }
    init(&[&CHILD, &EXIT, &ECHO, &FIB]);
}

/// A worker that keeps a copy of its line, on which its functions speak when they like.
#[test]
fn worker_that_speaks_unasked() {
    if std::env::args().any(|argument| argument == UNASKED) {
        let line = std::io::stdin().as_fd().try_clone_to_owned().unwrap();
        LINE.set(UnixStream::from(line)).unwrap();
    }
    init(&[&TWICE, &ECHO]);
}

/// A program that does not get to `init`, and does not end either.
#[test]
fn worker_that_never_says_hello() {
    if std::env::args().any(|argument| argument == NEVER) {
        std::thread::sleep(Duration::from_secs(1000));
    }
}

/// Arguments that tell those three that they are meant. Test programs take them for names of tests.
const WITH_A_CHILD: &str = "with a child";
const UNASKED: &str = "speak unasked";
const NEVER: &str = "never say hello";

fn pool(workers: usize) -> ProcessPool {
    let builder = ProcessPool::builder()
        .arguments(["--exact", "worker"])
        .quiet(true);
    builder.message_limit(1_000_000).build(workers)
}

/// How long something may take that takes milliseconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(20);

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "in vain: {what}");
        sleep(Duration::from_millis(1)).await;
    }
}

/// A folder of this test's own, for notes.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("oneloop-pool-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    /// The numbers of the workers that sleep.
    fn workers(&self) -> Vec<u32> {
        workers_in(&self.0)
    }
}

fn workers_in(folder: &Path) -> Vec<u32> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let name = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    entries.filter_map(name).collect()
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn kill(pid: u32) {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    // It may have ended by itself.
    let _ = kill_process(pid, Signal::KILL);
}

fn stop(pid: u32) {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
}

fn exists(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}
