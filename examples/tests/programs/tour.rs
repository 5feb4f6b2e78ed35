//! The tour: its story, its table, and its turns.

use crate::program::story;
use std::time::{Duration, Instant};

/// The story up to the last chapter, which is the same with and without a trace.
const STORY: [&str; 16] = [
    "Three tasks sleep at the same time",
    "they want 150, 50 and 100 ms; none has begun yet",
    "the task that wanted 50 ms is awake",
    "the task that wanted 100 ms is awake",
    "the task that wanted 150 ms is awake",
    "all are awake, after 150 ms and not after 300",
    "An HTTP server starts, and one client asks it for three pages at once",
    "the page that takes 50 ms is here",
    "the page that takes 100 ms is here",
    "the page that takes 150 ms is here",
    "gathered in the order of the questions: page 150 | page 50 | page 100",
    "A page that takes an hour gets 100 ms",
    "Of three downloads, those that are not done after 150 ms are cancelled",
    "done: page 50",
    "done: page 100",
    "one still went on; after cancel() it says: the task was cancelled",
];

/// Whether the lines come in this order, with others in between.
fn told_in_order(story: &[String], expected: &[&str]) {
    let mut lines = story.iter();
    for line in expected {
        assert!(
            lines.any(|it| it == line),
            "`{line}` is missing or out of order in {story:#?}"
        );
    }
}

/// The value in a row of the table.
fn row<'a>(story: &'a [String], name: &str) -> &'a str {
    let line = story
        .iter()
        .find_map(|line| line.trim_start().strip_prefix(name));
    let line = line.unwrap_or_else(|| panic!("no row `{name}` in {story:#?}"));
    line.trim_start()
        .split("  ")
        .next()
        .expect("a split has a first part")
        .trim_end()
}

fn number(story: &[String], name: &str) -> u64 {
    row(story, name)
        .replace(',', "")
        .parse()
        .expect("it is a number")
}

#[test]
fn the_tour_tells_its_story_within_five_seconds() {
    let start = Instant::now();
    let story = story("tour", &[]);
    assert!(start.elapsed() < Duration::from_secs(5));
    told_in_order(&story, &STORY);
    // Seven pages, and what 16 clients got in a second on the slowest machine one can think of.
    assert!(number(&story, "requests served") > 7 + 16);
    assert!(number(&story, "turns") > 0);
    assert!(number(&story, "polls") >= number(&story, "requests served"));
    assert!(number(&story, "wakes") > 0);
    for name in ["latency, p50", "latency, p99"] {
        let value = row(&story, name)
            .strip_suffix(" ms")
            .expect("it is in milliseconds");
        assert!(value.parse::<f64>().unwrap() > 0.0);
    }
    if cfg!(target_os = "linux") {
        assert_eq!(number(&story, "threads"), 1);
        for name in ["time in our code", "time in the kernel"] {
            let value = row(&story, name)
                .strip_suffix(" s")
                .expect("it is in seconds");
            assert!(value.parse::<f64>().unwrap() < 5.0);
        }
    }
}

#[test]
fn the_tour_prints_its_turns_when_asked_to() {
    if !oneloop::trace::ENABLED {
        return; // Without the feature `trace` the program says so and ends.
    }
    let story = story("tour", &["--trace"]);
    told_in_order(&story, &STORY);
    let told = |part: &str| story.iter().any(|line| line.contains(part));
    assert!(told("turn 1"), "turns are numbered");
    assert!(told("the loop sleeps until "));
    assert!(
        told("(short) is woken by a timer"),
        "tasks are called by their names"
    );
    assert!(told(" is woken by a socket"));
    for name in [
        "(tcp listener 127.0.0.1:",
        "(tcp from 127.0.0.1:",
        " to 127.0.0.1:",
    ] {
        let named = |line: &String| line.contains(name) && line.ends_with(" can read");
        assert!(story.iter().any(named), "sockets have names: {name}");
    }
    // Seven pages and two clients with three questions each.
    assert_eq!(number(&story, "requests served"), 7 + 6);
}
