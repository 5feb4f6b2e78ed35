//! A task of a group that is cancelled by itself is no failure: the group goes on.

use crate::{py, run};
use oneloop::{TaskGroup, sleep};
use std::future::pending;
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let group = TaskGroup::<&str>::scope(async |group| {
            let first = group.create_task(pending::<Result<(), _>>());
            let second = group.create_task(async {
                sleep(Duration::from_millis(30)).await;
                Ok("b")
            });
            sleep(Duration::from_millis(10)).await;
            first.cancel();
            Ok((first, second))
        });
        let (first, second) = group.await.unwrap();
        println!(
            "a cancelled {} | b {}",
            py(first.cancelled()),
            second.await.unwrap()
        );
    });
}
