//! `Remote::spawn` starts a task from another thread, which may block on its outcome or cancel it.
//!
//! clock: real

use crate::{py, run};
use oneloop::cancel::finally;
use oneloop::{Loop, Remote, call_later, sleep, to_thread};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

type Log = Arc<Mutex<Vec<String>>>;

async fn work(x: i32) -> (i32, bool) {
    sleep(Duration::from_millis(10)).await;
    (x + 1, thread::current().name() == Some("main"))
}

async fn long(log: Log) {
    let cleanup = async || {
        let line = "coroutine cancelled from the other thread";
        log.lock().unwrap().push(line.to_owned());
    };
    finally(sleep(Duration::from_secs(5)), cleanup).await;
}

/// What the other thread does.
fn other(remote: Remote, log: Log) -> &'static str {
    let (sum, on_main) = remote.spawn(|| work(1)).unwrap().wait().unwrap();
    log.lock()
        .unwrap()
        .push(format!("({sum}, {})", py(on_main)));

    let kept = log.clone();
    let task = Arc::new(remote.spawn(|| long(kept)).unwrap());
    let cancels = task.clone();
    let soon = move || {
        call_later(Duration::from_millis(30), move || cancels.cancel());
    };
    remote.call_soon_threadsafe(soon).unwrap();
    while !task.done() {
        thread::sleep(Duration::from_millis(1));
    }
    match Arc::into_inner(task).map(|task| task.wait()) {
        Some(Err(error)) if error.is_cancelled() => "CancelledError",
        other => unreachable!("{other:?}"),
    }
}

pub(crate) fn main() {
    run(async {
        let log = Log::default();
        let remote = Loop::current().unwrap().remote();
        let kept = log.clone();
        let seen = to_thread(move || other(remote, kept)).await.unwrap();
        sleep(Duration::from_millis(20)).await;
        println!("{}", log.lock().unwrap().join("\n"));
        println!("thread saw {seen}");
    });
}
