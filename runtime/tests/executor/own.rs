//! What a loop and its threads owe each other: a paused clock waits, and so does the end of a program.

use oneloop::executor::{JobHandle, ThreadPool, run_in_executor, wrap_future};
use oneloop::{Loop, create_task, sleep, timeout};
use std::cell::RefCell;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// Pain 26.
#[test]
fn a_paused_clock_waits_for_a_job_that_is_out() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    let (open, gate) = mpsc::channel::<()>();
    event_loop.block_on(async {
        let job = run_in_executor(None, move || gate.recv().is_err());
        let start = oneloop::now();
        let hour = create_task(sleep(Duration::from_secs(3600)));
        for _ in 0..100 {
            oneloop::yield_now().await;
        }
        assert!(!hour.done());
        drop(open);
        assert!(
            timeout(Duration::from_secs(60), job)
                .await
                .unwrap()
                .unwrap()
        );
        assert_eq!(oneloop::now(), start, "no time passed");
        hour.await.unwrap();
    });
}

#[test]
fn run_cancels_the_tasks_first_and_waits_for_the_jobs_then() {
    let story = Arc::new(Mutex::new(Vec::new()));
    let tell = |line| {
        let story = story.clone();
        move || story.lock().unwrap().push(line)
    };
    let (left_over, executor, main) = (
        tell("task cancelled"),
        tell("job ended"),
        tell("main returns"),
    );
    let kept = RefCell::new(None);
    let keeps = &kept;
    oneloop::run(async move {
        let (open, gate) = mpsc::channel::<()>();
        drop(create_task(async move {
            oneloop::cancel::finally(std::future::pending::<()>(), async || {
                left_over();
                drop(open);
            })
            .await;
        }));
        let job = run_in_executor(None, move || {
            let _ = gate.recv(); // Until the left-over task has cleaned up.
            executor();
        });
        keeps.replace(Some(job)); // Dropping it would be giving it up.
        oneloop::yield_now().await;
        main();
    });
    tell("run returned")();
    let story = story.lock().unwrap();
    assert_eq!(
        *story,
        [
            "main returns",
            "task cancelled",
            "job ended",
            "run returned"
        ]
    );
}

#[test]
fn a_job_may_use_the_loop_that_waits_for_it_at_the_end() {
    let kept = RefCell::new(None);
    oneloop::run(async {
        let remote = Loop::current().unwrap().remote();
        let job = run_in_executor(None, move || {
            let task = remote.spawn(|| async { 6 * 7 }).unwrap();
            task.wait()
        });
        kept.replace(Some(job));
    });
    let job = kept.take().unwrap().job().clone();
    assert_eq!(job.result(None).unwrap().unwrap(), 42);
}

#[test]
fn a_paused_clock_waits_for_a_job_that_was_wrapped_before_the_loop_ran() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    let (setter, job) = JobHandle::new();
    let wrapped = wrap_future(job);
    let (tell, waits) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        waits.recv().unwrap(); // Until the hour could have been jumped over.
        setter.set_result(1)
    });
    event_loop.block_on(async {
        let hour = create_task(sleep(Duration::from_secs(3600)));
        let waiting = create_task(wrapped);
        for _ in 0..100 {
            oneloop::yield_now().await;
        }
        assert!(!hour.done());
        tell.send(()).unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), 1);
        assert!(!hour.done(), "the clock jumped although a thread was at it");
    });
    thread.join().unwrap().unwrap();
}

/// asyncio's `loop.set_default_executor`, between two jobs that wait for one thread.
#[test]
fn a_pool_that_is_replaced_works_off_what_it_has_and_is_waited_for_at_the_end() {
    let story = Arc::new(Mutex::new(Vec::new()));
    let tell = |line: &'static str| {
        let story = story.clone();
        move || story.lock().unwrap().push(line)
    };
    let (open, gate) = mpsc::channel::<()>();
    let (told, second, other) = (tell("first"), tell("second"), tell("other pool"));
    let first = move || {
        let _ = gate.recv();
        thread::sleep(Duration::from_millis(60)); // So that whoever does not wait is gone.
        told();
    };
    let (main, event_loop) = (tell("main returns"), Loop::new().unwrap());
    event_loop.handle().set_default_executor(ThreadPool::new(1));
    let runner = oneloop::Runner::with_loop(event_loop);
    let _kept = runner.run(async move {
        let jobs = [run_in_executor(None, first)];
        let queued = run_in_executor(None, second);
        let handle = Loop::current().unwrap();
        handle.set_default_executor(ThreadPool::new(1));
        let other = timeout(Duration::from_secs(10), run_in_executor(None, other));
        other.await.expect("it stands behind the first").unwrap();
        main();
        drop(open);
        (jobs, queued)
    });
    runner.close();
    assert_eq!(
        *story.lock().unwrap(),
        ["other pool", "main returns", "first", "second"]
    );
}
