//! One wait may hold tasks of different kinds, here a plain sleep beside two that give something.
//!
//! `wait` takes tasks of one type, so what they give is boxed, and looked at afterwards. `gather`
//! takes a tuple of futures as they are, and keeps their types.
//!
//! Feature row 34.

use crate::run;
use oneloop::{Task, create_task, gather, sleep, wait};
use std::any::Any;
use std::time::Duration;

fn pause(milliseconds: u64) -> oneloop::time::Sleep {
    sleep(Duration::from_millis(milliseconds))
}

async fn number() -> u32 {
    pause(20).await;
    42
}

async fn word() -> &'static str {
    pause(40).await;
    "a word"
}

/// A task that gives whatever `work` gives, in a box.
fn boxed<T: 'static>(work: impl Future<Output = T> + 'static) -> Task<Box<dyn Any>> {
    create_task(async { Box::new(work.await) as Box<dyn Any> })
}

fn show(value: &dyn Any) {
    match (value.downcast_ref::<u32>(), value.downcast_ref::<&str>()) {
        (Some(number), _) => println!("the number {number}"),
        (_, Some(text)) => println!("the text {text}"),
        (None, None) => println!("nothing"),
    }
}

pub(crate) fn main() {
    run(async {
        let tasks = [boxed(pause(60)), boxed(number()), boxed(word())];
        let waited = wait(&tasks).await;
        let (done, pending) = (waited.done.len(), waited.pending.len());
        println!("{done} done, {pending} pending");
        for task in &tasks {
            show(&**task.result().unwrap().unwrap());
        }
        let (nothing, answer, text) = gather((pause(60), number(), word())).await;
        let values: [&dyn Any; 3] = [&nothing, &answer, &text];
        values.into_iter().for_each(show);
    });
}
