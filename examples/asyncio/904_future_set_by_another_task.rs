//! A promise is a place for a result: whoever awaits it goes on when another task has put one there.
//!
//! Feature row 27.

use crate::{py, run};
use oneloop::sync::Promise;
use oneloop::{create_task, sleep};
use std::time::Duration;

async fn set_after(promise: Promise<&'static str>) {
    sleep(Duration::from_millis(20)).await;
    promise.set_result("666").unwrap();
    println!("it is set");
}

pub(crate) fn main() {
    run(async {
        let promise = Promise::new();
        let setter = create_task(set_after(promise.clone()));
        println!("done before: {}", py(promise.done()));
        let data = (&promise).await.unwrap();
        println!("{data}");
        setter.await.unwrap();
    });
}
