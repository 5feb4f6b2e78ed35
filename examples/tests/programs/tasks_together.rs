//! Tasks that belong together, clean up, share, or come from another thread.

use crate::program::{lines_of, story};

#[test]
fn the_loser_of_a_select_cleans_up_before_the_winners_branch() {
    let expected = [
        "-- two mirrors and a limit: the quick one wins",
        "near: asked",
        "far: asked",
        "near: closed",
        "far: given up, hangs up",
        "far: closed",
        "we have near",
        "-- both are ready: the first in the text wins",
        "the first",
        "the first",
        "the first",
        "-- one that is kept: the others come and go",
        "asked 1 times, not yet",
        "asked 2 times, not yet",
        "we have the book",
    ];
    assert_eq!(story("select_first", &[]), expected);
}

#[test]
fn a_task_group_fails_with_all_its_errors_and_may_end_early() {
    let expected = [
        "-- all succeed: the block has their values",
        "pear: weighed",
        "apple: weighed",
        "together: 3 ticks",
        "-- one fails: all end, and every error is told",
        "photos: closes its file",
        "2 tasks of the group failed: the plug was pulled; photos: the disk is full",
        "-- nothing left to do: the group is ended early",
        "music: closes its file",
        "music: has closed it",
        "found it",
    ];
    assert_eq!(story("task_group", &[]), expected);
}

#[test]
fn answers_come_as_they_come_until_the_time_is_over() {
    let expected = [
        "question 1: fine weather at the desert",
        "question 3 failed: which place?",
        "question 0: fine weather at the sea",
        "enough: the time was over before the result was there",
        "(nobody waits for the moon any more)",
    ];
    assert_eq!(story("as_completed", &[]), expected);
}

#[test]
fn children_of_a_local_scope_borrow_from_their_parent() {
    let expected = [
        "-- three children share what is ours",
        "all are on their way",
        "plums: 1, together 1",
        "figs: 2, together 3",
        "cherries: 3, together 6",
        "3 baskets came",
        "-- one of them stumbles",
        "plums: here they are",
        "a child of the scope failed: the figs are in the ditch",
        "we still have our list: 3 baskets",
    ];
    assert_eq!(story("borrowed_children", &[]), expected);
}

#[test]
fn workers_that_are_cancelled_clean_up_with_awaits() {
    let expected = [
        "-- finally: the table is cleared, however dinner ends",
        "soup is served",
        "cancel: time to go",
        "the plates go into the kitchen",
        "the table is clear",
        "the task was cancelled: time to go",
        "-- catch: the request, as a value, and what one makes of it",
        "cake is served",
        "cancel: the bill",
        "excuse me: the bill?",
        "coffee is served",
        "coffee is eaten",
        "it ended by itself",
        "-- masked: paying is not interrupted in its middle",
        "the card is in the reader",
        "cancel: hurry up",
        "the card is out again",
        "the task was cancelled: hurry up",
        "-- shield: who waits for the cook may go, the cook goes on",
        "cancel: table 7",
        "the task was cancelled: table 7",
        "the cook has finished the sauce",
    ];
    assert_eq!(story("clean_up", &[]), expected);
}

#[test]
fn a_queue_feeds_its_workers_and_sends_them_home() {
    let story = story("queue_workers", &[]);
    let home = [
        "Ann goes home, with 6 delivered",
        "Bob goes home, with 1 delivered",
    ];
    assert_eq!(story[story.len() - 3], "all parcels are delivered");
    assert_eq!(story[story.len() - 2..], home);
    let position = |line: &str| story.iter().position(|it| it == line).expect(line);
    assert!(position("parcel 4 has to wait for a place") < position("parcel 4 is in the queue"));
    assert!(position("Ann delivers parcel 1") < position("parcel 6 is in the queue"));
    assert_eq!(
        lines_of(&story, "Ann delivers parcel "),
        ["1", "3", "4", "5", "6", "7"]
    );
    assert_eq!(lines_of(&story, "Bob delivers parcel "), ["2"]);
}

#[test]
fn a_semaphore_bounds_how_many_run_and_how_many_begin() {
    let story = story("rate_limit", &[]);
    let running = story
        .iter()
        .filter_map(|line| line.split_once(" runs, one of "));
    let most = running
        .map(|(_, count)| count.parse::<u32>().unwrap())
        .max();
    assert_eq!(most, Some(2));
    let begin = story
        .iter()
        .filter_map(|line| line.split_once(" begins in period "));
    let periods: Vec<u32> = begin.map(|(_, period)| period.parse().unwrap()).collect();
    assert_eq!(periods.len(), 6);
    // On a busy machine they begin late, and never early.
    let earliest = periods.iter().zip([0, 0, 1, 1, 2, 2]);
    assert!(
        earliest
            .clone()
            .all(|(period, earliest)| *period >= earliest),
        "{periods:?}"
    );
}

#[test]
fn another_thread_wakes_spawns_and_cancels_on_the_loop() {
    let story = story("other_threads", &[]);
    let of = |actor| lines_of(&story, actor);
    assert_eq!(of("reader:  "), ["waits for a letter", "got \"greetings\""]);
    assert_eq!(
        of("loop:    "),
        ["runs on main", "the other thread has ended"]
    );
    assert_eq!(of("a call:  "), ["runs on main"]);
    assert_eq!(of("a task:  "), ["runs on main"]);
    let errands = [
        "run on another thread",
        "the task's answer is 42",
        "the task was cancelled",
    ];
    assert_eq!(of("errands: "), errands);
}

#[test]
fn downloads_by_a_client_that_blocks_leave_the_loop_running() {
    let expected = [
        "cat.png: 12000 bytes",
        "dog.png: 12000 bytes",
        "fish.png: 13000 bytes",
        "the ticker went on meanwhile",
    ];
    assert_eq!(story("download_with_executor", &[]), expected);
}
