//! Cancelling who awaits `wait` leaves the tasks alone, which `gather` would not.
//!
//! Feature row 30.

use crate::{py, run};
use oneloop::{Task, create_task, sleep, wait};
use std::rc::Rc;
use std::time::Duration;

async fn caller(task: Rc<Task<&'static str>>) {
    wait([&*task]).await;
}

pub(crate) fn main() {
    run(async {
        let task = Rc::new(create_task(async {
            sleep(Duration::from_millis(30)).await;
            "survived"
        }));
        let caller = create_task(caller(task.clone()));
        sleep(Duration::from_millis(10)).await;
        caller.cancel();
        if caller.await.is_err_and(|error| error.is_cancelled()) {
            let (cancelled, done) = (py(task.cancelled()), py(task.done()));
            println!("caller cancelled; task cancelled {cancelled} done {done}");
        }
        println!("{}", (&*task).await.unwrap());
    });
}
