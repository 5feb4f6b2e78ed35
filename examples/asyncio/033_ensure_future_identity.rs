//! What can be awaited is handed through unchanged; `create_task` alone makes a task of a future.
//!
//! Feature rows 6, 21.

use crate::{py, run};
use oneloop::sync::Promise;
use oneloop::{Task, create_task};
use std::any::type_name_of_val;
use std::future::{Future, IntoFuture};

async fn work() -> &'static str {
    "from coro"
}

/// `IntoFuture` is what `.await` and all that takes futures call: Rust's `ensure_future`.
fn ensure_future<A: IntoFuture>(awaitable: A) -> A::IntoFuture {
    awaitable.into_future()
}

fn is_future(_: &impl Future) -> bool {
    true
}

pub(crate) fn main() {
    run(async {
        let promise = Promise::<()>::new();
        let future = ensure_future(promise.future());
        promise.cancel();
        println!("future unchanged {}", py(future.await.is_err()));

        let task = create_task(work());
        let id = task.id();
        let task = ensure_future(task);
        println!("task unchanged {}", py(task.id() == id));

        let made: Task<&str> = create_task(work());
        let is_task = type_name_of_val(&made).contains("Task");
        let done = made.done();
        println!("coroutine became a task {} done {}", py(is_task), py(done));
        println!("a task is a future {}", py(is_future(&made)));
        println!("{} / {}", task.await.unwrap(), made.await.unwrap());
    });
}
