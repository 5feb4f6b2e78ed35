//! oneloop with an observer that counts the events it hears: what it costs that somebody watches.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use oneloop::trace::Event;
use oneloop::{Loop, Task, create_task};

use crate::local::side::Side;

/// oneloop, watched.
#[derive(Debug)]
pub struct Observed;

impl Side for Observed {
    type Task<T: 'static> = Task<T>;

    fn block_on<F>(main: F) -> F::Output
    where
        F: Future + 'static,
    {
        let heard = Rc::new(Cell::new(0_u64));
        let counting = Rc::clone(&heard);
        let observer = move |_: Duration, _: &Event| counting.set(counting.get() + 1);
        let event_loop = Loop::builder().observer(observer).build();
        let event_loop = event_loop.expect("the kernel gives the loop its descriptors");
        let output =
            event_loop.block_on(async { create_task(main).await.expect("main does not panic") });
        assert!(heard.get() > 0, "it heard nothing");
        output
    }

    #[inline(always)]
    fn spawn<F>(future: F) -> Task<F::Output>
    where
        F: Future + 'static,
    {
        create_task(future)
    }
}
