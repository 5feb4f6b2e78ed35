//! Scenarios of waiting for a signal: none is missed, and no handler's pipe stays open. This ends the
//! tables.

use crate::registry::{Row, three};
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::yield_now;
use oneloop_net::signal::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, Signal, hangup, interrupt, terminate};
use signal_hook::low_level::raise;
use std::cell::Cell;
use std::rc::Rc;

pub(crate) const ROWS: &[Row] = &[
    Row::new("a signal", 1, &["signal::Signal::recv"], || {
        cancel_at_every_await(receiving)
    }),
    Row::new(
        "signals that end programs",
        3,
        &["signal::terminate", "signal::interrupt", "signal::hangup"],
        || cancel_at_every_await(ending),
    ),
];

async fn receiving() -> Scenario {
    let (waits, _, looks) = three(Signal::new(SIGUSR1).unwrap());
    let (notes, _, came) = three(Cell::new(false));
    Scenario::new(async move {
        waits.recv().await.unwrap();
        notes.set(true);
    })
    .beside(async { raise(SIGUSR1).unwrap() })
    .after(async move {
        if !came.get() {
            // It was missed by nobody: it is the next one.
            looks.recv().await.unwrap();
        }
    })
}

/// Says so when it is dropped.
struct Done(Rc<Cell<bool>>);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

async fn ending() -> Scenario {
    const ALL: [i32; 3] = [SIGTERM, SIGINT, SIGHUP];
    // While these live, nobody is ended by a signal.
    let kept = ALL.map(|number| Signal::new(number).unwrap());
    let done = Rc::new(Cell::new(false));
    let ends = Done(done.clone());
    Scenario::new(async move {
        let _ends = ends;
        terminate().await.unwrap();
        interrupt().await.unwrap();
        hangup().await.unwrap();
    })
    .beside(async move {
        while !done.get() {
            for number in ALL {
                raise(number).unwrap();
            }
            yield_now().await;
        }
    })
    .after(async move { drop(kept) })
}
