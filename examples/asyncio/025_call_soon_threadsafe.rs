//! `call_soon_threadsafe` wakes a loop that sleeps in the kernel, and keeps the caller's order.
//!
//! order: fifo
//! clock: real

use crate::run;
use oneloop::{Loop, wait_for};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

/// What the thread leaves for the task. A `Promise` stays on its loop's thread; a waker may travel.
#[derive(Default)]
struct Slot {
    value: Option<&'static str>,
    waiter: Option<Waker>,
}

async fn receive(slot: &Mutex<Slot>) -> &'static str {
    poll_fn(|context| {
        let mut slot = slot.lock().unwrap();
        slot.waiter = Some(context.waker().clone());
        slot.value.take().map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

fn set_result(slot: &Mutex<Slot>, value: &'static str) {
    let mut slot = slot.lock().unwrap();
    slot.value = Some(value);
    if let Some(waiter) = slot.waiter.take() {
        waiter.wake();
    }
}

pub(crate) fn main() {
    run(async {
        let remote = Loop::current().unwrap().remote();
        let slot = Arc::new(Mutex::new(Slot::default()));
        let answer = slot.clone();
        let thread = thread::spawn(move || {
            thread::sleep(Duration::from_millis(30));
            for number in 0..3 {
                let print = move || println!("from thread {number}");
                remote.call_soon_threadsafe(print).unwrap();
            }
            let set = move || set_result(&answer, "ready");
            remote.call_soon_threadsafe(set).unwrap();
        });
        println!("main waits with nothing else to do");
        let answer = wait_for(receive(&slot), Duration::from_secs(5)).await;
        println!("{}", answer.unwrap());
        thread.join().unwrap();
    });
}
