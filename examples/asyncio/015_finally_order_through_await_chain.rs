//! An error climbs out of a chain of awaits innermost first; each level's clean-up may await.

use crate::run;
use oneloop::{create_task, try_finally, yield_now};

async fn level(number: u32) -> Result<(), &'static str> {
    try_finally!({
        match number {
            0 => Err("deep"),
            _ => Box::pin(level(number - 1)).await,
        }
    } finally {
        println!("finally enter {number}");
        yield_now().await;
        println!("finally leave {number}");
    })
}

pub(crate) fn main() {
    run(async {
        if let Err(error) = create_task(level(2)).await.unwrap() {
            println!("main caught {error}");
        }
    });
}
