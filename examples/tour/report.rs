//! What the tour prints: its lines with their times, and the table at the end.

use crate::load::Load;
use oneloop::Stats;
use oneloop_examples::println;
use std::fmt::Display;
use std::time::Instant;

/// Tells what happens, with the time since the start.
#[derive(Clone, Copy)]
pub(crate) struct Story {
    start: Instant,
}

impl Story {
    pub(crate) fn begin() -> Story {
        Story {
            start: Instant::now(),
        }
    }

    pub(crate) fn chapter(self, title: &str) {
        println!("\n{title}");
    }

    pub(crate) fn tell(self, line: impl Display) {
        let milliseconds = self.start.elapsed().as_secs_f64() * 1000.0;
        println!("  [{milliseconds:>7.1}] {line}");
    }
}

/// Prints the table: what was served, how fast, and what it took.
pub(crate) fn print(served: u64, stats: Stats, load: &Load) {
    let milliseconds = |quantile| {
        let microseconds = load.latencies.value_at_quantile(quantile);
        format!("{:.2} ms", microseconds as f64 / 1000.0)
    };
    let answers = load.latencies.len() as f64;
    let per_turn = answers / load.turns as f64;
    let per_answer = load.polls as f64 / answers;
    let (own, system) = cpu_times();

    println!("\nWhat it took");
    println!("  {}", "─".repeat(76));
    let row = |name, value: String, note: &str| println!("  {name:<18}{value:>12}   {note}");
    row(
        "requests served",
        grouped(served),
        "server and clients on the same loop",
    );
    row(
        "latency, p50",
        milliseconds(0.50),
        "from question to answer; half were faster",
    );
    row("latency, p99", milliseconds(0.99), "99 of 100 were faster");
    row(
        "turns",
        grouped(stats.turns),
        &format!("{per_turn:.1} answers in each, when busy"),
    );
    row(
        "polls",
        grouped(stats.polls),
        &format!("{per_answer:.1} for an answer: the server's and the client's"),
    );
    row(
        "wakes",
        grouped(stats.wakes),
        "a task is polled when it is new or was woken, only then",
    );
    row("time in our code", own, "as the kernel counts it");
    row("time in the kernel", system, "for us: sockets, mostly");
    row("threads", threads(), "as the kernel counts them");
    println!("  {}", "─".repeat(76));
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The processor time of this process, its own and the system's, as Linux tells it.
fn cpu_times() -> (String, String) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program's name, in parentheses, may hold anything; proc(5) counts from behind it.
    let fields: Vec<_> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
    let seconds = |field: usize| match fields
        .get(field)
        .and_then(|ticks| ticks.parse::<f64>().ok())
    {
        // 100 ticks a second is what every Linux tells programs, whatever its own clock does.
        Some(ticks) => format!("{:.2} s", ticks / 100.0),
        None => "?".to_owned(),
    };
    (seconds(11), seconds(12))
}

/// How many threads this process has, as Linux tells it.
fn threads() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let count = status
        .lines()
        .find_map(|line| line.strip_prefix("Threads:"));
    count.map_or("?", str::trim).to_owned()
}
