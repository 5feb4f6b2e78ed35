//! What a task waits for, as far as the loop knows. Next: `tree.rs`.

use crate::event_loop::Core;
use crate::reactor::Direction;
use crate::task::raw::TaskRef;
use std::fmt::{self, Write};

impl Core {
    /// What a task waits for, as the end of a sentence about it: "waits for Task-3".
    ///
    /// Known are the tasks that it awaits, by itself or in the children of a `gather`, its timers and
    /// its sockets. A channel or a lock keeps its waiters to itself.
    pub(crate) fn waits_for(&self, task: &TaskRef) -> String {
        if task.is_ready() {
            return "is ready to run".to_owned();
        }
        let mut known = String::new();
        for awaited in task.awaited() {
            let name = awaited.name().map(|name| format!(" \"{name}\""));
            let name = name.unwrap_or_default();
            add(&mut known, format_args!("Task-{}{name}", awaited.id()));
        }
        let waker = task.waker();
        let now = self.now();
        self.timers.borrow().each(|deadline, timer| {
            if timer.waker.will_wake(&waker) {
                // Tenths of milliseconds by hand: how a `Duration` is printed takes 2 KB.
                let left = deadline.saturating_sub(now) / 100_000;
                let (ms, tenth) = (left / 10, left % 10);
                add(&mut known, format_args!("a timer due in {ms}.{tenth} ms"));
            }
        });
        self.reactor.awaited_by(&waker, |number, direction| {
            let what = match direction {
                Direction::Read => "read",
                Direction::Write => "write",
            };
            add(&mut known, format_args!("io {number} that it can {what}"));
        });
        match known.is_empty() {
            true => "waits for something that is no task, timer or socket".to_owned(),
            false => known,
        }
    }
}

/// Adds an item to the list. Once, not inlined into each call: an embedder minds the size.
#[inline(never)]
fn add(known: &mut String, what: fmt::Arguments<'_>) {
    let before = if known.is_empty() { "waits for " } else { ", " };
    write!(known, "{before}{what}").expect("a String takes any text");
}
