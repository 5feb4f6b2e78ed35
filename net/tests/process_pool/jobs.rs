//! What becomes of jobs: results, errors, and those that are given up. Next: `workers.rs`.

use crate::{ECHO, FIB, Folder, OTHERWISE, PANIC, PATIENCE, SLEEP, STDIN, UNKNOWN};
use crate::{exists, kill, pool, until};
use oneloop::{create_task, gather, sleep, timeout, try_gather};
use oneloop_net::process_pool::PoolError;
use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

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
