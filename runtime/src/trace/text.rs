//! [`TextObserver`]: prints every turn in sentences.
//!
//! Who uses it: a learner who wants to see what a loop does, and `tour --trace`. Read next:
//! `sentence.rs`, the words for each event.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use super::sentence::{Milliseconds, Names, Sentence};
use super::{Event, Observer, Outcome};

/// An observer that prints what the loop does, turn by turn, one line an event.
///
/// A line is indented by where it happens: in a turn, and inside a task or callback. The loop's time in
/// milliseconds stands at the left wherever it changed. Errors of the writer are ignored: a trace
/// that nobody reads any more does not stop the program.
///
/// ```
/// use std::time::Duration;
/// use oneloop::trace::{Event, Observer, Outcome, TextObserver};
///
/// let mut page = Vec::new();
/// let observer = TextObserver::new(&mut page); // or `TextObserver::stderr()`
/// observer.event(Duration::ZERO, &Event::TurnBegin);
/// observer.event(Duration::ZERO, &Event::Poll { task: 1 });
/// observer.event(Duration::ZERO, &Event::Mark { text: "hello".into() });
/// observer.event(Duration::ZERO, &Event::Polled { task: 1, outcome: Outcome::Ready });
/// observer.event(Duration::ZERO, &Event::TurnEnd { ran: 1, ready: 0 });
/// drop(observer);
/// assert_eq!(
///     String::from_utf8(page).unwrap(),
///     [
///         "       0.000  turn 1",
///         "                Task-1 is polled",
///         "                  mark: hello",
///         "                Task-1 is done",
///         "              turn ends: 1 ran, 0 are ready\n",
///     ]
///     .join("\n"),
/// );
/// ```
pub struct TextObserver<W> {
    /// Taken out while a line is written: the writer is foreign code and runs with nothing borrowed.
    page: Cell<Option<Page<W>>>,
}

/// Where the text goes, and what must be remembered from line to line.
struct Page<W> {
    writer: W,
    /// How many turns began.
    turns: u64,
    /// The time that was printed last.
    printed: Option<Duration>,
    in_turn: bool,
    /// Whether a task or a callback runs.
    inside: bool,
    /// Of what lives, and of the tasks that ended in this turn.
    names: Names,
    /// The tasks that ended in this turn: what they caused is still told with their names.
    ended: Vec<u64>,
}

impl TextObserver<io::Stderr> {
    /// Creates an observer that prints to the standard error stream.
    ///
    /// ```
    /// use std::time::Duration;
    /// use oneloop::trace::{Event, Observer, TextObserver};
    ///
    /// TextObserver::stderr().event(Duration::ZERO, &Event::TurnBegin);
    /// ```
    pub fn stderr() -> TextObserver<io::Stderr> {
        TextObserver::new(io::stderr())
    }
}

impl<W: Write> TextObserver<W> {
    /// Creates an observer that prints to `writer`, with one call of `write_all` a line.
    ///
    /// ```
    /// use std::time::Duration;
    /// use oneloop::trace::{Event, Observer, TextObserver};
    ///
    /// let mut page = Vec::new();
    /// TextObserver::new(&mut page).event(Duration::from_micros(1500), &Event::Unpark);
    /// assert_eq!(page, b"       1.500  the loop wakes up\n");
    /// ```
    pub fn new(writer: W) -> TextObserver<W> {
        TextObserver {
            page: Cell::new(Some(Page {
                writer,
                turns: 0,
                printed: None,
                in_turn: false,
                inside: false,
                names: Names::default(),
                ended: Vec::new(),
            })),
        }
    }
}

impl<W: Write> Observer for TextObserver<W> {
    fn event(&self, at: Duration, event: &Event) {
        // Empty only if the writer itself leads back here; such an event is left out.
        if let Some(mut page) = self.page.take() {
            page.print(at, event);
            self.page.set(Some(page));
        }
    }
}

impl<W> fmt::Debug for TextObserver<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextObserver").finish_non_exhaustive()
    }
}

