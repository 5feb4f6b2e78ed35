//! Cancellation at every await, for everything public that awaits: a table of scenarios, each of which
//! `testing::cancel_at_every_await` interrupts wherever it waits, held against the list of what there
//! is in the sources. An item that no scenario awaits fails the test, and so does a scenario whose
//! item is gone.
//!
//! Read `registry.rs` first, then the tables in the order below. `public_async.rs` makes the list.
//! The same for sockets: `net/tests/every_await`.

#[path = "../tidy/blank.rs"]
mod blank;
mod headers;
mod public_async;
mod made_up;
mod registry;
mod workers;
mod locks;
mod carriers;
mod time;
mod tasks;
mod jobs;
mod combined;
mod streamed;
mod cancelling;

use registry::Row;

/// Pains 12, 20.
#[test]
fn whatever_awaits_loses_nothing_at_any_of_its_awaits() {
    let rows: Vec<Row> = [
        locks::ROWS,
        carriers::ROWS,
        time::ROWS,
        tasks::ROWS,
        jobs::ROWS,
        combined::ROWS,
        streamed::ROWS,
        cancelling::ROWS,
    ]
    .concat();
    registry::check(concat!(env!("CARGO_MANIFEST_DIR"), "/src"), &[], &rows);
}
