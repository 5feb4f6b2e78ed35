//! Functions in worker processes. The workers are this test program: `worker` is the test that they run.
#![cfg(all(target_os = "linux", feature = "process-pool"))]

use oneloop::{create_task, gather, sleep, timeout, try_gather, yield_now};
use oneloop_net::process_pool::{Function, PoolError, ProcessPool, init};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
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

/// A program that does not get to `init`, and does not end either.
#[test]
fn worker_that_never_says_hello() {
    if std::env::args().any(|argument| argument == NEVER) {
        std::thread::sleep(Duration::from_secs(1000));
    }
}

/// Arguments that tell those two that they are meant. Test programs take them for names of tests.
const WITH_A_CHILD: &str = "with a child";
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

/// Feature row 40.
#[test]
fn four_jobs_run_in_two_processes_and_a_killed_one_is_an_error() {
    let folder = Folder::new("row");
    oneloop::run(async {
        let pool = pool(2);
        let ticker = create_task(async {
            for _ in 0..3 {
                sleep(Duration::from_millis(1)).await;
            }
        });
        let jobs: Vec<_> = (20..24).map(|n| pool.submit(&FIB, &n)).collect();
        let results = try_gather(jobs).await.unwrap();
        let numbers: Vec<u64> = results.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [6765, 10946, 17711, 28657]);
        let workers: BTreeSet<u32> = results.iter().map(|(_, pid)| *pid).collect();
        assert!(workers.len() <= 2 && !workers.contains(&std::process::id()));
        ticker.await.unwrap();

        let argument = (folder.0.clone(), 1_000_000);
        let job = pool.submit(&SLEEP, &argument);
        let murder = async {
            until("it runs", || !folder.workers().is_empty()).await;
            kill(folder.workers()[0]);
        };
        let (killed, ()) = gather((job, murder)).await;
        let error = killed.unwrap_err();
        let PoolError::WorkerDied(status) = error else {
            panic!("{error}");
        };
        assert_eq!(status.signal(), Some(9));
        assert_eq!(
            pool.submit(&FIB, &10).await.unwrap().0,
            55,
            "it was replaced"
        );
    });
}

#[test]
fn errors_of_a_job_say_what_happened_and_the_worker_goes_on() {
    oneloop::run(async {
        let pool = pool(1);
        let worker = pool.submit(&FIB, &1).await.unwrap().1;
        let error = pool.submit(&PANIC, &"out of paper".to_owned()).await;
        let error = error.unwrap_err().to_string();
        assert_eq!(error, "the function panicked in its worker: out of paper");
        let error = pool.submit(&UNKNOWN, &()).await.unwrap_err();
        assert!(error.to_string().contains("`unknown`"), "{error}");
        // The argument is taken for something else, as is the result: some error, and no panic.
        pool.submit(&OTHERWISE, &()).await.unwrap_err();
        let error = pool.submit(&ECHO, &vec![7; 2_000_000]).await.unwrap_err();
        let PoolError::TooLong { bytes, limit } = error else {
            panic!("{error}")
        };
        assert!(bytes > 2_000_000 && limit == 1_000_000);
        assert_eq!(pool.submit(&STDIN, &()).await.unwrap(), 0);
        assert_eq!(
            pool.submit(&FIB, &1).await.unwrap().1,
            worker,
            "still the same"
        );
    });
}

#[test]
fn a_function_that_ends_its_process_is_an_error_and_the_next_job_has_another() {
    oneloop::run(async {
        let pool = pool(1);
        let error = pool.submit(&EXIT, &3).await.unwrap_err();
        assert!(matches!(error, PoolError::WorkerDied(status) if status.code() == Some(3)));
        assert_eq!(pool.submit(&FIB, &9).await.unwrap().0, 34);
    });
}

#[test]
fn a_worker_that_dies_while_it_is_idle_takes_no_job_with_it() {
    oneloop::run(async {
        let pool = pool(1);
        for _ in 0..3 {
            let (_, worker) = pool.submit(&FIB, &1).await.unwrap();
            kill(worker);
            until("it is gone", || !exists(worker)).await;
        }
        assert!(pool.submit(&FIB, &1).await.is_ok());
    });
}

#[test]
fn much_goes_there_and_back() {
    oneloop::run(async {
        let pool = pool(2);
        let bytes: Vec<u8> = (0..900_000).map(|n| (n % 251) as u8).collect();
        let (one, two) = gather((pool.submit(&ECHO, &bytes), pool.submit(&ECHO, &bytes))).await;
        assert!(one.unwrap() == bytes && two.unwrap() == bytes);
    });
}

