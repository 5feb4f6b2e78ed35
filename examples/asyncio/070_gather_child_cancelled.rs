//! One child that somebody cancels is an error of `try_gather`, not a cancellation of its awaiter.
//!
//! Feature row 28.

use crate::{py, run};
use oneloop::{call_later, create_task, current_task, shield, sleep, try_gather};
use std::rc::Rc;
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let first = Rc::new(create_task(sleep(Duration::from_secs(5))));
        let second = create_task(async {
            sleep(Duration::from_millis(30)).await;
            "b value"
        });
        let victim = first.clone();
        call_later(Duration::from_millis(10), move || {
            victim.cancel();
        });
        if let Err(error) = try_gather((&*first, shield(&second))).await {
            assert!(error.is_cancelled());
            let cancelling = current_task().unwrap().cancelling();
            println!("CancelledError from gather; cancelling {cancelling}");
        }
        println!(
            "b cancelled {} done {}",
            py(second.cancelled()),
            py(second.done())
        );
        println!("{}", second.await.unwrap());
    });
}
