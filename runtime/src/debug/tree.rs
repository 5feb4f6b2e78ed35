//! [`TaskTree`]: who waits for whom, as a picture.

use crate::context::expect_core;
use crate::event_loop::{Core, Handle};
use crate::task::raw::TaskRef;
use crate::task::scope::Part;
use std::collections::HashSet;
use std::fmt;

/// The unfinished tasks of a loop, each with what it waits for below it: asyncio's call graph
/// (`python -m asyncio pstree`, since 3.14).
///
/// Each task is printed once; where it is awaited a second time, or in a circle, a line refers to it.
/// `catch` bodies, time-outs, `gather`s and masked bodies are shown where they stand between a task and
/// what it awaits. Made by [`task_tree`].
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
        let tasks = self.scheduler.tasks();
        let mut awaited = HashSet::new();
        for task in &tasks {
            awaited.extend(task.awaited().iter().map(TaskRef::id));
        }
        let mut drawing = Drawing {
            core: self,
            drawn: HashSet::new(),
            lines: Vec::new(),
        };
        let tops = tasks.iter().filter(|task| !awaited.contains(&task.id()));
        tops.for_each(|task| drawing.task(task, 0));
        // What is left is awaited in circles.
        for task in &tasks {
            if !drawing.drawn.contains(&task.id()) {
                drawing.task(task, 0);
            }
        }
        TaskTree {
            lines: drawing.lines,
        }
    }
}

struct Drawing<'a> {
    core: &'a Core,
    /// The tasks that have their lines.
    drawn: HashSet<u64>,
    lines: Vec<String>,
}

impl Drawing<'_> {
    /// Draws a task and what is below it; each but once. What is still to be drawn lies on a list, not
    /// on the stack: a chain may be of any length.
    fn task(&mut self, first: &TaskRef, depth: usize) {
        let mut left = vec![(depth, Part::Task(first.clone()))];
        while let Some((depth, part)) = left.pop() {
            let text = match &part {
                Part::Task(task) if !self.drawn.insert(task.id()) => {
                    format!("Task-{} (see its own line)", task.id())
                }
                Part::Task(task) if task.is_done() => format!("{}, has ended", task.subject()),
                Part::Task(task) => {
                    let parts = task.participants();
                    let waits = match parts.is_empty() {
                        true => format!(", {}", self.core.waits_for(task)),
                        false => String::new(),
                    };
                    let inside = parts.into_iter().rev();
                    left.extend(inside.map(|(below, part)| (depth + below, part)));
                    format!("{}{waits}", task.subject())
                }
                Part::Scope => "a scope".to_owned(),
                Part::Fan => "several at once".to_owned(),
                Part::Masked => "masked".to_owned(),
                Part::Paused => "paused".to_owned(),
                Part::Forward => "somebody who forwards".to_owned(),
            };
            self.lines.push(format!("{}{text}", "  ".repeat(depth)));
        }
    }
}
