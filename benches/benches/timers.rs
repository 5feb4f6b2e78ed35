//! Timers set and dropped again, with an earlier one standing and as the earliest.
//!
//! `src/workload.rs` says what each operation does, `pairs` how both sides are set against each other.

#![forbid(unsafe_code)]

mod pairs;

use criterion::{Criterion, criterion_group, criterion_main};
use oneloop_benches::workload::Operation;

fn timers(criterion: &mut Criterion) {
    pairs::compare(
        criterion,
        &[Operation::TimerInsertCancel, Operation::TimerEarliest],
    );
}

criterion_group!(benches, timers);
criterion_main!(benches);
