//! Blocking functions on threads beside the loop: jobs, pools, and what cancelling does to them. Read this
//! first.

mod own;

use oneloop::executor::{JobError, JobHandle, ThreadPool, run_in_executor, wrap_future};
use oneloop::{create_task, gather, timeout, to_thread};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// A pool of one thread, held by a job until the sender is dropped.
fn held_pool() -> (ThreadPool, mpsc::Sender<()>) {
    let pool = ThreadPool::new(1);
    let (open, gate) = mpsc::channel::<()>();
    drop(pool.submit(move || gate.recv().is_ok()));
    (pool, open)
}

/// Feature row 39.
#[test]
fn of_ten_jobs_five_run_at_once_and_dropping_the_pool_ends_them_all() {
    let (now, peak, done) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    let counts = Arc::new((now, peak, done));
    let pool = ThreadPool::new(5);
    // Five meet at the barrier: fewer at once would never pass it.
    let barrier = Arc::new(std::sync::Barrier::new(5));
    for _ in 0..10 {
        let (counts, barrier) = (counts.clone(), barrier.clone());
        drop(pool.submit(move || {
            let (now, peak, done) = &*counts;
            peak.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
            barrier.wait();
            now.fetch_sub(1, SeqCst);
            done.fetch_add(1, SeqCst);
        }));
    }
    drop(pool);
    assert_eq!(counts.1.load(SeqCst), 5);
    assert_eq!(counts.2.load(SeqCst), 10);
}

/// Feature rows 38, 42.
#[test]
fn a_pool_serves_two_loops_and_no_loop() {
    let pool = Arc::new(ThreadPool::new(2));
    let sum = |pool: Arc<ThreadPool>| {
        move || oneloop::run(async move { run_in_executor(Some(&pool), || 20).await.unwrap() })
    };
    let other = thread::spawn(sum(pool.clone()));
    assert_eq!(sum(pool.clone())() + other.join().unwrap(), 40);
    assert_eq!(pool.submit(|| 2).result(None).unwrap(), 2);
}

/// Feature row 38.
#[test]
fn a_job_tells_whether_it_waits_runs_or_is_done() {
    let (pool, open) = held_pool();
    let job = pool.submit(|| 7);
    assert_eq!(format!("{job:?}"), "JobHandle { stage: queued }");
    drop(open);
    drop(pool);
    assert_eq!(format!("{job:?}"), "JobHandle { stage: done }");
    assert_eq!(job.result(None).unwrap(), 7);

    let (setter, job) = JobHandle::<u8>::new();
    assert!(setter.start());
    assert_eq!(format!("{job:?}"), "JobHandle { stage: running }");
}

/// Feature row 41.
#[test]
fn a_panic_arrives_as_an_error_with_its_payload() {
    oneloop::run(async {
        let error = to_thread(|| -> u8 { panic!("no paper") })
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "the job panicked: no paper");
        let JobError::Panicked(panic) = error else {
            panic!("{error:?}")
        };
        let payload = panic.into_panic().unwrap();
        assert_eq!(*payload.downcast::<&str>().unwrap(), "no paper");
    });
}

#[test]
fn the_queued_job_of_a_cancelled_awaiter_never_begins_and_its_function_is_dropped_at_once() {
    let (pool, open) = held_pool();
    let owned = Arc::new(());
    oneloop::run(async {
        let inside = owned.clone();
        let job = run_in_executor(Some(&pool), move || drop(inside));
        let handle = job.job().clone();
        let task = create_task(job);
        oneloop::yield_now().await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        let seen = (handle.cancelled(), Arc::strong_count(&owned));
        // Opened before anything can fail: a pool that is dropped waits for its jobs.
        drop(open);
        pool.shutdown().await;
        assert_eq!(
            seen,
            (true, 1),
            "the pool's queue does not hold it any more"
        );
        assert!(handle.cancelled());
    });
}

#[test]
fn a_job_that_runs_goes_on_and_its_awaiter_is_gone_at_once() {
    let (open, gate) = mpsc::channel::<()>();
    let (tell, began) = mpsc::channel();
    oneloop::run(async {
        let pool = ThreadPool::new(1);
        let mut job = run_in_executor(Some(&pool), move || {
            tell.send(()).unwrap();
            gate.recv().is_err()
        });
        let handle = job.job().clone();
        to_thread(move || began.recv().unwrap()).await.unwrap();
        assert!(timeout(Duration::ZERO, &mut job).await.is_err());
        assert!(handle.running() && !handle.cancel());
        drop(job);
        drop(open);
        pool.shutdown().await;
        assert!(handle.done() && !handle.cancelled());
    });
}

#[test]
fn a_shield_keeps_a_queued_job() {
    let (pool, open) = held_pool();
    oneloop::run(async {
        let job = pool.submit(|| 5);
        let kept = create_task(job.clone().into_future());
        let task = create_task(async move { oneloop::shield(&kept).await });
        oneloop::yield_now().await;
        task.cancel();
        drop(open);
        let _ = task.await;
        pool.shutdown().await;
        assert!(job.done() && !job.cancelled());
    });
}

