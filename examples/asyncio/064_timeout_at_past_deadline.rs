//! A timeout whose time has passed already still lets its body run up to the first suspension.
//!
//! Pain 11.

use crate::{py, run};
use oneloop::sync::{Event, Queue};
use oneloop::time::{Elapsed, Timeout};
use oneloop::{call_soon, now, sleep, timeout, timeout_at, yield_now};
use std::rc::Rc;
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let passed = now() - Duration::from_secs(1);
        let body = async {
            println!("body runs");
            sleep(Duration::from_secs(5)).await;
            println!("must not print");
        };
        if let Err(Elapsed) = timeout_at(passed, body).await {
            println!("TimeoutError at the first await");
        }

        let limit = Timeout::at(passed);
        let body = async { println!("a block that never suspends is not interrupted") };
        limit.run(body).await.unwrap();
        println!("expired {}", py(limit.expired()));

        let (event, queue) = (Rc::new(Event::new()), Rc::new(Queue::new(0)));
        at_once("sleep(0)", yield_now()).await;
        let setter = event.clone();
        call_soon(move || setter.set());
        at_once("event", event.wait()).await;
        let putter = queue.clone();
        call_soon(move || putter.put_nowait("an item").unwrap());
        at_once("queue", queue.get()).await;
        println!("{}", queue.get().await.unwrap());
    });
}

async fn at_once<T>(name: &str, future: impl Future<Output = T>) {
    match timeout(Duration::ZERO, future).await {
        Ok(_) => println!("{name} in time"),
        Err(Elapsed) => println!("{name} TimeoutError"),
    }
}
