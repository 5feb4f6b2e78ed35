//! A task has a name, given when it is made or later, and `Task-` and its number without one.
//!
//! Feature row 23.

use crate::{py, run};
use oneloop::task::Builder;
use oneloop::{create_task, current_task};

async fn show() {
    println!("running as {}", current_task().unwrap().name());
}

fn is_automatic(name: &str) -> bool {
    let digits = name.strip_prefix("Task-").unwrap_or_default();
    digits.parse::<u64>().is_ok()
}

pub(crate) fn main() {
    run(async {
        let root = current_task().unwrap().name();
        println!("root auto-named {}", py(root.starts_with("Task-")));
        let task = Builder::new().name("fetcher").create_task(show());
        println!("{}", task.name());
        task.set_name("renamed");
        task.await.unwrap();

        let task = create_task(show());
        let name = task.name();
        let (starts, digits) = (py(name.starts_with("Task-")), py(is_automatic(&name)));
        println!("auto-named {starts} {digits}");
        task.set_name("was-auto");
        task.await.unwrap();
    });
}
