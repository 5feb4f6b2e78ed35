//! An error that nobody looked at is reported when the last handle of its task is dropped.
//!
//! A panic always is. For tasks whose error is a value, `report_errors` asks for it.
//!
//! Pain 3.

use crate::{py, run};
use oneloop::task::Builder;
use oneloop::{Loop, Task, sleep};
use std::time::Duration;

type Outcome = Result<(), &'static str>;

fn bad(text: &'static str) -> Task<Outcome> {
    Builder::new()
        .report_errors()
        .create_task(async move { Err(text) })
}

pub(crate) fn main() {
    run(async {
        Loop::current().unwrap().set_exception_handler(|report| {
            println!(
                "handler: {} | {}",
                report.message(),
                report.error().unwrap()
            );
        });
        let ignored = bad("ignored");
        let looked_at = bad("looked at");
        sleep(Duration::from_millis(20)).await;
        println!("both done {} {}", py(ignored.done()), py(looked_at.done()));
        looked_at.result();
        drop(looked_at);
        println!("dropped the retrieved one");
        drop(ignored);
        println!("dropped the ignored one");
    });
}
