//! How a criterion bench sets sides against each other: one group for a scenario, one line for a side.

use criterion::{Criterion, Throughput};
use oneloop_benches::peer::Peer;
use oneloop_benches::scenario::Scenario;
use oneloop_benches::turn::Workload;

/// Adds a group for each scenario, with every peer in it that this build has and that can do it.
pub(crate) fn compare(criterion: &mut Criterion, scenarios: &[Scenario]) {
    for &scenario in scenarios {
        let mut group = criterion.benchmark_group(scenario.name());
        group.throughput(Throughput::Elements(scenario.per_step()));
        for peer in Peer::ALL {
            // The time is taken inside the loop, so that making the loop is not measured.
            if let Ok(Workload::Timed(run)) = peer.workload(scenario) {
                group.bench_function(peer.name(), |bencher| bencher.iter_custom(run));
            }
        }
        group.finish();
    }
}
