//! A `PriorityQueue` gives the smallest item first, a `LifoQueue` the newest; `_nowait` never waits.

use crate::{py, run};
use oneloop::sync::queue::{GetNowaitError, PutNowaitError};
use oneloop::sync::{LifoQueue, PriorityQueue, Queue};

/// What stands in the loop of the Python twin. The three kinds are types of their own here.
macro_rules! fill_and_empty {
    ($Kind:ident) => {
        let queue = $Kind::new(4);
        for number in [3, 1, 4, 2] {
            queue.put_nowait(number).unwrap();
        }
        if let Err(PutNowaitError::Full(0)) = queue.put_nowait(0) {
            print!("QueueFull ");
        }
        let items: Vec<i32> = (0..4).map(|_| queue.get_nowait().unwrap()).collect();
        print!("{} {} ", stringify!($Kind), py(items));
        if let Err(GetNowaitError::Empty) = queue.get_nowait() {
            println!("QueueEmpty");
        }
    };
}

pub(crate) fn main() {
    run(async {
        fill_and_empty!(Queue);
        fill_and_empty!(LifoQueue);
        fill_and_empty!(PriorityQueue);
    });
}