impl<W: Write> Page<W> {
    fn print(&mut self, at: Duration, event: &Event) {
        // What closes a level stands at the level it closes; what opens one, outside of it.
        match event {
            Event::TurnBegin => {
                self.turns += 1;
                (self.in_turn, self.inside) = (false, false);
            }
            Event::TurnEnd { .. } => (self.in_turn, self.inside) = (false, false),
            Event::Polled { .. } | Event::CallbackDone { .. } => self.inside = false,
            Event::Spawn {
                task,
                name: Some(name),
                ..
            } => {
                self.names.tasks.insert(*task, name.clone());
            }
            Event::IoOpened {
                token,
                name: Some(name),
            } => {
                self.names.sources.insert(*token, name.clone());
            }
            _ => {}
        }
        let time = if self.printed == Some(at) {
            String::new()
        } else {
            self.printed = Some(at);
            Milliseconds(at).to_string()
        };
        let indent = 2 * (usize::from(self.in_turn) + usize::from(self.inside));
        let sentence = match event {
            Event::TurnBegin => format!("turn {}", self.turns),
            _ => Sentence {
                event,
                names: Some(&self.names),
            }
            .to_string(),
        };
        let line = format!("{time:>12}  {:indent$}{sentence}\n", "");
        let _ = self.writer.write_all(line.as_bytes());
        match event {
            Event::TurnBegin => self.in_turn = true,
            Event::Poll { .. } | Event::CancelDelivered { .. } | Event::CallbackRun { .. } => {
                self.inside = true;
            }
            Event::TurnEnd { .. } => {
                for task in self.ended.drain(..) {
                    self.names.tasks.remove(&task);
                }
            }
            Event::IoClosed { token } => {
                self.names.sources.remove(token);
            }
            Event::Polled { task, outcome } if *outcome != Outcome::Pending => {
                self.ended.push(*task);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Cause;
    use std::panic::Location;
    use std::rc::Rc;

    fn printed(story: &[(u64, Event)]) -> String {
        let mut page = Vec::new();
        let observer = TextObserver::new(&mut page);
        for (milliseconds, event) in story {
            observer.event(Duration::from_millis(*milliseconds), event);
        }
        drop(observer);
        String::from_utf8(page).expect("the observer writes text")
    }

    #[test]
    fn two_tasks_and_a_timer_read_as_a_story() {
        let place = Location::caller();
        let (waits, done) = (Outcome::Pending, Outcome::Ready);
        let spawn = |task, parent, name: Option<&str>| Event::Spawn {
            task,
            parent,
            name: name.map(Rc::from),
            place,
        };
        let deadline = Duration::from_millis(20);
        let by_parent = Cause::Task(1);
        let text = printed(&[
            (0, spawn(1, None, Some("main"))),
            (0, Event::TurnBegin),
            (0, Event::Poll { task: 1 }),
            (0, spawn(2, Some(1), None)),
            (0, Event::TimerAdded { timer: 0, deadline }),
            (
                0,
                Event::Join {
                    task: 1,
                    awaited: 2,
                },
            ),
            (
                0,
                Event::Polled {
                    task: 1,
                    outcome: waits,
                },
            ),
            (0, Event::Poll { task: 2 }),
            (
                0,
                Event::Wake {
                    task: 2,
                    by: Cause::Task(2),
                },
            ),
            (
                0,
                Event::Polled {
                    task: 2,
                    outcome: waits,
                },
            ),
            (0, Event::TurnEnd { ran: 2, ready: 1 }),
            (1, Event::TurnBegin),
            (
                1,
                Event::Park {
                    until: Some(deadline),
                },
            ),
            (20, Event::Unpark),
            (20, Event::TimerFired { timer: 0, deadline }),
            (
                20,
                Event::Wake {
                    task: 1,
                    by: Cause::Timer,
                },
            ),
            (20, Event::Poll { task: 1 }),
            (20, Event::CancelRequested { task: 2 }),
            (
                20,
                Event::Wake {
                    task: 2,
                    by: by_parent,
                },
            ),
            (
                20,
                Event::Polled {
                    task: 1,
                    outcome: done,
                },
            ),
            (20, Event::TurnEnd { ran: 1, ready: 1 }),
            (
                20,
                Event::Wake {
                    task: 1,
                    by: Cause::Thread,
                },
            ),
        ]);
        let here = format!("{}:{}", place.file(), place.line());
        let created_main = format!("       0.000  Task-1 (main) is created at {here}");
        let created_second =
            format!("                  Task-2 is created by Task-1 (main) at {here}");
        let expected = [
            created_main.as_str(),
            "              turn 1",
            "                Task-1 (main) is polled",
            created_second.as_str(),
            "                  timer 0 is set to 20.000 ms",
            "                  Task-1 (main) awaits Task-2",
            "                Task-1 (main) waits",
            "                Task-2 is polled",
            "                  Task-2 is woken by itself",
            "                Task-2 waits",
            "              turn ends: 2 ran, 1 are ready",
            "       1.000  turn 2",
            "                the loop sleeps until 20.000 ms",
            "      20.000    the loop wakes up",
            "                timer 0 fires, due at 20.000 ms",
            "                Task-1 (main) is woken by a timer",
            "                Task-1 (main) is polled",
            "                  Task-2 is asked to cancel",
            "                  Task-2 is woken by Task-1 (main)",
            "                Task-1 (main) is done",
            "              turn ends: 1 ran, 1 are ready",
            // Between turns. The turn is over in which the task ended, and so its name is forgotten.
            "              Task-1 is woken by another thread",
        ];
        assert_eq!(text, expected.map(|line| format!("{line}\n")).concat());
    }

    #[test]
    fn a_writer_that_fails_does_not_stop_the_loop() {
        struct Closed(Rc<Cell<u32>>);
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                self.0.set(self.0.get() + 1);
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let writes = Rc::new(Cell::new(0));
        let observer = TextObserver::new(Closed(writes.clone()));
        observer.event(Duration::ZERO, &Event::TurnBegin);
        observer.event(Duration::ZERO, &Event::Unpark);
        assert_eq!(writes.get(), 2);
    }
}
