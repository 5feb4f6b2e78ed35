//! The words for each event, as `Event`'s `Display` and `TextObserver` use them.
//!
//! Who uses it: `text.rs`, and tests that compare `Recorder::lines`.

use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

use super::{Cause, Direction, Event, Outcome};

/// The event as a sentence, without its time and without places in the source.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = Sentence {
            event: self,
            names: None,
        };
        sentence.fmt(f)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Task(task) => write!(f, "Task-{task}"),
            Cause::Timer => f.write_str("a timer"),
            Cause::Socket => f.write_str("a socket"),
            Cause::Callback(callback) => write!(f, "callback {callback}"),
            Cause::Thread => f.write_str("another thread"),
            Cause::Host => f.write_str("the host"),
        }
    }
}

/// An event in words.
pub(super) struct Sentence<'a> {
    pub(super) event: &'a Event,
    /// Where the writer knows names; then places are told as well.
    pub(super) names: Option<&'a Names>,
}

/// The names of the tasks and I/O sources that have one.
#[derive(Default)]
pub(super) struct Names {
    pub(super) tasks: HashMap<u64, Rc<str>>,
    pub(super) sources: HashMap<usize, Rc<str>>,
}

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task_name = |task: &u64| self.task_name(*task);
        let io_name = |token: &usize| self.io_name(*token);
        match self.event {
            Event::TurnBegin => write!(f, "turn begins"),
            Event::Park { until: None } => write!(f, "the loop sleeps"),
            Event::Park { until: Some(until) } => {
                write!(f, "the loop sleeps until {} ms", Milliseconds(*until))
            }
            Event::Unpark => write!(f, "the loop wakes up"),
            Event::IoOpened { token, name } => {
                write!(f, "io {token}")?;
                if let Some(name) = name {
                    write!(f, " ({name})")?;
                }
                f.write_str(" is opened")
            }
            Event::IoWaits { token, direction } => {
                write!(f, "{} waits until it can {direction}", io_name(token))
            }
            Event::IoReady { token, direction } => {
                write!(f, "{} can {direction}", io_name(token))
            }
            Event::IoClosed { token } => write!(f, "{} is closed", io_name(token)),
            Event::TimerAdded { timer, deadline } => {
                write!(f, "timer {timer} is set to {} ms", Milliseconds(*deadline))
            }
            Event::TimerFired { timer, deadline } => {
                write!(
                    f,
                    "timer {timer} fires, due at {} ms",
                    Milliseconds(*deadline)
                )
            }
            Event::TimerCancelled { timer, .. } => write!(f, "timer {timer} is cancelled"),
            Event::Spawn {
                task,
                parent,
                name,
                place,
            } => {
                write!(f, "Task-{task}")?;
                if let Some(name) = name {
                    write!(f, " ({name})")?;
                }
                match parent {
                    Some(parent) => write!(f, " is created by {}", task_name(parent))?,
                    None => write!(f, " is created")?,
                }
                self.tell_place(f, place)
            }
            Event::Wake { task, by } if *by == Cause::Task(*task) => {
                write!(f, "{} is woken by itself", task_name(task))
            }
            Event::Wake { task, by } => {
                write!(f, "{} is woken by {}", task_name(task), self.cause_name(by))
            }
            Event::CallbackAdded { callback, place } => {
                write!(f, "callback {callback} is added")?;
                self.tell_place(f, place)
            }
            Event::CallbackReady { callback, by } => {
                write!(
                    f,
                    "callback {callback} is made ready by {}",
                    self.cause_name(by)
                )
            }
            Event::CallbackCancelled { callback } => {
                write!(f, "callback {callback} is prevented")
            }
            Event::CallbackRun { callback } => write!(f, "callback {callback} runs"),
            Event::CallbackDone { callback, outcome } => {
                write!(f, "callback {callback} {}", in_words(*outcome))
            }
            Event::Poll { task } => write!(f, "{} is polled", task_name(task)),
            Event::Join { task, awaited } => {
                write!(f, "{} awaits {}", task_name(task), task_name(awaited))
            }
            Event::CancelRequested { task } => {
                write!(f, "{} is asked to cancel", task_name(task))
            }
            Event::CancelDelivered { task } => {
                write!(f, "{} meets its cancellation", task_name(task))
            }
            Event::CancelDropped { task } => {
                let task = task_name(task);
                write!(f, "{task} drops a caught cancellation, which goes on")
            }
            Event::BodyDropped { task } => {
                let task = task_name(task);
                write!(f, "{task} drops a body with a catch point in it")
            }
            Event::Panic { task } => write!(f, "{} panics", task_name(task)),
            Event::Mark { text } => write!(f, "mark: {text}"),
            Event::Polled { task, outcome } => {
                write!(f, "{} {}", task_name(task), in_words(*outcome))
            }
            Event::Dropped { count: 1 } => write!(f, "1 event is missing here"),
            Event::Dropped { count } => write!(f, "{count} events are missing here"),
            Event::TurnEnd { ran, ready } => {
                write!(f, "turn ends: {ran} ran, {ready} are ready")
            }
        }
    }
}

