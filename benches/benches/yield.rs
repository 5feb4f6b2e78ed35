//! Yielding: one task and a thousand that wake themselves, and each runtime's own `yield_now`.
//!
//! `src/twice/workload` says what each operation does, `pairs` how both sides are set against each other.

#![forbid(unsafe_code)]

mod pairs;

use criterion::{Criterion, criterion_group, criterion_main};
use oneloop_benches::scenario::Scenario;

fn yields(criterion: &mut Criterion) {
    pairs::compare(
        criterion,
        &[Scenario::YieldSelf, Scenario::Yield1000, Scenario::YieldNow],
    );
}

criterion_group!(benches, yields);
criterion_main!(benches);
