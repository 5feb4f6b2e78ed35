//! `run_in_executor` runs a blocking function on a thread, while the loop goes on, for its value or error.
//!
//! clock: real
//!
//! Feature row 41.

use crate::{py, run};
use oneloop::{call_later, run_in_executor};
use std::thread;
use std::time::Duration;

fn blocking(x: i32) -> Result<(i32, bool), i32> {
    thread::sleep(Duration::from_millis(100));
    if x < 0 {
        return Err(x);
    }
    Ok((x * 2, thread::current().name() == Some("main")))
}

pub(crate) fn main() {
    run(async {
        call_later(Duration::from_millis(20), || {
            println!("loop alive while the thread blocks");
        });
        let (double, on_main) = run_in_executor(None, || blocking(21))
            .await
            .unwrap()
            .unwrap();
        println!("({double}, {})", py(on_main));
        let error = run_in_executor(None, || blocking(-1)).await.unwrap();
        println!("ValueError {}", error.unwrap_err());
    });
}
