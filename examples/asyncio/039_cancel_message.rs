//! `cancel_with` carries a message, to who catches the request and to who awaits the task.

use crate::run;
use oneloop::cancel::catch;
use oneloop::{create_task, sleep, wait};
use std::future::pending;
use std::time::Duration;

async fn victim() {
    if let Err(cancelled) = catch(pending::<()>()).await {
        println!("inside: {}", arguments(cancelled.message()));
        cancelled.resume().await;
    }
}

/// Python's `CancelledError.args`.
fn arguments(message: Option<&str>) -> String {
    match message {
        Some(message) => format!("('{message}',)"),
        None => "()".to_string(),
    }
}

pub(crate) fn main() {
    run(async {
        let task = create_task(victim());
        sleep(Duration::from_millis(10)).await;
        task.cancel_with("going home");
        if let Err(error) = task.await {
            println!("outside: {}", arguments(error.message()));
        }

        let task = create_task(victim());
        sleep(Duration::from_millis(10)).await;
        task.cancel();
        wait([task]).await;
    });
}
