//! A request that is never delivered, because the task ends first, changes nothing of its outcome.
//!
//! differs: asyncio throws the value away and ends the task as cancelled; here a value that is there stays.

use crate::{py, run};
use oneloop::{create_task, current_task};

async fn ends() -> Result<&'static str, &'static str> {
    current_task().unwrap().cancel();
    Ok("value")
}

async fn fails() -> Result<&'static str, &'static str> {
    current_task().unwrap().cancel();
    Err("ValueError")
}

pub(crate) fn main() {
    run(async {
        let (task, failing) = (create_task(ends()), create_task(fails()));
        (&task).await.unwrap().unwrap();
        let error = (&failing).await.unwrap().unwrap_err();
        println!(
            "returned after self-cancel: cancelled {}",
            py(task.cancelled())
        );
        let cancelled = py(failing.cancelled());
        println!("raised after self-cancel: cancelled {cancelled} exception {error}");
    });
}
