//! How a criterion bench sets both sides against each other: one group for an operation, one line for a side.

use criterion::{Criterion, Throughput};
use oneloop_benches::side::{Oneloop, Side, Tokio};
use oneloop_benches::workload::Operation;

/// Adds a group for each operation, with both sides in it.
pub(crate) fn compare(criterion: &mut Criterion, operations: &[Operation]) {
    for &operation in operations {
        let mut group = criterion.benchmark_group(operation.name());
        group.throughput(Throughput::Elements(operation.per_step()));
        // The time is taken inside the loop, so that making the loop is not measured.
        group.bench_function(Tokio::NAME, |bencher| {
            bencher.iter_custom(|steps| operation.run::<Tokio>(steps));
        });
        group.bench_function(Oneloop::NAME, |bencher| {
            bencher.iter_custom(|steps| operation.run::<Oneloop>(steps));
        });
        group.finish();
    }
}
