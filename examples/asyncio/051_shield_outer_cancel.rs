//! Cancelling who awaits `shield` ends the awaiter only; the shielded task runs on.

use crate::{py, run};
use oneloop::cancel::{Caught, catch};
use oneloop::{Task, create_task, shield, sleep, wait};
use std::rc::Rc;
use std::time::Duration;

async fn inner() -> &'static str {
    sleep(Duration::from_millis(80)).await;
    println!("inner finished");
    "inner value"
}

async fn outer(task: Rc<Task<&'static str>>) {
    let shielded = catch(shield(&task)).await;
    let report = async || {
        let cancelled = py(task.cancelled());
        println!("outer cancelled; inner cancelled: {cancelled}");
    };
    shielded.on_cancel(report).await.unwrap();
}

pub(crate) fn main() {
    run(async {
        let inner = Rc::new(create_task(inner()));
        let outer = create_task(outer(inner.clone()));
        sleep(Duration::from_millis(10)).await;
        outer.cancel();
        wait([outer]).await;
        println!("outer done, inner done: {}", py(inner.done()));
        println!("{}", (&*inner).await.unwrap());
    });
}