#[test]
fn a_job_that_is_given_up_in_the_queue_never_begins() {
    let (held, never) = (Folder::new("held"), Folder::new("never"));
    oneloop::run(async {
        let pool = pool(1);
        let first = create_task(pool.submit(&SLEEP, &(held.0.clone(), 100)));
        until("the first runs", || !held.workers().is_empty()).await;
        let second = pool.submit(&SLEEP, &(never.0.clone(), 1_000_000));
        let third = pool.submit(&FIB, &5);
        drop(second);
        assert_eq!(first.await.unwrap().unwrap(), 100);
        assert_eq!(third.await.unwrap().0, 5);
        assert!(never.workers().is_empty());
    });
}

#[test]
fn a_job_that_is_given_up_while_it_runs_is_stopped_with_its_worker() {
    let folder = Folder::new("stopped");
    oneloop::run(async {
        let pool = pool(1);
        let job = create_task(pool.submit(&SLEEP, &(folder.0.clone(), 1_000_000)));
        until("it runs", || !folder.workers().is_empty()).await;
        let worker = folder.workers()[0];
        job.cancel();
        assert!(job.await.unwrap_err().is_cancelled());
        until("the worker is gone", || !exists(worker)).await;
        assert_eq!(pool.submit(&FIB, &8).await.unwrap().0, 21);
        assert!(format!("{pool:?}").contains("started: 2"), "{pool:?}");
    });
}

#[test]
fn a_dropped_pool_finishes_what_is_awaited_and_ends_its_workers() {
    oneloop::run(async {
        let pool = pool(2);
        let jobs: Vec<_> = (0..6).map(|n| pool.submit(&FIB, &n)).collect();
        drop(pool);
        let results = try_gather(jobs).await.unwrap();
        let workers: BTreeSet<u32> = results.iter().map(|(_, pid)| *pid).collect();
        until("they have ended", || {
            !workers.iter().any(|pid| exists(*pid))
        })
        .await;
        let stats = || oneloop::Loop::current().unwrap().stats();
        until("nothing is open", || stats().registered == 0).await;
    });
}

#[test]
fn shutdown_waits_for_the_workers_and_the_end_of_a_loop_kills_them() {
    let folder = Folder::new("shutdown");
    let mut left = Vec::new();
    oneloop::run(async {
        let other = pool(2);
        let jobs: Vec<_> = (0..4).map(|n| other.submit(&FIB, &n)).collect();
        let results = try_gather(jobs).await.unwrap();
        other.shutdown().await;
        assert!(results.iter().all(|(_, pid)| !exists(*pid)));

        let pool = pool(2);
        for _ in 0..2 {
            let job = pool.submit(&SLEEP, &(folder.0.clone(), 1_000_000));
            drop(create_task(job));
        }
        until("both run", || folder.workers().len() == 2).await;
        left = folder.workers();
    });
    oneloop::run(until("they are killed and fetched", || {
        !left.iter().any(|pid| exists(*pid))
    }));
}

#[test]
fn a_program_without_init_is_told_so() {
    oneloop::run(async {
        let builder = ProcessPool::builder().arguments(["--exact", "no such test"]);
        let pool = builder.quiet(true).build(2);
        for _ in 0..2 {
            let error = pool.submit(&FIB, &1).await.unwrap_err();
            assert!(matches!(error, PoolError::NoWorker(_)));
            assert!(
                error
                    .to_string()
                    .contains("`process_pool::init` has to come first")
            );
        }
    });
}

#[test]
fn a_worker_that_never_says_hello_is_killed_after_a_while_and_the_error_names_the_cure() {
    oneloop::run(async {
        let builder = ProcessPool::builder().arguments(["worker_that_never_says_hello", NEVER]);
        let builder = builder.start_limit(Duration::from_millis(100));
        let pool = builder.quiet(true).build(1);
        let error = timeout(PATIENCE, pool.submit(&FIB, &1)).await;
        let error = error.expect("it hangs").unwrap_err();
        assert!(matches!(error, PoolError::NoWorker(_)), "{error}");
        for part in [
            "did not say hello within 100ms",
            "`process_pool::init` has to come first",
            "`ProcessPool::builder().start_limit(d)`",
        ] {
            assert!(error.to_string().contains(part), "{error}");
        }
        let stats = || oneloop::Loop::current().unwrap().stats();
        until("it is killed and fetched", || stats().registered == 0).await;
    });
}

