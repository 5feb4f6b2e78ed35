//! When `main` fails, the tasks that are left are cancelled and clean up before its error comes out.
//!
//! Feature row 19.

use crate::{py, run};
use oneloop::cancel::finally;
use oneloop::{create_task, sleep};
use std::time::Duration;

async fn background() {
    let clean_up = async || {
        sleep(Duration::from_millis(10)).await;
        println!("background cleaned up");
    };
    finally(sleep(Duration::from_secs(5)), clean_up).await;
}

pub(crate) fn main() {
    let mut kept = None;
    let result = run(async {
        kept = Some(create_task(background()));
        sleep(Duration::from_millis(10)).await;
        Err::<(), _>("main failed")
    });
    if let Err(error) = result {
        println!("run raised {error}");
    }
    println!(
        "background cancelled {}",
        py(kept.is_some_and(|task| task.cancelled()))
    );
}
