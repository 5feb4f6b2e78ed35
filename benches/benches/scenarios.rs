//! Every scenario that runs in one process, by criterion: a group for a scenario, a line in it for each peer that this
//! build has and that can do it.
//!
//! `src/twice/workload` says what each operation does. The times of a cell are short, so that a whole run ends in
//! minutes: `src/bin/compare` is the program that measures, this one shows distributions and what a change did.

#![forbid(unsafe_code)]

use std::time::Duration;

use criterion::{
    Bencher, BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use oneloop_benches::peer::Peer;
use oneloop_benches::scenario::Scenario;
use oneloop_benches::turn::{Workload, sleeps_of};

/// How long criterion warms a cell up, at least; a step longer than this is made once.
const WARM_UP: Duration = Duration::from_millis(200);

/// How long it means to measure a cell.
const MEASUREMENT: Duration = Duration::from_millis(800);

/// The fewest samples that it makes: of steps that take longer than their share of the time, each has one.
const SAMPLES: usize = 10;

/// How often it draws from ten samples to say how sure it is: often enough, in a tenth of its usual time.
const RESAMPLES: usize = 10_000;

fn scenarios(criterion: &mut Criterion) {
    for &scenario in Scenario::ALL {
        let mut group = criterion.benchmark_group(scenario.name());
        group.warm_up_time(WARM_UP).measurement_time(MEASUREMENT);
        group.sample_size(SAMPLES).sampling_mode(SamplingMode::Flat);
        group.nresamples(RESAMPLES);
        group.throughput(Throughput::Elements(scenario.per_step()));
        for &peer in Peer::ALL {
            if let Ok(workload) = peer.workload(scenario) {
                add(&mut group, peer, scenario, workload);
            }
        }
        group.finish();
    }
}

fn add(
    group: &mut BenchmarkGroup<'_, WallTime>,
    peer: Peer,
    scenario: Scenario,
    workload: Workload,
) {
    match workload {
        // The time is taken inside the loop, so that making the loop is not measured.
        Workload::Timed(run) => {
            group.bench_function(peer.name(), |bencher| bencher.iter_custom(run));
        }
        // What is shown as the time of one is how late it ended.
        Workload::Late(run) => {
            let late = |bencher: &mut Bencher<'_>| {
                bencher.iter_custom(|count| run(sleeps_of(scenario, count)).into_iter().sum());
            };
            group.bench_function(peer.name(), late);
        }
        // Bytes are no time, and a server is measured from outside.
        Workload::Bytes(_) | Workload::Serve(_) => {}
    }
}

criterion_group!(benches, scenarios);
criterion_main!(benches);
