//! If the body makes another error of the timeout's request, or a value, that is what comes out.

use crate::{py, run};
use oneloop::cancel::catch;
use oneloop::time::Timeout;
use oneloop::{current_task, sleep};
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let first = Timeout::after(Duration::from_millis(20));
        let body = async {
            let slept = catch(sleep(Duration::from_secs(5))).await;
            slept.map_err(|_cancelled| "KeyError 'from block'")
        };
        if let Ok(Err(error)) = first.run(body).await {
            println!("{error} | expired {}", py(first.expired()));
        }

        let second = Timeout::after(Duration::from_millis(20));
        let body = async {
            if let Err(cancelled) = catch(sleep(Duration::from_secs(5))).await {
                cancelled.suppress();
                println!("swallowed in the block");
            }
        };
        second.run(body).await.unwrap();
        let (expired, cancelling) = (py(second.expired()), current_task().unwrap().cancelling());
        println!("no error | expired {expired} | cancelling {cancelling}");
    });
}
