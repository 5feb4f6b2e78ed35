//! The first failure in a task group cancels the other tasks and the body, and waits for all of them.
//!
//! order: fifo
//!
//! Pain 4.

use crate::{py, run};
use oneloop::cancel::{Caught, catch};
use oneloop::{TaskGroup, current_task, sleep};
use std::cell::RefCell;
use std::future::pending;
use std::time::Duration;

type Outcome = Result<(), &'static str>;

async fn bad() -> Outcome {
    sleep(Duration::from_millis(20)).await;
    println!("bad raises");
    Err("bad")
}

async fn sibling() -> Outcome {
    let clean_up = async || {
        println!("sibling cancelled");
        sleep(Duration::from_millis(20)).await;
        println!("sibling cleaned up");
    };
    catch(pending()).await.on_cancel(clean_up).await
}

pub(crate) fn main() {
    run(async {
        let kept = RefCell::new(None);
        let group = TaskGroup::scope(async |group| {
            kept.replace(Some(group.create_task(sibling())));
            group.spawn(bad());
            let report = async || println!("body cancelled");
            catch(pending::<Outcome>()).await.on_cancel(report).await
        });
        if let Err(failed) = group.await {
            let errors = failed
                .errors()
                .iter()
                .map(|error| format!("('ValueError', '{error}')"));
            println!("[{}]", errors.collect::<Vec<_>>().join(", "));
        }
        let cancelled = kept.take().is_some_and(|task| task.cancelled());
        let cancelling = current_task().unwrap().cancelling();
        println!(
            "sibling cancelled {} | cancelling {cancelling}",
            py(cancelled)
        );
    });
}
