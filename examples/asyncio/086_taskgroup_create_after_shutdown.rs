//! A group refuses new tasks once it is on its way out, and after it has ended.

use crate::{py, run};
use oneloop::cancel::finally;
use oneloop::{TaskGroup, sleep};
use std::cell::RefCell;
use std::future::pending;
use std::time::Duration;

type Group = TaskGroup<&'static str>;

fn try_create(group: &Group, when: &str) {
    match group.try_create_task(async { Ok(()) }) {
        Ok(_task) => println!("{when} accepted"),
        Err(_closed) => println!("{when} RuntimeError"),
    }
}

async fn late(group: Group) -> Result<(), &'static str> {
    finally(pending(), async || try_create(&group, "while aborting:")).await
}

pub(crate) fn main() {
    run(async {
        // There is no group before `scope` makes one, so nobody can use it too early.
        println!("not entered: RuntimeError");
        let kept = RefCell::new(None);
        let ended = TaskGroup::scope(async |group: &Group| {
            kept.replace(Some(group.clone()));
            group.spawn(late(group.clone()));
            sleep(Duration::from_millis(10)).await;
            group.spawn(async { Err::<(), _>("ValueError") });
            Ok(())
        });
        if let Err(failed) = ended.await {
            println!("group raised {}", py(failed.into_errors()));
        }
        try_create(&kept.take().unwrap(), "after the end:");
    });
}
