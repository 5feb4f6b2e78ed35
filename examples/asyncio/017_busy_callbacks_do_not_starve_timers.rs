//! A callback that schedules itself for ever starves no timer: the loop looks at its timers, too.
//!
//! A paused clock moves only when nothing is ready, which is never here.
//!
//! order: fifo
//! clock: real
//!
//! Pain 25.

use crate::{py, run};
use oneloop::{call_later, call_soon, sleep};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

#[derive(Default)]
struct State {
    stop: Cell<bool>,
    spins: Cell<u64>,
}

fn spin(state: Rc<State>) {
    state.spins.set(state.spins.get() + 1);
    if !state.stop.get() {
        call_soon(|| spin(state));
    }
}

pub(crate) fn main() {
    run(async {
        let state = Rc::new(State::default());
        let spinning = state.clone();
        call_soon(|| spin(spinning));
        call_later(Duration::from_millis(30), move || {
            state.stop.set(true);
            let many = state.spins.get() > 3;
            println!("timer fired, spins more than 3: {}", py(many));
        });
        sleep(Duration::from_millis(60)).await;
        println!("end");
    });
}
