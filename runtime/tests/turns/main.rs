//! What a turn of the loop does, and where it ends. Read `steps.rs` first, and `starvation.rs`, beside this
//! folder, next.

mod steps;
mod stop;

use oneloop::Loop;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// What happened, in order.
#[derive(Clone, Default)]
struct Story(Rc<RefCell<Vec<String>>>);

impl Story {
    fn tell(&self, event: impl Into<String>) {
        self.0.borrow_mut().push(event.into());
    }

    /// A callback that tells `event`.
    fn teller(&self, event: &str) -> impl FnOnce() + use<> {
        let (story, event) = (self.clone(), event.to_string());
        move || story.tell(event)
    }

    fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

fn paused() -> Loop {
    Loop::builder().paused_clock().build().unwrap()
}

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}
