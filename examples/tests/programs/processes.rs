//! Programs that start others, or themselves.

use crate::program::story;

#[test]
fn processes_are_talked_with_chained_and_bounded() {
    let expected = [
        "-- a conversation, line by line",
        "(the loop ticks meanwhile)",
        "twice 21 is 42",
        "twice 42 is 84",
        "it ended well: true",
        "-- one process writes what the next one reads",
        "apples, figs, pears",
        "-- four jobs, two at a time, 500 ms for each",
        "resize: done",
        "upload: took too long",
        "verify: exit status: 1",
        "notify: done",
    ];
    assert_eq!(story("pipeline", &[]), expected);
}

#[test]
fn a_process_pool_counts_beside_the_loop_and_survives_crashes() {
    let expected = [
        "this is the program",
        "(the loop ticks meanwhile)",
        "17984 primes below 200000",
        "25997 primes below 300000",
        "33860 primes below 400000",
        "41538 primes below 500000",
        "by 2 workers",
        "a worker has died, and it was not this program",
        "a function failed: no paper",
        "10 primes below 30",
    ];
    assert_eq!(story("process_pool", &[]), expected);
}
