//! oneloop made slower on purpose, so that the check of instruction counts can show that it would notice.

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::pin;

use oneloop::Task;

use super::Oneloop;
use crate::local::side::Side;

/// How many times each poll of a task does something useless: about 30 instructions.
const USELESS: u32 = 8;

/// oneloop with some instructions more in each poll of a task.
#[derive(Debug)]
pub struct Slowed;

impl Side for Slowed {
    type Task<T: 'static> = Task<T>;

    fn block_on<F>(main: F) -> F::Output
    where
        F: Future + 'static,
    {
        Oneloop::block_on(main)
    }

    fn spawn<F>(future: F) -> Task<F::Output>
    where
        F: Future + 'static,
    {
        Oneloop::spawn(async move {
            let mut future = pin!(future);
            poll_fn(|context| {
                for useless in 0..USELESS {
                    black_box(useless);
                }
                future.as_mut().poll(context)
            })
            .await
        })
    }
}
