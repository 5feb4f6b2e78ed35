//! Leaving a loop early does not finish its generator; `aclose` runs its clean-up, awaits included, and afterwards it is exhausted.

use crate::{py, run};
use oneloop::stream::{Generator, Yielder, generator};
use oneloop::{for_await, sleep, try_finally};
use std::time::Duration;

fn items() -> Generator<i32> {
    generator(async |yielder: Yielder<i32>| {
        try_finally!({
            for i in 0..5 {
                yielder.give(i).await;
            }
        } finally {
            sleep(Duration::from_millis(10)).await;
            println!("generator closed");
        })
    })
}

pub(crate) fn main() {
    run(async {
        let mut items = items();
        for_await!(x in &mut items => {
            println!("item {x}");
            if x == 1 {
                break;
            }
        });
        println!("left the loop; not closed yet");
        items.aclose().await;
        let mut rest: Vec<i32> = vec![];
        for_await!(x in items => { rest.push(x) });
        println!("rest {}", py(rest));
    });
}
