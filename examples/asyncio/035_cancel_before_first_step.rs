//! A task that is cancelled before its first step runs nothing of its body.
//!
//! Pain 17.

use crate::{py, run};
use oneloop::{create_task, try_finally, wait};

async fn never() {
    try_finally!({
        println!("must not print");
    } finally {
        println!("nor this");
    })
}

pub(crate) fn main() {
    run(async {
        let task = create_task(never());
        task.cancel();
        let waited = wait([task]).await;
        println!("cancelled {}", py(waited.done[0].cancelled()));
    });
}
