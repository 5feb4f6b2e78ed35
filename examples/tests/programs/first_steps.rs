//! The first programs: tasks and sleeps.

use crate::program::story;

#[test]
fn hello() {
    assert_eq!(story("hello", &[]), ["hello, loop"]);
}

#[test]
fn hello_is_what_the_readme_shows_in_ten_lines() {
    let (readme, hello) = (
        include_str!("../../../README.md"),
        include_str!("../../hello.rs"),
    );
    let (_comment, code) = hello
        .split_once("\nuse ")
        .expect("a comment, then the code");
    // The README sets a blank line where the program's comment stands.
    assert!(readme.contains(&format!("```rust\nuse {code}```")));
    assert!(hello.lines().count() <= 10);
}

/// Feature row 1.
#[test]
fn the_picture_of_a_turn_is_the_same_everywhere_and_names_the_steps_of_the_source() {
    let picture = |text: &'static str| -> Vec<&str> {
        let lines = text
            .lines()
            .map(|line| line.trim_start_matches("//!").trim());
        lines
            .skip_while(|line| !line.starts_with('┌'))
            .take_while(|line| *line != "```")
            .collect()
    };
    let readme = picture(include_str!("../../../README.md"));
    assert_eq!(readme, picture(include_str!("../../../runtime/src/lib.rs")));

    // A step is a number and a word.
    let step = |line: &'static str| {
        let (number, rest) = line.trim().split_once(' ')?;
        number.parse::<u32>().ok()?;
        let word = rest.trim_start().split([' ', ':']).next()?;
        Some((number, word))
    };
    let drawn = readme
        .iter()
        .filter_map(|line| step(line.split_once('│')?.1));
    let turn = include_str!("../../../runtime/src/event_loop/turn.rs");
    let written = turn
        .lines()
        .filter_map(|line| step(line.trim().strip_prefix("// ")?));
    let drawn: Vec<_> = drawn.collect();
    assert_eq!(drawn.len(), 7);
    assert_eq!(drawn, written.collect::<Vec<_>>());
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

#[test]
fn the_four_things_that_one_does_with_tasks() {
    let expected = [
        "-- create_task: it runs by itself, and is awaited for its value",
        "the soup is ordered",
        "soup: into the pan",
        "soup: done",
        "served: soup",
        "-- gather: all at once, the answers in the order of the arguments",
        "fish: into the pan",
        "rice: into the pan",
        "rice: done",
        "fish: done",
        "served: fish and rice",
        "-- wait with a timeout: some are done, some are not",
        "cake: into the pan",
        "fruit: into the pan",
        "ice: into the pan",
        "fruit: done",
        "ice: done",
        "served: fruit",
        "served: ice",
        "not done yet: 1",
        "-- cancel: the task ends where it stands",
        "cake: given up, the pan is washed",
        "the cake: the task was cancelled",
        "-- timeout: one future, and no longer than this",
        "roast: into the pan",
        "roast: given up, the pan is washed",
        "the roast: the time was over before the result was there",
    ];
    assert_eq!(story("gather_and_wait", &[]), expected);
}
