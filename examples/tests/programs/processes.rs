//! Programs that start others, or themselves, or read what others write.

use crate::program::{program, story};
use std::io::Write;
use std::process::{Command, Stdio};

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

#[cfg(unix)]
#[test]
fn standard_input_is_read_while_others_go_on_and_a_file_is_refused() {
    let mut command = Command::new(program("standard_input"));
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut reader = command.spawn().unwrap();
    let mut input = reader.stdin.take().unwrap();
    input.write_all(b"one\n").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    input.write_all(b"two").unwrap();
    drop(input);
    let output = reader.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut story: Vec<&str> = text.lines().collect();
    // It comes while there is nothing to read, wherever that is.
    let beside = story
        .iter()
        .position(|line| *line == "another task has its turn");
    story.remove(beside.expect("the loop goes on"));
    assert_eq!(story, ["read: one", "read: two", "the input has ended"]);

    let file = std::fs::File::open("Cargo.toml").unwrap();
    let output = command.stdin(file).stderr(Stdio::piped()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && error.contains("`oneloop::to_thread`"),
        "{error}"
    );
}
