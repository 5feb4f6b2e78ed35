//! `for_await!` awaits each next item, lets other tasks run whenever that suspends, and ends when the stream says that there are no more.
//!
//! Feature row 45.
//! order: fifo

use crate::{py, run};
use oneloop::stream::{Generator, IntoStream, Yielder, generator};
use oneloop::{create_task, for_await, yield_now};

/// What Python's class does in `__anext__`, a generator's body does from top to bottom.
struct Reader(i32);

impl IntoStream for Reader {
    type Item = i32;
    type IntoStream = Generator<i32>;

    fn into_stream(self) -> Generator<i32> {
        generator(async move |yielder: Yielder<i32>| {
            for left in (0..self.0).rev() {
                yield_now().await;
                yielder.give(left).await;
            }
        })
    }
}

async fn loop_over(name: &str) {
    for_await!(x in Reader(3) => {
        println!("{name} {x}");
    });
    println!("{name} exhausted");
}

pub(crate) fn main() {
    run(async {
        let (a, b) = (create_task(loop_over("a")), create_task(loop_over("b")));
        a.await.and(b.await).unwrap();
        let mut odd = vec![];
        for_await!(x in Reader(4) => {
            if x % 2 == 1 {
                odd.push(x);
            }
        });
        println!("{}", py(odd));
    });
}
