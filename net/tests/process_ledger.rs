//! A thousand processes: none is left in the kernel's list, and no descriptor here. A program of its
//! own, since it counts both for the whole process.
#![cfg(target_os = "linux")]

use oneloop::sync::Semaphore;
use oneloop::{TaskGroup, create_task};
use oneloop_net::process::Command;
use std::fs;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

/// How many descriptors there are.
fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// The children of this process, zombies included: each with its state.
fn children() -> Vec<String> {
    let own = std::process::id().to_string();
    let stat = |entry: std::io::Result<fs::DirEntry>| {
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
    let before = descriptors();
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
    oneloop::run(async {
        for number in 0..50 {
            let mut command = Command::new("sleep");
            command.exit_by_signal(by_signal);
            let child = command.arg("0.1").spawn().unwrap();
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
    assert!(!children().is_empty(), "they outlive the loop");
    let began = Instant::now();
    while !children().is_empty() {
        assert!(began.elapsed() < PATIENCE, "{:?}", children());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(descriptors(), before);
}
