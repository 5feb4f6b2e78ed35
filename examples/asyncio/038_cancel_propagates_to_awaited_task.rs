//! Who is cancelled while it awaits a task has that task cancelled first, and waits for its end.

use crate::{py, run};
use oneloop::cancel::{Caught, catch};
use oneloop::{Task, create_task, sleep};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

async fn layer(name: &'static str, inner: Option<Rc<Task<()>>>) {
    catch(async {
        match inner {
            Some(task) => (&*task).await.unwrap(),
            None => pending().await,
        }
    })
    .await
    .on_cancel(async || println!("{name} cancelled"))
    .await;
}

pub(crate) fn main() {
    run(async {
        let innermost = Rc::new(create_task(layer("innermost", None)));
        let middle = Rc::new(create_task(layer("middle", Some(innermost.clone()))));
        let outer = Rc::new(create_task(layer("outer", Some(middle.clone()))));
        sleep(Duration::from_millis(20)).await;
        outer.cancel();
        let mut cancelled = vec![];
        for task in [innermost, middle, outer] {
            let ended = (&*task).await;
            cancelled.push(ended.is_err_and(|error| error.is_cancelled()));
        }
        println!("{}", py(cancelled));
    });
}
