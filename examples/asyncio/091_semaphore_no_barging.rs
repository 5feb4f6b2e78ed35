//! A permit that is given back belongs to who waits longest: nobody takes it on the way.
//!
//! order: fifo
//!
//! Feature row 35.

use crate::{py, run};
use oneloop::sync::Semaphore;
use oneloop::{create_task, gather, yield_now};
use std::rc::Rc;

async fn waiter(semaphore: Rc<Semaphore>, name: &str) {
    let _permit = semaphore.acquire().await;
    println!("acquired by {name}");
}

pub(crate) fn main() {
    run(async {
        let semaphore = Rc::new(Semaphore::new(1));
        let permit = semaphore.acquire().await;
        let waiters = ["first", "second"].map(|name| create_task(waiter(semaphore.clone(), name)));
        yield_now().await;
        drop(permit);
        println!("released; locked() = {}", py(semaphore.locked()));
        let _permit = semaphore.acquire().await;
        println!("acquired again by main");
        gather(waiters).await;
    });
}
