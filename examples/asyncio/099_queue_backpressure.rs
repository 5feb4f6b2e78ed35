//! `put` on a full queue waits until a `get` makes room; items come out in the order they went in.

use crate::{py, run};
use oneloop::sync::Queue;
use oneloop::{create_task, sleep};
use std::rc::Rc;
use std::time::Duration;

async fn producer(queue: Rc<Queue<u32>>) {
    for number in 0..4 {
        queue.put(number).await.unwrap();
        println!("put {number} size {}", queue.qsize());
    }
}

pub(crate) fn main() {
    run(async {
        let queue = Rc::new(Queue::new(2));
        let task = create_task(producer(queue.clone()));
        sleep(Duration::from_millis(10)).await;
        println!(
            "full {} producer done {}",
            py(queue.full()),
            py(task.done())
        );
        for _ in 0..4 {
            println!("got {}", queue.get().await.unwrap());
            sleep(Duration::from_millis(10)).await;
        }
        println!(
            "empty {} producer done {}",
            py(queue.empty()),
            py(task.done())
        );
    });
}
