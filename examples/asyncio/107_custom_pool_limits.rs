//! A pool of two threads runs two functions at a time; `gather` gives their values in argument order.
//!
//! clock: real
//!
//! Feature row 42.

use crate::{py, run};
use oneloop::executor::ThreadPool;
use oneloop::{gather, run_in_executor};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn job(n: usize) -> usize {
    PEAK.fetch_max(NOW.fetch_add(1, SeqCst) + 1, SeqCst);
    thread::sleep(Duration::from_millis(30));
    NOW.fetch_sub(1, SeqCst);
    n
}

pub(crate) fn main() {
    run(async {
        let pool = ThreadPool::new(2);
        let jobs = (0..5).map(|n| run_in_executor(Some(&pool), move || job(n)));
        let values: Vec<usize> = gather(jobs).await.into_iter().map(Result::unwrap).collect();
        println!("{}", py(values));
        println!("peak {}", PEAK.load(SeqCst));
    });
}
