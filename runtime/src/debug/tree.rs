//! [`TaskTree`]: who waits for whom, as a picture.

use super::limbs::Limb;
use super::sources::Sources;
use super::waits::{UNKNOWN, runs};
use crate::context::{expect_core, take_notes};
use crate::event_loop::{Core, Handle};
use crate::task::raw::TaskRef;
use crate::task::scope::{Construct, Part};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// The unfinished tasks of a loop, each with what it waits for below it: asyncio's call graph
/// (`python -m asyncio pstree`, since 3.14).
///
/// Each task is printed once; where it is awaited a second time, or in a circle, a line refers to it.
/// What stands between a task and what it waits for has a line, too: `gather`, `race`, `select!`,
/// `wait`, `as_completed`, `shield`, `timeout`, `masked`, `catch`, and a `TaskGroup` or `local_scope`
/// with its body and its tasks.
///
/// Timers, sockets, functions on other threads, and locks, queues, events and all else of
/// [`sync`](crate::sync) are named: sockets by their addresses and descriptors on Linux, which tells them, and
/// elsewhere by the number that an observer knows. What a foreign future waits for is its own affair, and is called
/// unknown. So are, in the first picture that a thread is asked for, `wait` and what
/// [`sync`](crate::sync) has; not in [debug mode](crate::Builder::debug) or on a paused clock, where
/// they are noted from the beginning.
///
/// Made by [`task_tree`].
///
/// ```
/// use oneloop::{TaskTree, task::Builder};
/// oneloop::run(async {
///     let inner = Builder::new().name("inner").create_task(std::future::pending::<()>());
///     let outer = Builder::new().name("outer").create_task(inner);
///     oneloop::yield_now().await;
///     oneloop::yield_now().await;
///     let tree: TaskTree = oneloop::task_tree();
///     let text = tree.to_string();
///     assert!(text.contains("Task-3 \"outer\""));
///     assert!(text.contains("  Task-2 \"inner\""), "indented below the task that awaits it");
///     outer.cancel();
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskTree {
    lines: Vec<String>,
}

impl TaskTree {
    /// Returns the picture's lines.
    ///
    /// ```
    /// oneloop::run(async { assert_eq!(oneloop::task_tree().lines().len(), 1) });
    /// ```
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl fmt::Display for TaskTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Draws the tasks of the running loop.
///
/// # Panics
/// When no loop is running on this thread; [`Handle::task_tree`] needs none.
///
/// ```
/// oneloop::run(async {
///     assert!(oneloop::task_tree().lines()[0].starts_with("Task-1, made at "));
/// });
/// ```
#[track_caller]
pub fn task_tree() -> TaskTree {
    expect_core("task_tree", |core| core.task_tree())
}

/// Prints the tasks of the running loop to standard error: asyncio's `print_call_graph`, for all
/// tasks.
///
/// # Panics
/// As [`task_tree`].
///
/// ```
/// oneloop::run(async { oneloop::print_task_tree() });
/// ```
#[track_caller]
pub fn print_task_tree() {
    let tree = expect_core("print_task_tree", |core| core.task_tree());
    crate::quietly::quietly(|| eprint!("{tree}"));
}

impl Handle {
    /// As [`task_tree`](crate::task_tree), of this loop, running or not.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// assert!(event_loop.handle().task_tree().lines().is_empty());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn task_tree(&self) -> TaskTree {
        self.core().task_tree()
    }
}

impl Core {
    pub(crate) fn task_tree(&self) -> TaskTree {
        take_notes();
        let tasks = self.scheduler.tasks();
        let sources = Sources::of(&self.reactor);
        let mut limbs = HashMap::new();
        let mut awaited = HashSet::new();
        for task in &tasks {
            let limb = self.limb(task, &tasks, &sources);
            limb.each(&mut |inside: &Limb| {
                if let Part::Task(other) = &inside.part
                    && !std::ptr::eq(inside, &limb)
                {
                    awaited.insert(other.id());
                }
            });
            limbs.insert(task.id(), limb);
        }
        let mut drawing = Drawing {
            limbs,
            lines: Vec::new(),
        };
        let tops = tasks.iter().filter(|task| !awaited.contains(&task.id()));
        tops.for_each(|task| drawing.task(task));
        // What is left is awaited in circles.
        tasks.iter().for_each(|task| drawing.task(task));
        TaskTree {
            lines: drawing.lines,
        }
    }
}

struct Drawing {
    /// What is known of the tasks that have no line yet.
    limbs: HashMap<u64, Limb>,
    lines: Vec<String>,
}

impl Drawing {
    /// Draws a task that has no line yet, and what is below it. What is still to be drawn lies on a
    /// list, not on the stack: a chain may be of any length.
    fn task(&mut self, first: &TaskRef) {
        let Some(limb) = self.limbs.remove(&first.id()) else {
            return;
        };
        let mut left = vec![(0, limb, Drawn::Here)];
        while let Some((depth, limb, drawn)) = left.pop() {
            let text = match (&limb.part, drawn) {
                (Part::Construct(Construct::Child), _) if limb.is_of_tasks_alone() => {
                    let inside = limb.inside.into_iter().rev();
                    left.extend(inside.map(|limb| (depth, limb, Drawn::IfFirst)));
                    continue;
                }
                (Part::Construct(construct), _) => construct_text(*construct, &limb),
                (Part::Task(task), Drawn::Here) => task_text(task, &limb),
                (Part::Task(task), Drawn::IfFirst) => match self.limbs.remove(&task.id()) {
                    Some(limb) => {
                        left.push((depth, limb, Drawn::Here));
                        continue;
                    }
                    None if task.is_done() => format!("{}, has ended", task.subject()),
                    None => format!("{} (see its own line)", task.subject().called()),
                },
            };
            self.lines.push(format!("{}{text}", "  ".repeat(depth)));
            let inside = limb.inside.into_iter().rev();
            left.extend(inside.map(|limb| (depth + 1, limb, Drawn::IfFirst)));
        }
    }
}

/// Whether a task's limb is the one with its line, or stands where the task is awaited.
enum Drawn {
    Here,
    IfFirst,
}

fn task_text(task: &TaskRef, limb: &Limb) -> String {
    let subject = task.subject();
    match runs(task) {
        Some(runs) => format!("{subject}, {runs}"),
        None if limb.waits.is_empty() && !limb.inside.is_empty() => subject.to_string(),
        None => format!("{subject}, {}", waits_for(&limb.waits)),
    }
}

fn construct_text(construct: Construct, limb: &Limb) -> String {
    let name = construct.name();
    // Whatever has no waker of its own may wait for what is told of the task.
    let is_told = limb.is_told || construct != Construct::Child;
    let known = limb.waits.is_empty() && (!limb.inside.is_empty() || is_told);
    match known {
        true => name.to_owned(),
        false => format!("{name}, {}", waits_for(&limb.waits)),
    }
}

/// "waits for" and these.
fn waits_for(what: &[String]) -> String {
    match what {
        [] => UNKNOWN.to_owned(),
        _ => format!("waits for {}", what.join(", ")),
    }
}
