//! `abort` breaks a barrier: who waits there, and who comes later, gets an error until `reset`.

use crate::{py, run};
use oneloop::sync::{Barrier, BrokenBarrier};
use oneloop::{create_task, gather, sleep};
use std::rc::Rc;
use std::time::Duration;

async fn party(barrier: Rc<Barrier>, name: &str) {
    match barrier.wait().await {
        Ok(_index) => println!("{name} passed"),
        Err(BrokenBarrier) => println!("{name} BrokenBarrierError"),
    }
}

pub(crate) fn main() {
    run(async {
        let barrier = Rc::new(Barrier::new(2));
        let early = create_task(party(barrier.clone(), "early"));
        sleep(Duration::from_millis(10)).await;
        barrier.abort();
        early.await.unwrap();
        println!("broken {}", py(barrier.broken()));
        party(barrier.clone(), "late").await;
        barrier.reset();
        gather([party(barrier.clone(), "x"), party(barrier.clone(), "y")]).await;
    });
}
