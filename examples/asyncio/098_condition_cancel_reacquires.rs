//! Who is cancelled while it waits for a condition takes the lock again before the request goes on.

use crate::{py, run};
use oneloop::cancel::{Caught, catch};
use oneloop::sync::Condition;
use oneloop::{create_task, sleep, wait};
use std::rc::Rc;
use std::time::Duration;

async fn waiter(condition: Rc<Condition>) {
    let mut guard = condition.lock().await;
    catch(guard.wait())
        .await
        .on_cancel(async || println!("cancelled; lock held: {}", py(condition.locked())))
        .await;
}

pub(crate) fn main() {
    run(async {
        let condition = Rc::new(Condition::new(()));
        let task = create_task(waiter(condition.clone()));
        sleep(Duration::from_millis(10)).await;
        {
            let _guard = condition.lock().await;
            task.cancel();
            sleep(Duration::from_millis(20)).await;
            println!("main holds the lock; waiter done {}", py(task.done()));
        }
        let waited = wait([task]).await;
        let cancelled = waited.done[0].cancelled();
        println!(
            "cancelled {} locked {}",
            py(cancelled),
            py(condition.locked())
        );
    });
}
