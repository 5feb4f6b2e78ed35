//! Starting tasks: joined in groups, joined one by one, and let go.
//!
//! `src/twice/workload` says what each operation does, `pairs` how both sides are set against each other.

#![forbid(unsafe_code)]

mod pairs;

use criterion::{Criterion, criterion_group, criterion_main};
use oneloop_benches::scenario::Scenario;

fn spawn_join(criterion: &mut Criterion) {
    pairs::compare(
        criterion,
        &[
            Scenario::SpawnJoin,
            Scenario::SpawnAwait,
            Scenario::SpawnDetached,
        ],
    );
}

criterion_group!(benches, spawn_join);
criterion_main!(benches);
