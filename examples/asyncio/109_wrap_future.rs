//! `wrap_future` awaits what other threads set; giving it up cancels a job that nobody has begun.
//!
//! clock: real
//!
//! Feature row 43.

use crate::{py, run};
use oneloop::executor::JobHandle;
use oneloop::wrap_future;
use std::io;
use std::thread;
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let (setter, job) = JobHandle::new();
        let thread = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            setter.set_result("666").unwrap();
        });
        println!("awaited {}", wrap_future(job).await.unwrap());
        thread.join().unwrap();

        let (_setter, job) = JobHandle::<()>::new();
        drop(wrap_future(job.clone()));
        println!("pool future cancelled too {}", py(job.cancelled()));

        // An error is a value like any other: what the thread sets is a `Result`.
        let (setter, job) = JobHandle::new();
        let refused = setter.set_result(Err::<(), _>(io::Error::other("disk")));
        assert!(refused.is_ok());
        if let Err(error) = wrap_future(job).await.unwrap() {
            println!("OSError {error}");
        }
    });
}