#[test]
fn each_of_many_cancelled_jobs_ran_whole_or_never() {
    let (begun, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let owned = Arc::new(());
    oneloop::run(async {
        let pool = ThreadPool::new(3);
        let mut tasks = Vec::new();
        for n in 0..600 {
            let (begun, ended, inside) = (begun.clone(), ended.clone(), owned.clone());
            let job = run_in_executor(Some(&pool), move || {
                begun.fetch_add(1, SeqCst);
                thread::yield_now();
                ended.fetch_add(1, SeqCst);
                inside
            });
            tasks.push(create_task(job));
            if n % 3 == 0 {
                oneloop::yield_now().await;
            }
            if n % 2 == 0 {
                tasks[n / 2].cancel();
            }
        }
        let mut values = 0;
        for task in tasks {
            values += usize::from(matches!(task.await, Ok(Ok(_))));
        }
        pool.shutdown().await;
        assert!(values <= ended.load(SeqCst) && values >= 300);
    });
    assert_eq!(begun.load(SeqCst), ended.load(SeqCst));
    assert_eq!(
        Arc::strong_count(&owned),
        1,
        "no function and no value was leaked"
    );
}

#[test]
fn blocking_on_a_job_inside_a_loop_names_the_cure() {
    let (setter, job) = JobHandle::<()>::new();
    let panic = oneloop::run(async {
        let blocked = catch_unwind(AssertUnwindSafe(|| job.result(None)));
        blocked.unwrap_err().downcast::<&str>().unwrap()
    });
    assert!(panic.contains("`.await` the job instead"), "{panic}");
    setter.set_result(()).unwrap();
    // A value that is there blocks nobody.
    oneloop::run(async { job.result(None).unwrap() });
}

#[test]
fn a_result_that_does_not_come_in_time_can_be_asked_for_again() {
    let (setter, job) = JobHandle::new();
    let start = Instant::now();
    let early = job.result(Duration::from_millis(50));
    assert!(matches!(early, Err(JobError::TimedOut)));
    assert!(start.elapsed() >= Duration::from_millis(50));
    let other = thread::spawn(move || setter.set_result(1));
    assert_eq!(job.result(Duration::MAX).unwrap(), 1);
    other.join().unwrap().unwrap();
}

#[test]
fn of_two_clones_that_are_awaited_the_first_gets_the_value() {
    oneloop::run(async {
        let (setter, job) = JobHandle::new();
        let (first, second) = (wrap_future(job.clone()), wrap_future(job));
        let setting = create_task(async move { setter.set_result("value").unwrap() });
        let (first, second) = gather((first, second)).await;
        assert_eq!(first.unwrap(), "value");
        assert!(matches!(second, Err(JobError::Taken)));
        setting.await.unwrap();
    });
}

#[test]
fn a_value_that_is_there_beats_a_cancel_of_the_same_moment() {
    oneloop::run(async {
        let (setter, job) = JobHandle::new();
        let task = create_task(job.into_future());
        oneloop::yield_now().await;
        setter.set_result("kept").unwrap();
        task.cancel();
        assert_eq!(task.await.unwrap().unwrap(), "kept");
    });
}

#[test]
fn a_job_may_drop_the_last_owner_of_its_pool() {
    let pool = Arc::new(ThreadPool::new(2));
    let (owned, (open, gate)) = (pool.clone(), mpsc::channel::<()>());
    let job = pool.submit(move || {
        let _ = gate.recv(); // Until the test has dropped its own.
        drop(owned);
        "through"
    });
    drop(pool);
    drop(open);
    assert_eq!(job.result(Duration::from_secs(60)).unwrap(), "through");
}

#[test]
fn callbacks_of_a_job_are_called_in_order_where_it_ends_and_at_once_when_it_has() {
    let story = Arc::new(Mutex::new(Vec::new()));
    let teller = |line: &'static str| {
        let story = story.clone();
        move |job: &JobHandle<u32>| {
            let here = thread::current().name() == Some("oneloop-pool-1");
            story.lock().unwrap().push((line, here, job.cancelled()));
        }
    };
    let (pool, open) = held_pool();
    let (job, unwanted) = (pool.submit(|| 1), pool.submit(|| 2));
    job.add_done_callback(teller("first"));
    job.add_done_callback(|_| panic!("on purpose"));
    job.add_done_callback(teller("second"));
    unwanted.add_done_callback(teller("cancelled"));
    assert!(story.lock().unwrap().is_empty());
    unwanted.cancel();
    unwanted.add_done_callback(|_| panic!("on purpose"));
    unwanted.add_done_callback(teller("late"));
    drop(open);
    drop(pool); // Waits for its jobs.
    assert_eq!(job.result(None).unwrap(), 1);
    assert_eq!(
        *story.lock().unwrap(),
        [
            ("cancelled", false, true),
            ("late", false, true),
            ("first", true, false),
            ("second", true, false),
        ]
    );
    assert_eq!(Arc::strong_count(&story), 1, "nothing keeps them");
}
