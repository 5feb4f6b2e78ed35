//! `gather` gives the outputs in the order of its arguments, whoever is first.
//!
//! Feature row 28.

use crate::{py, run};
use oneloop::{gather, sleep};
use std::time::Duration;

async fn work(name: &str, milliseconds: u64) -> &str {
    sleep(Duration::from_millis(milliseconds)).await;
    println!("finished {name}");
    name
}

pub(crate) fn main() {
    run(async {
        let outputs = gather([work("a", 60), work("b", 20), work("c", 40)]).await;
        println!("{}", py(outputs));
    });
}
