//! Two tasks that sleep at the same time, on one thread.
//!
//! Watch: calling an `async fn` runs nothing; it makes a future. Awaited one after the other, two
//! sleeps of 100 ms take 200 ms. As two tasks they take 100 ms, because a task that sleeps only
//! leaves a note ("wake me then") and lets the loop run the others. The kernel is asked how many
//! threads this process has: it is one, all the time.

use oneloop::{create_task, sleep};
use oneloop_examples::println;
use std::time::{Duration, Instant};

fn main() {
    oneloop::run(async {
        println!("One after the other:");
        let start = Instant::now();
        let (first, second) = (nap("first", start), nap("second", start));
        say(start, "two futures are made, and nothing has run yet");
        first.await;
        second.await;

        println!("At the same time:");
        let start = Instant::now();
        let first = create_task(nap("first", start));
        let second = create_task(nap("second", start));
        say(
            start,
            "two tasks are made, and run as soon as this one waits",
        );
        first.await.unwrap();
        second.await.unwrap();
        say(start, &format!("done, with {}", threads()));
    });
}

async fn nap(name: &str, start: Instant) {
    say(start, &format!("{name} goes to sleep"));
    sleep(Duration::from_millis(100)).await;
    say(start, &format!("{name} wakes up"));
}

/// Prints a line with the time that has passed since `start`.
fn say(start: Instant, line: &str) {
    println!("  [{:>4} ms] {line}", start.elapsed().as_millis());
}

/// How many threads this process has, as Linux tells it.
fn threads() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let count = status
        .lines()
        .find_map(|line| line.strip_prefix("Threads:"));
    match count.map(str::trim) {
        Some("1") => "1 thread".to_owned(),
        Some(more) => format!("{more} threads"),
        None => "a number of threads that only Linux tells".to_owned(),
    }
}
