//! An observer hears each step of the loop; this one prints every turn in sentences.
//!
//! Watch: what a task makes ready runs in the same turn, behind all that was ready before. A turn
//! that has nothing to run waits, for the next timer or a socket. Each wake says who did it. The clock
//! is paused: it jumps where a real one would let the loop sleep, so the figures are exact.

use oneloop::sync::oneshot;
use oneloop::trace::TextObserver;
use oneloop::{Loop, Task, mark, sleep, task};
use std::io;
use std::time::Duration;

fn main() -> io::Result<()> {
    let event_loop = Loop::builder()
        .paused_clock()
        .observer(TextObserver::new(io::stdout()))
        .build()?;
    event_loop.block_on(async {
        let (send, receive) = oneshot::channel();
        let cook = named("cook", async {
            sleep(Duration::from_millis(20)).await;
            send.send("soup").unwrap();
        });
        let guest = named("guest", async {
            let dish = receive.await.unwrap();
            mark(&format!("the guest eats {dish}"));
        });
        let bored = named("bored", sleep(Duration::from_secs(3600)));
        guest.await.unwrap();
        cook.await.unwrap();
        bored.cancel();
        bored.await.unwrap_err();
    });
    Ok(())
}

#[track_caller]
fn named(name: &str, future: impl Future<Output = ()> + 'static) -> Task<()> {
    task::Builder::new().name(name).create_task(future)
}
