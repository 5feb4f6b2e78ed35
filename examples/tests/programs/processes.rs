//! Programs that start others.

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
