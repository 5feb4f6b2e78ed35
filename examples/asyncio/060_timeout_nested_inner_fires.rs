//! In nested timeouts the inner one may fire and be handled, and the outer body goes on.

use crate::{py, run};
use oneloop::sleep;
use oneloop::time::{Elapsed, Timeout};
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let outer = Timeout::after(Duration::from_secs(2));
        let inner = Timeout::after(Duration::from_millis(20));
        let body = async {
            if let Err(Elapsed) = inner.run(sleep(Duration::from_secs(5))).await {
                println!("inner timed out");
            }
            sleep(Duration::from_millis(10)).await;
            println!("outer body goes on");
        };
        outer.run(body).await.unwrap();
        println!(
            "inner {} outer {}",
            py(inner.expired()),
            py(outer.expired())
        );
    });
}