/// The end of the line came never: whoever waited for that waited for as long as the process ran.
#[test]
fn a_worker_that_ends_is_missed_although_a_process_that_it_started_holds_its_line() {
    oneloop::run(async {
        let arguments = ["--exact", "worker_that_has_a_child", WITH_A_CHILD];
        let builder = ProcessPool::builder().arguments(arguments).quiet(true);
        let pool = builder.build(1);
        let holder = pool.submit(&CHILD, &()).await.unwrap();
        let error = timeout(PATIENCE, pool.submit(&EXIT, &3)).await;
        let error = error.expect("it waits for an answer").unwrap_err();
        assert!(matches!(error, PoolError::WorkerDied(status) if status.code() == Some(3)));
        assert!(exists(holder), "it held the line all the while");
        kill(holder);

        // And one that ends before it has read its request.
        let holder = pool.submit(&CHILD, &()).await.unwrap();
        let worker = pool.submit(&FIB, &1).await.unwrap().1;
        stop(worker);
        let job = pool.submit(&ECHO, &vec![7; 3_000_000]);
        let murder = async {
            let begun = || format!("{pool:?}").contains("queued: 0");
            until("it has begun", begun).await;
            kill(worker);
        };
        let (error, ()) = gather((timeout(PATIENCE, job), murder)).await;
        let error = error.expect("it waits for room").unwrap_err();
        assert!(matches!(error, PoolError::WorkerDied(status) if status.signal() == Some(9)));
        assert!(exists(holder), "it held the line all the while");
        kill(holder);
    });
}

#[test]
fn a_pool_that_has_outlived_its_loop_serves_the_next_one() {
    let pool = pool(1);
    for _ in 0..2 {
        oneloop::run(async {
            let echo = timeout(PATIENCE, pool.submit(&ECHO, &vec![1, 2])).await;
            assert_eq!(echo.expect("it hangs").unwrap(), [1, 2]);
            // So that its server waits for work when the loop ends.
            until("it is idle", || format!("{pool:?}").contains("idle: 1")).await;
        });
    }
}

/// The workers of this test run this test instead of `init`, and so come to its pool.
#[test]
fn a_worker_without_init_starts_no_workers_of_its_own() {
    const NAME: &str = "a_worker_without_init_starts_no_workers_of_its_own";
    let arguments: Vec<String> = std::env::args().collect();
    // In a worker: …, the folder, the limit, the marker.
    let given = arguments.iter().rev().nth(2).map(PathBuf::from);
    let given = given.filter(|path| path.is_absolute() && path.is_dir());
    let (own, path) = match given {
        Some(path) => (None, path),
        None => {
            let own = Folder::new("astray");
            let path = own.0.clone();
            (Some(own), path)
        }
    };
    let note = path.join(std::process::id().to_string());
    fs::write(&note, "").unwrap();
    // Else it would never end.
    if workers_in(&path).len() > 5 {
        return;
    }
    let error = oneloop::run(async {
        let builder =
            ProcessPool::builder().arguments(["--exact".as_ref(), NAME.as_ref(), path.as_os_str()]);
        let pool = builder.quiet(true).build(1);
        pool.submit(&FIB, &1).await.unwrap_err().to_string()
    });
    fs::write(&note, &error).unwrap();
    if own.is_some() {
        assert!(error.contains("did not say hello"), "{error}");
        let workers = workers_in(&path);
        assert_eq!(workers.len(), 2, "this process and one worker");
        for pid in workers.into_iter().filter(|pid| *pid != std::process::id()) {
            let error = fs::read_to_string(path.join(pid.to_string())).unwrap();
            assert!(error.contains("is itself a worker"), "{error}");
        }
    }
}

#[test]
fn workers_that_are_killed_at_random_lose_no_job_silently() {
    let folder = Folder::new("chaos");
    oneloop::run(async {
        let pool = pool(3);
        let murderer = create_task({
            let path = folder.0.clone();
            async move {
                let mut random = 1_u64;
                loop {
                    let workers = workers_in(&path);
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    if let Some(pid) = workers.get((random >> 33) as usize % workers.len().max(1)) {
                        kill(*pid);
                        let _ = fs::remove_file(path.join(pid.to_string()));
                    }
                    sleep(Duration::from_millis(random >> 33 & 31)).await;
                }
            }
        });
        let jobs: Vec<_> = (0..60)
            .map(|n| pool.submit(&SLEEP, &(folder.0.clone(), n % 10)))
            .collect();
        let (mut done, mut died) = (0, 0);
        for (n, outcome) in gather(jobs).await.into_iter().enumerate() {
            match outcome {
                Ok(time) => {
                    assert_eq!(time, n as u64 % 10);
                    done += 1;
                }
                Err(PoolError::WorkerDied(_)) => died += 1,
                Err(error) => panic!("{error}"),
            }
        }
        murderer.cancel();
        assert_eq!(done + died, 60);
        assert!(done > 0 && died > 0, "{done} done, {died} died");
        // And nobody is left behind.
        yield_now().await;
        pool.shutdown().await;
        let stats = || oneloop::Loop::current().unwrap().stats();
        until("nothing is open", || stats().registered == 0).await;
    });
}
