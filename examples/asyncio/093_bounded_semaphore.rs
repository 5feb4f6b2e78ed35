//! A `BoundedSemaphore` takes no more permits back than it had; a plain `Semaphore` grows.

use crate::{py, run};
use oneloop::sync::{BoundedSemaphore, Semaphore};

pub(crate) fn main() {
    run(async {
        let bounded = BoundedSemaphore::new(1);
        bounded.acquire().await.forget(); // To release it by hand.
        bounded.release().unwrap();
        if bounded.release().is_err() {
            println!("bounded: ValueError");
        }

        let plain = Semaphore::new(0);
        plain.release();
        plain.release();
        let _permits = (plain.acquire().await, plain.acquire().await);
        println!(
            "plain: two permits from nothing; locked {}",
            py(plain.locked())
        );

        // How many there are is a `usize`, so the conversion fails and not the semaphore.
        if usize::try_from(-1).map(Semaphore::new).is_err() {
            println!("negative: ValueError");
        }
    });
}
