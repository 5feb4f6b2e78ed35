//! A task in the background runs while others wait: never, if nobody does; in a group, to its end.
//!
//! Feature row 131.

use crate::run;
use oneloop::{TaskGroup, create_task, sleep};
use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

type Runs = Rc<Cell<u32>>;

async fn background(runs: Runs) -> Result<(), Infallible> {
    for _ in 0..10 {
        runs.set(runs.get() + 1);
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

pub(crate) fn main() {
    run(async {
        let runs = Runs::default();
        let task = create_task(background(runs.clone()));
        println!("without time: {}", runs.get());
        task.cancel();

        let runs = Runs::default();
        let task = create_task(background(runs.clone()));
        sleep(Duration::from_millis(350)).await;
        println!("with some time: {}", runs.get());
        task.cancel();

        let runs = Runs::default();
        let all = TaskGroup::scope(async |group| {
            group.spawn(background(runs.clone()));
            println!("in a group: {}", runs.get());
            Ok(())
        });
        all.await.unwrap();
        println!("at the end of the group: {}", runs.get());
    });
}
