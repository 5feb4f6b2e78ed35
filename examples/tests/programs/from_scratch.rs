//! The five steps from scratch.

use crate::program::story;

#[test]
fn block_on_asks_sleeps_and_asks_again() {
    let expected = [
        "main      a future lies here, and nothing has happened yet",
        "executor  poll",
        "reader    the first poll brought me to life",
        "executor  pending, so this thread goes to sleep",
        "postman   here is \"hello\"",
        "waker     wake up and ask again",
        "executor  poll",
        "reader    got \"hello\", now for the second letter",
        "executor  pending, so this thread goes to sleep",
        "postman   here is \"world\"",
        "waker     wake up and ask again",
        "executor  poll",
        "reader    got \"world\", and still know \"hello\"",
        "main      the future's value: \"hello world\"",
    ];
    assert_eq!(story("from_scratch_01", &[]), expected);
}

#[test]
fn a_ready_queue_without_wakers_polls_in_vain() {
    let story = story("from_scratch_02", &[]);
    let polls_of = |name| story.iter().filter(|line| line.ends_with(name)).count();
    assert_eq!(polls_of(": customer"), 5, "three of them are wasted");
    assert_eq!(polls_of(": baker"), 4);
    assert_eq!(polls_of(": singer"), 2);
    let spoken: Vec<_> = story.iter().filter(|line| line.starts_with("  ")).collect();
    let expected = [
        "  customer: is there bread?",
        "  baker: mix",
        "  singer: la",
        "  baker: knead",
        "  singer: la la",
        "  baker: bake",
        "  baker: the bread is on the counter",
        "  customer: thank you for the rye bread",
    ];
    assert_eq!(spoken, expected);
}

#[test]
fn a_real_waker_makes_every_poll_count() {
    let expected = [
        "poll 1: customer",
        "  customer: is there bread?",
        "poll 2: baker",
        "  baker: is there flour?",
        "(nobody can go on: the thread sleeps)",
        "  miller, on another thread: here is the flour",
        "poll 3: baker",
        "  baker: mix",
        "poll 4: baker",
        "  baker: knead",
        "poll 5: baker",
        "  baker: bake",
        "poll 6: baker",
        "  baker: the bread is on the counter",
        "poll 7: customer",
        "  customer: thank you for the rye bread",
        "all finished after 7 polls",
    ];
    assert_eq!(story("from_scratch_03", &[]), expected);
}

#[test]
fn sleeping_tasks_overlap_and_wake_by_deadline() {
    let expected = [
        "tea: boil the water, 200 ms",
        "egg: into the heat, 500 ms",
        "toast: into the heat, 100 ms",
        "toast: done",
        "tea: the water boils, steep for 200 ms more",
        "tea: done",
        "egg: done",
        "breakfast: 1000 ms of cooking, done by one thread",
    ];
    assert_eq!(story("from_scratch_04", &[]), expected);
}

#[test]
fn server_and_client_share_one_thread_and_one_epoll() {
    let expected = [
        "client: sending \"hello\"",
        "server: got 5 bytes, which go back",
        "client: \"hello\" came back",
        "client: sending \"once more\"",
        "server: got 9 bytes, which go back",
        "client: \"once more\" came back",
        "server: the client has closed",
    ];
    assert_eq!(story("from_scratch_05", &[]), expected);
}
