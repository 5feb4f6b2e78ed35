//! The smallest program. Watch: the task runs while `main` sleeps, on the same thread.
use std::time::Duration;

fn main() {
    oneloop::run(async {
        let task = oneloop::create_task(async { "loop" });
        oneloop::sleep(Duration::from_millis(10)).await;
        println!("hello, {}", task.await.unwrap());
    });
}
