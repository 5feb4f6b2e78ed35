//! Timers set and dropped again, with an earlier one standing and as the earliest.
//!
//! `src/twice/workload` says what each operation does, `pairs` how both sides are set against each other.

#![forbid(unsafe_code)]

mod pairs;

use criterion::{Criterion, criterion_group, criterion_main};
use oneloop_benches::scenario::Scenario;

fn timers(criterion: &mut Criterion) {
    pairs::compare(criterion, &[Scenario::TimerCancel, Scenario::TimerEarliest]);
}

criterion_group!(benches, timers);
criterion_main!(benches);
