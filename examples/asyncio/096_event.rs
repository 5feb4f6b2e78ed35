//! `set` wakes all who wait for an event, in their order, also if it is cleared at once.
//!
//! order: fifo

use crate::{py, run};
use oneloop::sync::Event;
use oneloop::{call_soon, create_task, wait, yield_now};
use std::rc::Rc;

async fn waiter(event: Rc<Event>, number: u32) {
    event.wait().await;
    println!("woke {number} True is_set {}", py(event.is_set()));
}

pub(crate) fn main() {
    run(async {
        let event = Rc::new(Event::new());
        let tasks = [0, 1, 2].map(|number| create_task(waiter(event.clone(), number)));
        yield_now().await;
        event.set();
        event.clear();
        wait(tasks).await;

        event.set();
        call_soon(|| println!("other callback"));
        event.wait().await;
        println!("no suspension on a set event");
        yield_now().await;
    });
}
