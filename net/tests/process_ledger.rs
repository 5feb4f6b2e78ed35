//! A thousand processes: none is left in the kernel's list, and no descriptor here. A program of its
//! own, since it counts both for the whole process.
#![cfg(target_os = "linux")]

use oneloop::sync::Semaphore;
use oneloop::{TaskGroup, create_task};
use oneloop_net::process::{Child, Command, reap_orphans};
use std::time::{Duration, Instant};
use std::{fs, io};

const PATIENCE: Duration = Duration::from_secs(20);

/// How many descriptors there are.
fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// How many threads there are.
fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

/// The children of this process, zombies included: each with its state.
fn children() -> Vec<String> {
    let own = std::process::id().to_string();
    let stat = |entry: io::Result<fs::DirEntry>| {
        let text = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        // `pid (name) state ppid …`, and the name may hold anything.
        let (name, rest) = text.rsplit_once(") ")?;
        let mut rest = rest.split(' ');
        let (state, parent) = (rest.next()?, rest.next()?);
        (parent == own).then(|| format!("{name}) {state}"))
    };
    fs::read_dir("/proc").unwrap().filter_map(stat).collect()
}

/// Starts a process in one of the ways there are, and ends it in another.
async fn one(number: usize, by_signal: bool) {
    let mut command = Command::new(["true", "cat", "false"][number % 3]);
    command.exit_by_signal(by_signal);
    match number % 7 {
        0 => drop(command.output().await.unwrap()),
        1 => drop(command.spawn().unwrap()),
        2 => drop(command.pipe_all().kill_on_drop(true).spawn().unwrap()),
        3 => {
            let mut child = command.pipe_all().spawn().unwrap();
            child.communicate("input").await.unwrap();
        }
        4 => {
            let child = command.pipe_all().spawn().unwrap();
            child.kill().unwrap();
            child.wait().await.unwrap();
        }
        5 => {
            let waiting = create_task(async move { command.output().await.map(drop) });
            oneloop::yield_now().await;
            waiting.cancel();
            let _either = waiting.await;
        }
        _ => {
            let child = command.stdin(std::process::Stdio::null()).spawn().unwrap();
            child.wait().await.unwrap();
            child.wait().await.unwrap();
        }
    }
}

/// By descriptors of the processes, and then by SIGCHLD. One after the other, since both are counted.
#[test]
fn of_a_thousand_processes_none_is_left_and_no_descriptor() {
    a_thousand(false);
    if cfg!(feature = "signal") {
        a_thousand(true);
    }
}

fn a_thousand(by_signal: bool) {
    let (before, threads_before) = (descriptors(), threads());
    let event_loop = oneloop::Loop::new().unwrap();
    event_loop.block_on(async {
        let places = Semaphore::new(50);
        let places = std::rc::Rc::new(places);
        TaskGroup::scope(async |group| {
            for number in 0..1000 {
                let places = places.clone();
                drop(group.create_task(async move {
                    let _place = places.acquire().await;
                    one(number, by_signal).await;
                    Ok::<(), std::convert::Infallible>(())
                }));
            }
            Ok(())
        })
        .await
        .unwrap();
        let began = Instant::now();
        let handle = oneloop::Loop::current().unwrap();
        while handle.stats().registered > 0 {
            assert!(began.elapsed() < PATIENCE, "{:?}", children());
            oneloop::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(children(), [""; 0]);
        assert_eq!(handle.stats().live_tasks, 1);
    });
    drop(event_loop);
    assert_eq!(descriptors(), before);

    // What outlives its loop, in the ways there are.
    let ends = leave(by_signal, Command::spawn);
    assert_eq!(children().len(), 50, "they outlive the loop");
    drop(ends);
    until_all("have ended", |child| child.ends_with(" Z"));
    assert_eq!(threads(), threads_before, "nobody waits for them");
    // The start of another one fetches them, in another loop.
    oneloop::run(async { Command::new("true").status().await.unwrap() });
    assert_eq!(children(), [""; 0]);

    let ends = leave(by_signal, Command::spawn);
    assert_eq!(reap_orphans(), 50, "they run on");
    drop(ends);
    let began = Instant::now();
    while reap_orphans() > 0 {
        assert!(began.elapsed() < PATIENCE, "{:?}", children());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(children(), [""; 0]);

    // What is killed is fetched before the loop has ended.
    let ends = leave(by_signal, |command| command.kill_on_drop(true).spawn());
    assert_eq!(children(), [""; 0]);
    drop(ends);
    assert_eq!((descriptors(), threads()), (before, threads_before));
}

/// Ends a loop whose processes go on until what is returned is dropped: the other end of their input.
fn leave(by_signal: bool, spawn: impl Fn(&mut Command) -> io::Result<Child>) -> io::PipeWriter {
    let (input, ends) = io::pipe().unwrap();
    oneloop::run(async {
        for number in 0..50 {
            let mut command = Command::new("cat");
            command.exit_by_signal(by_signal);
            let child = spawn(command.stdin(input.try_clone().unwrap())).unwrap();
            match number % 3 {
                0 => drop(child),
                // Dropped with the task that waits for it.
                1 => drop(create_task(async move { child.wait().await })),
                _ => drop(create_task(async move {
                    let _child = child;
                    std::future::pending::<()>().await;
                })),
            }
        }
        oneloop::yield_now().await;
    });
    ends
}

fn until_all(what: &str, are_so: impl Fn(&str) -> bool) {
    let began = Instant::now();
    while !children().iter().all(|child| are_so(child)) {
        assert!(
            began.elapsed() < PATIENCE,
            "in vain: {what}: {:?}",
            children()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
