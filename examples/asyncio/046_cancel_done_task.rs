//! `cancel` on a task that has ended returns false and changes nothing.

use crate::{py, run};
use oneloop::create_task;

pub(crate) fn main() {
    run(async {
        let task = create_task(async { 9 });
        (&task).await.unwrap();
        println!(
            "cancel {} | cancelled {} | result {} | cancelling {}",
            py(task.cancel()),
            py(task.cancelled()),
            (&task).await.unwrap(),
            task.cancelling()
        );
    });
}
