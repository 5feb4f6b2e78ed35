//! A future that was never polled runs nothing when it is dropped; a suspended one is unwound.
//!
//! Feature row 2.

use crate::run;
use oneloop::sleep;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

struct Unwound(&'static str);

impl Drop for Unwound {
    fn drop(&mut self) {
        println!("{} unwound", self.0);
    }
}

async fn body(name: &'static str) {
    println!("{name} started");
    let _finally = Unwound(name);
    sleep(Duration::from_secs(5)).await;
}

pub(crate) fn main() {
    run(async {
        drop(body("never awaited"));
        {
            let mut suspended = pin!(body("suspended"));
            poll_fn(|context| Poll::Ready(suspended.as_mut().poll(context).is_pending())).await;
        }
        println!("end");
    });
}
