//! A lock is handed to those who wait, in their order; who takes it again goes to the back.

use crate::run;
use oneloop::sync::Lock;
use oneloop::{gather, yield_now};

async fn job(lock: &Lock, number: u32) {
    for turn in 0..2 {
        let _guard = lock.lock().await;
        println!("holder {number} turn {turn}");
        yield_now().await;
    }
}

pub(crate) fn main() {
    run(async {
        let lock = Lock::new(());
        gather((0..3).map(|number| job(&lock, number))).await;
        if lock.release().is_err() {
            println!("release of an unlocked lock: RuntimeError");
        }
    });
}
