//! From another thread a loop is reached through `Remote` only: a `Handle` does not get there.
//!
//! differs: asyncio finds the wrong thread when it runs, in debug mode; here the program does not compile.

use crate::run;
use oneloop::{Loop, Remote, sleep};
use std::thread;
use std::time::Duration;

fn foreign(remote: Remote) -> &'static str {
    // With a `Handle` in place of the `Remote`, `thread::spawn` below does not compile; the
    // documentation of `Handle` has that as a test.
    remote
        .call_soon_threadsafe(|| println!("threadsafe accepted"))
        .unwrap();
    "a Handle cannot be sent between threads"
}

pub(crate) fn main() {
    run(async {
        let remote = Loop::current().unwrap().remote();
        let seen = thread::spawn(|| foreign(remote)).join().unwrap();
        sleep(Duration::from_millis(10)).await;
        println!("{seen}");
    });
}
