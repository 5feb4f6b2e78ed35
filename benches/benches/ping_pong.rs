//! Messages between two tasks, over a slot both sides share and over each side's own channels; and ten thousand wakes.
//!
//! `src/twice/workload` says what each operation does, `pairs` how both sides are set against each other.

#![forbid(unsafe_code)]

mod pairs;

use criterion::{Criterion, criterion_group, criterion_main};
use oneloop_benches::scenario::Scenario;

fn ping_pong(criterion: &mut Criterion) {
    pairs::compare(
        criterion,
        &[
            Scenario::PingPong,
            Scenario::Oneshot,
            Scenario::Channel,
            Scenario::WakeStorm,
        ],
    );
}

criterion_group!(benches, ping_pong);
criterion_main!(benches);
