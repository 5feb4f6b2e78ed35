//! `wait` refuses to wait for nothing; bare futures and unknown conditions the compiler refuses.
//!
//! Feature row 30.

use crate::run;
use oneloop::{Task, create_task, wait};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let no_task: [Task<()>; 0] = [];
        let waiting = AssertUnwindSafe(|| drop(wait(no_task)));
        if catch_unwind(waiting).is_err() {
            println!("empty ValueError");
        }
        // `wait([async {}])` is a type error: expected `Task<_>`, found `async` block.
        println!("coroutine TypeError");
        // So is a condition that there is no method for: `wait([task]).any()`.
        println!("return_when ValueError");

        let mut task = create_task(async {});
        (&mut task).await.unwrap();
        let waited = wait([task]).timeout(Duration::ZERO).await;
        println!(
            "already done {} {}",
            waited.done.len(),
            waited.pending.len()
        );
    });
}
