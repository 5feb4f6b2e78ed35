//! A `TaskGroup` is a block that its tasks can't outlive: they succeed together, or fail together.
//!
//! Watch: the first failure asks all others to end, and the block waits until they have cleaned up. A
//! clean-up that fails, too, is not lost: the block's error holds every error, in their order. To end
//! a group early, because there is nothing left to do, is no failure.

use oneloop::cancel::{Caught, catch};
use oneloop::{TaskGroup, sleep};
use oneloop_examples::println;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(50);

type Outcome<T = ()> = Result<T, String>;

fn main() {
    oneloop::run(async {
        println!("-- all succeed: the block has their values");
        let sum = TaskGroup::scope(async |group| {
            let one = group.create_task(weigh("apple", 2));
            let two = group.create_task(weigh("pear", 1));
            Outcome::Ok(one.await.unwrap() + two.await.unwrap())
        });
        println!("together: {} ticks", sum.await.unwrap());

        println!("-- one fails: all end, and every error is told");
        let failed = TaskGroup::scope(async |group| {
            group.spawn(copy("photos", 9, "the disk is full"));
            group.spawn(crash("the plug was pulled", 2));
            Outcome::Ok(())
        });
        println!("{}", failed.await.unwrap_err());

        println!("-- nothing left to do: the group is ended early");
        let found = TaskGroup::scope(async |group| {
            group.spawn(copy("music", 9, ""));
            sleep(TICK).await;
            group.cancel();
            Outcome::Ok("found it")
        });
        println!("{}", found.await.unwrap());
    });
}

async fn weigh(name: &str, ticks: u32) -> Outcome<u32> {
    sleep(ticks * TICK).await;
    println!("{name}: weighed");
    Ok(ticks)
}

async fn crash(why: &str, ticks: u32) -> Outcome {
    sleep(ticks * TICK).await;
    Err(why.to_owned())
}

/// Copies for so many ticks, and closes its file in any case, which may fail.
async fn copy(name: &str, ticks: u32, trouble: &str) -> Outcome {
    let copied = catch(sleep(ticks * TICK)).await;
    println!("{name}: closes its file");
    sleep(TICK).await;
    match copied {
        Err(cancelled) if !trouble.is_empty() => {
            cancelled.suppress(); // An error takes its place.
            Err(format!("{name}: {trouble}"))
        }
        copied => {
            println!("{name}: has closed it");
            copied.or_resume().await;
            Ok(())
        }
    }
}
