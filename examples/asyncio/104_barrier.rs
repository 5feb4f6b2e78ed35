//! A barrier holds its parties until the last has come, and lets all pass; it can be used again.

use crate::{py, run};
use oneloop::sync::Barrier;
use oneloop::{gather, sleep};
use std::time::Duration;

async fn party(barrier: &Barrier, name: &str, milliseconds: u64) {
    for lap in 0..2 {
        sleep(Duration::from_millis(milliseconds)).await;
        let index = barrier.wait().await.unwrap();
        println!("lap {lap} party {name} index {index}");
    }
}

pub(crate) fn main() {
    run(async {
        let barrier = Barrier::new(3);
        println!(
            "parties {} waiting {}",
            barrier.parties(),
            barrier.n_waiting()
        );
        let parties = [("a", 10), ("b", 30), ("c", 50)];
        gather(parties.map(|(name, milliseconds)| party(&barrier, name, milliseconds))).await;
        println!(
            "waiting {} broken {}",
            barrier.n_waiting(),
            py(barrier.broken())
        );
    });
}
