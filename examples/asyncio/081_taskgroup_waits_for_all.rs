//! A task group ends when all its tasks have ended, those that were added by tasks included.

use crate::run;
use oneloop::{TaskGroup, sleep};
use std::time::Duration;

type Group = TaskGroup<&'static str>;
type Outcome = Result<&'static str, &'static str>;

async fn child(name: &'static str, milliseconds: u64) -> Outcome {
    sleep(Duration::from_millis(milliseconds)).await;
    println!("finished {name}");
    Ok(name)
}

async fn parent(group: Group) -> Outcome {
    sleep(Duration::from_millis(20)).await;
    group.spawn(child("b.grandchild", 60));
    println!("finished b");
    Ok("b")
}

pub(crate) fn main() {
    run(async {
        let ended = TaskGroup::scope(async |group: &Group| {
            let tasks = (
                group.create_task(child("a", 40)),
                group.create_task(parent(group.clone())),
            );
            println!("body ends");
            Ok(tasks)
        });
        let (a, b) = ended.await.unwrap();
        println!("group done: {} {}", a.await.unwrap(), b.await.unwrap());
    });
}