impl Sentence<'_> {
    fn task_name(&self, task: u64) -> String {
        match self.names.and_then(|names| names.tasks.get(&task)) {
            Some(name) => format!("Task-{task} ({name})"),
            None => format!("Task-{task}"),
        }
    }

    fn io_name(&self, token: usize) -> String {
        match self.names.and_then(|names| names.sources.get(&token)) {
            Some(name) => format!("io {token} ({name})"),
            None => format!("io {token}"),
        }
    }

    fn cause_name(&self, cause: &Cause) -> String {
        match cause {
            Cause::Task(task) => self.task_name(*task),
            other => other.to_string(),
        }
    }

    fn tell_place(&self, f: &mut fmt::Formatter<'_>, place: &Location<'_>) -> fmt::Result {
        match self.names {
            Some(_) => write!(f, " at {}:{}", place.file(), place.line()),
            None => Ok(()),
        }
    }
}

fn in_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pending => "waits",
        Outcome::Ready => "is done",
        Outcome::Cancelled => "is cancelled",
        Outcome::Panicked => "ends in a panic",
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::Read => "read",
            Direction::Write => "write",
        })
    }
}

/// A time in milliseconds with three places.
pub(super) struct Milliseconds(pub(super) Duration);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        write!(f, "{}.{:03}", micros / 1000, micros % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_event_has_its_sentence_too() {
        let direction = Direction::Write;
        let outcome = Outcome::Panicked;
        let sentences = [
            (Event::TurnBegin, "turn begins"),
            (Event::Park { until: None }, "the loop sleeps"),
            (
                Event::IoOpened {
                    token: 3,
                    name: None,
                },
                "io 3 is opened",
            ),
            (
                Event::IoOpened {
                    token: 3,
                    name: Some("signal 15".into()),
                },
                "io 3 (signal 15) is opened",
            ),
            (
                Event::IoWaits {
                    token: 3,
                    direction,
                },
                "io 3 waits until it can write",
            ),
            (
                Event::IoReady {
                    token: 3,
                    direction,
                },
                "io 3 can write",
            ),
            (Event::IoClosed { token: 3 }, "io 3 is closed"),
            (
                Event::CallbackAdded {
                    callback: 2,
                    place: Location::caller(),
                },
                "callback 2 is added",
            ),
            (
                Event::CallbackReady {
                    callback: 2,
                    by: Cause::Callback(1),
                },
                "callback 2 is made ready by callback 1",
            ),
            (
                Event::CallbackCancelled { callback: 2 },
                "callback 2 is prevented",
            ),
            (Event::CallbackRun { callback: 2 }, "callback 2 runs"),
            (
                Event::CallbackDone {
                    callback: 2,
                    outcome,
                },
                "callback 2 ends in a panic",
            ),
            (
                Event::CancelDelivered { task: 1 },
                "Task-1 meets its cancellation",
            ),
            (Event::Panic { task: 1 }, "Task-1 panics"),
            (Event::Polled { task: 1, outcome }, "Task-1 ends in a panic"),
            (
                Event::Mark {
                    text: "here".into(),
                },
                "mark: here",
            ),
            (Event::Dropped { count: 2 }, "2 events are missing here"),
        ];
        for (event, sentence) in sentences {
            assert_eq!(event.to_string(), sentence);
        }
    }
}
