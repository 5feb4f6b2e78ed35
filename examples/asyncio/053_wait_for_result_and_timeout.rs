//! `wait_for` gives the result in time, or cancels what it waits for and gives `Err(Elapsed)`.

use crate::run;
use oneloop::cancel::{Caught, catch};
use oneloop::time::Elapsed;
use oneloop::{sleep, wait_for};
use std::time::Duration;

async fn work(duration: Duration) -> &'static str {
    catch(sleep(duration))
        .await
        .on_cancel(async || println!("inner cancelled"))
        .await;
    "slept"
}

pub(crate) fn main() {
    run(async {
        let short = Duration::from_millis(10);
        println!(
            "{}",
            wait_for(work(short), Duration::from_secs(1)).await.unwrap()
        );
        println!("{}", wait_for(work(short), None).await.unwrap());
        let long = work(Duration::from_secs(5));
        if let Err(Elapsed) = wait_for(long, Duration::from_millis(20)).await {
            println!("TimeoutError");
        }
    });
}
