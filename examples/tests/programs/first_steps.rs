//! The first programs: tasks and sleeps.

use crate::program::story;

#[test]
fn hello() {
    assert_eq!(story("hello", &[]), ["hello, loop"]);
}

#[test]
fn two_sleeps_overlap_as_tasks_on_one_thread() {
    let expected = [
        "One after the other:",
        "two futures are made, and nothing has run yet",
        "first goes to sleep",
        "first wakes up",
        "second goes to sleep",
        "second wakes up",
        "At the same time:",
        "two tasks are made, and run as soon as this one waits",
        "first goes to sleep",
        "second goes to sleep",
        "first wakes up",
        "second wakes up",
        "done, with 1 thread",
    ];
    assert_eq!(story("two_sleeps", &[]), expected);
}
