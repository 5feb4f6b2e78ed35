//! Workers that don't get to their work, that end amid it, and that are killed. This ends the tests of the pool.

use crate::{CHILD, ECHO, EXIT, FIB, Folder, NEVER, PATIENCE, SLEEP, TWICE, UNASKED, WITH_A_CHILD};
use crate::{exists, kill, pool, stop, until, workers_in};
use oneloop::{create_task, gather, sleep, timeout, yield_now};
use oneloop_net::process_pool::{PoolError, ProcessPool};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::time::Duration;

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

/// What it said was taken for the answer to the next job.
#[test]
fn a_worker_that_speaks_unasked_gets_no_other_job() {
    let folder = Folder::new("unasked");
    oneloop::run(async {
        let arguments = ["--exact", "worker_that_speaks_unasked", UNASKED];
        let builder = ProcessPool::builder().arguments(arguments).quiet(true);
        let pool = builder.build(1);
        assert_eq!(pool.submit(&TWICE, &folder.0).await.unwrap(), 7);
        fs::write(folder.0.join("go"), "").unwrap();
        until("it has spoken", || folder.0.join("said").exists()).await;
        let answer = pool.submit(&ECHO, &vec![1, 2, 3]).await.unwrap();
        assert_eq!(answer, [1, 2, 3]);
        assert!(format!("{pool:?}").contains("started: 2"), "{pool:?}");
    });
}

/// The workers of this test run this test instead of `init`, and so come to its pool.
#[test]
fn a_worker_without_init_starts_no_workers_of_its_own() {
    const NAME: &str = "workers::a_worker_without_init_starts_no_workers_of_its_own";
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
        let outcomes = timeout(3 * PATIENCE, gather(jobs)).await;
        let outcomes = outcomes.expect("a job was lost");
        for (n, outcome) in outcomes.into_iter().enumerate() {
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
