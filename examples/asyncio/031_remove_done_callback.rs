//! A promise's callback can be taken away again, until the promise is done.
//!
//! asyncio knows a callback by equality, and takes away all that are equal. Closures are never equal
//! here: each registration has a key of its own.

use crate::run;
use oneloop::sleep;
use oneloop::sync::Promise;
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let promise = Promise::new();
        let first = promise.add_done_callback(|_| println!("a"));
        promise.add_done_callback(|_| println!("b"));
        let third = promise.add_done_callback(|_| println!("a"));

        let remove = || {
            let keys = [first, third].into_iter();
            keys.filter(|key| promise.remove_done_callback(*key))
                .count()
        };
        println!("removed {}", remove());
        println!("removed {}", remove());
        promise.set_result(()).unwrap();
        sleep(Duration::from_millis(10)).await;
        println!("end");
    });
}
