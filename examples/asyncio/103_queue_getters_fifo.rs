//! Those who wait to get are served in the order in which they came, and those who wait to put too.
//!
//! order: fifo

use crate::run;
use oneloop::sync::Queue;
use oneloop::{create_task, gather, yield_now};
use std::rc::Rc;

type Items = Rc<Queue<String>>;

async fn getter(queue: Items, number: u32) {
    println!("getter {number} got {}", queue.get().await.unwrap());
}

async fn putter(queue: Items, number: u32) {
    queue.put(number.to_string()).await.unwrap();
    println!("putter {number} done");
}

pub(crate) fn main() {
    run(async {
        let queue = Items::new(Queue::new(1));
        let getters = [0, 1, 2].map(|number| create_task(getter(queue.clone(), number)));
        yield_now().await;
        for item in ["x", "y", "z"] {
            queue.put(item.to_string()).await.unwrap();
        }
        gather(getters).await;

        queue.put_nowait("full".to_string()).unwrap();
        let putters = [0, 1, 2].map(|number| create_task(putter(queue.clone(), number)));
        yield_now().await;
        for _ in 0..4 {
            println!("taken {}", queue.get().await.unwrap());
            yield_now().await;
        }
        gather(putters).await;
    });
}
