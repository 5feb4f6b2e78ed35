//! Code that catches every error does not catch cancellation, which is no error of anything.
//!
//! Pain 7.

use crate::{py, run};
use oneloop::{create_task, sleep, wait};
use std::cell::Cell;
use std::error::Error;
use std::rc::Rc;
use std::time::Duration;

async fn fallible() -> Result<(), Box<dyn Error>> {
    sleep(Duration::from_secs(5)).await;
    Ok(())
}

async fn worker(caught: Rc<Cell<bool>>) {
    loop {
        if let Err(_any) = fallible().await {
            println!("must not print");
            caught.set(true);
        }
    }
}

pub(crate) fn main() {
    run(async {
        let caught = Rc::new(Cell::new(false));
        let task = create_task(worker(caught.clone()));
        sleep(Duration::from_millis(10)).await;
        task.cancel();
        let waited = wait([task]).await;
        println!("cancelled {}", py(waited.done[0].cancelled()));
        println!("CancelledError is an Exception: {}", py(caught.get()));
    });
}
