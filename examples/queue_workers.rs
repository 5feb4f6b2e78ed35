//! A queue feeds workers: `put` waits for room, `join` until all is done, `shutdown` sends them home.
//!
//! Watch: there are three places in the queue, so who brings one more has to wait until one is
//! taken. `join` comes back when each parcel was not only taken but reported as done. After
//! `shutdown` every `get` fails, and that is how the workers learn that there is nothing left to do.

use oneloop::sync::Queue;
use oneloop::{create_task, sleep};
use oneloop_examples::println;
use std::rc::Rc;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(50);

fn main() {
    oneloop::run(async {
        let parcels = Rc::new(Queue::new(3));
        // Bob takes his time, so Ann takes the parcels.
        let workers = [("Ann", 1), ("Bob", 12)]
            .map(|(name, ticks)| create_task(work(name, ticks, parcels.clone())));
        for number in 1..=7 {
            if parcels.full() {
                println!("parcel {number} has to wait for a place");
            }
            parcels.put(number).await.unwrap();
            println!("parcel {number} is in the queue");
        }
        parcels.join().await;
        println!("all parcels are delivered");

        parcels.shutdown(false);
        for (worker, name) in workers.into_iter().zip(["Ann", "Bob"]) {
            let delivered = worker.await.unwrap();
            println!("{name} goes home, with {delivered} delivered");
        }
    });
}

async fn work(name: &str, ticks: u32, parcels: Rc<Queue<u32>>) -> u32 {
    let mut delivered = 0;
    while let Ok(number) = parcels.get().await {
        sleep(ticks * TICK).await;
        println!("{name} delivers parcel {number}");
        delivered += 1;
        parcels.task_done().unwrap();
    }
    delivered
}
