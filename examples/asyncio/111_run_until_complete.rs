//! `block_on` turns a loop until a future is done; the loop can be used again until it is closed.
//!
//! Feature rows 17, 138.

use crate::{builder, py};
use oneloop::{LoopClosed, sleep};
use std::time::Duration;

async fn work(number: i32) -> Result<i32, i32> {
    sleep(Duration::from_millis(10)).await;
    if number < 0 { Err(number) } else { Ok(number) }
}

pub(crate) fn main() {
    let event_loop = builder().build().unwrap();
    let handle = event_loop.handle();
    println!(
        "running {} closed {}",
        py(event_loop.is_running()),
        py(handle.is_closed())
    );
    println!("{}", event_loop.block_on(work(1)).unwrap());
    if let Err(number) = event_loop.block_on(work(-1)) {
        println!("ValueError {number}");
    }
    let task = handle.create_task(work(3));
    println!("task made while stopped, done {}", py(task.done()));
    println!("{}", event_loop.block_on(task).unwrap().unwrap());

    // `close` takes the loop itself, so that only handles of it can be used too late.
    let remote = handle.remote();
    event_loop.close();
    println!("closed {}", py(handle.is_closed()));
    let here = handle
        .try_call_soon(|| println!("must not print"))
        .map(drop);
    let elsewhere = remote.call_soon_threadsafe(|| println!("must not print"));
    for refused in [here, elsewhere] {
        if let Err(LoopClosed) = refused {
            println!("RuntimeError Event loop is closed");
        }
    }
}
