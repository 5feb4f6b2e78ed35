//! A running timeout can be moved later, moved earlier or switched off; its last setting counts.

use crate::run;
use oneloop::time::{Elapsed, Timeout};
use oneloop::{now, sleep};
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let limit = Timeout::after(Duration::from_millis(20));
        let body = async {
            limit.reschedule(now() + Duration::from_secs(2)).unwrap();
            sleep(Duration::from_millis(50)).await;
            println!("moved later: not expired");
            limit.reschedule(None).unwrap();
            println!("when {:?}", limit.when());
            sleep(Duration::from_millis(10)).await;
        };
        limit.run(body).await.unwrap();

        let limit = Timeout::after(Duration::from_secs(5));
        let body = async {
            limit.reschedule(now() + Duration::from_millis(20)).unwrap();
            sleep(Duration::from_secs(5)).await;
        };
        if let Err(Elapsed) = limit.run(body).await {
            println!("moved earlier: TimeoutError");
        }
        if limit.reschedule(now() + Duration::from_secs(1)).is_err() {
            println!("reschedule after the end: RuntimeError");
        }
    });
}
