//! What a task waits for, in one sentence. Next: `notes.rs`, what the loop knows by being told.
//!
//! A program without debug mode tells of its unfinished tasks, too, so this is in every program, and is
//! made of what a loop knows at no cost: whose wakers lie with its timers and sockets, and which tasks are
//! awaited. Whatever else is noted is read by a function that whoever takes the first note leaves.

use crate::context::notes_reader;
use crate::event_loop::Core;
use crate::reactor::Direction;
use crate::task::raw::TaskRef;
use crate::task::scope::{Construct, Part};
use std::fmt::{self, Write};
use std::task::Waker;

/// How many things one task is said to wait for.
const NAMED: usize = 12;

/// What a task waits for, word by word: "waits for Task-3, a lock".
pub(crate) struct Sentence {
    text: String,
    things: usize,
}

impl Sentence {
    pub(super) fn add(&mut self, thing: fmt::Arguments<'_>) {
        let before = match self.things {
            0 => "waits for ",
            _ => ", ",
        };
        self.things += 1;
        if self.things <= NAMED {
            self.text += before;
            add(&mut self.text, thing);
        }
    }

    pub(super) fn add_task(&mut self, task: &TaskRef) {
        let called = task.subject().called();
        self.add(format_args!("{called}"));
    }
}

impl Core {
    /// What a task waits for, as the end of a sentence about it. Nothing, if that is not known: what a
    /// foreign future waits for is its own affair.
    pub(crate) fn waits_for(&self, task: &TaskRef) -> Option<String> {
        if let Some(runs) = runs(task) {
            return Some(runs.to_owned());
        }
        let mut sentence = Sentence {
            text: String::new(),
            things: 0,
        };
        let waker = task.waker();
        self.waited_for_with(&waker, &mut |thing| sentence.add(thing));
        task.participants(&mut |inside| {
            match &inside.part {
                Part::Task(awaited) => sentence.add_task(awaited),
                Part::Construct(remote @ Construct::RemoteTask) => {
                    sentence.add(format_args!("{}", remote.name()));
                }
                Part::Construct(_) => {}
            }
            if let Some(other) = inside.waker
                && !other.will_wake(&waker)
            {
                self.waited_for_with(other, &mut |thing| sentence.add(thing));
            }
        });
        if let Some(read) = notes_reader() {
            read(self, task, &mut sentence);
        }
        let Sentence { mut text, things } = sentence;
        if things > NAMED {
            text += " and others";
        }
        (things > 0).then_some(text)
    }

    /// Tells of the timers and sockets that would call this waker.
    fn waited_for_with(&self, waker: &Waker, tell: &mut dyn FnMut(fmt::Arguments<'_>)) {
        self.timers_with(waker, tell);
        self.reactor.awaited_by(waker, |number, direction| {
            let what = verb(direction);
            tell(format_args!("io {number} that it can {what}"));
        });
    }

    /// Tells of the timers that would call this waker.
    pub(super) fn timers_with(&self, waker: &Waker, tell: &mut dyn FnMut(fmt::Arguments<'_>)) {
        let now = self.now();
        self.timers.borrow().each(|deadline, timer| {
            if timer.waker.will_wake(waker) {
                // Tenths of milliseconds by hand: how a `Duration` is printed takes 2 KB.
                let left = deadline.saturating_sub(now) / 100_000;
                let (ms, tenth) = (left / 10, left % 10);
                tell(format_args!("a timer due in {ms}.{tenth} ms"));
            }
        });
    }
}

/// What a source is to do that is waited for.
pub(super) fn verb(direction: Direction) -> &'static str {
    match direction {
        Direction::Read => "read",
        Direction::Write => "write",
    }
}

/// Adds to a text, which takes all that is written to it.
#[inline(never)]
pub(crate) fn add(text: &mut String, what: fmt::Arguments<'_>) {
    let _never_fails = text.write_fmt(what);
}

/// Whether a task runs, or will without waiting for anything.
pub(super) fn runs(task: &TaskRef) -> Option<&'static str> {
    match (task.is_running(), task.is_ready()) {
        (true, _) => Some("is running"),
        (_, true) => Some("is ready to run"),
        _ => None,
    }
}

/// What is said where nothing is known.
pub(crate) const UNKNOWN: &str = "waits for something unknown";
