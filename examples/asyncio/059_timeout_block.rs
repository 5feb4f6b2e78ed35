//! A timeout cancels its body, which sees the request; code around it gets `Err(Elapsed)` and goes on.

use crate::{py, run};
use oneloop::cancel::{Caught, catch};
use oneloop::time::{Elapsed, Timeout};
use oneloop::{current_task, sleep};
use std::time::Duration;

fn cancelling() -> u32 {
    current_task().unwrap().cancelling()
}

pub(crate) fn main() {
    run(async {
        let quick = Timeout::after(Duration::from_secs(1));
        quick.run(sleep(Duration::from_millis(10))).await.unwrap();
        println!("quick expired {}", py(quick.expired()));

        let slow = Timeout::after(Duration::from_millis(20));
        let body = async {
            let report = async || println!("inside: CancelledError, cancelling {}", cancelling());
            catch(sleep(Duration::from_secs(5)))
                .await
                .on_cancel(report)
                .await;
        };
        if let Err(Elapsed) = slow.run(body).await {
            println!("outside: TimeoutError, cancelling {}", cancelling());
        }
        println!("slow expired {}", py(slow.expired()));

        Timeout::never()
            .run(sleep(Duration::from_millis(10)))
            .await
            .unwrap();
        println!("no deadline, no error");
    });
}
