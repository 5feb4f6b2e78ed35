//! [`Recorder`]: an observer that keeps what it hears, for tests that compare a whole story.
//!
//! Who uses it: tests, and tools that look at the last events before something went wrong.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::{Event, Observer};

/// An observer that collects events into a list. Clones share the list: one clone goes to the loop,
/// another stays with the test.
///
/// ```
/// use std::time::Duration;
/// use oneloop::trace::{Cause, Event, Observer, Recorder};
///
/// let recorder = Recorder::new();
/// let observer = recorder.clone(); // goes to `Loop::builder().observer(observer)`
/// observer.event(Duration::ZERO, &Event::Wake { task: 1, by: Cause::Host });
/// assert_eq!(recorder.lines(), ["Task-1 is woken by the host"]);
/// ```
#[derive(Clone)]
pub struct Recorder {
    shared: Rc<Shared>,
}

struct Shared {
    events: RefCell<VecDeque<(Duration, Event)>>,
    /// How many events to keep; the oldest make room.
    limit: usize,
    /// How many events made room since the last `take`.
    dropped: Cell<u64>,
}

impl Recorder {
    /// Creates a recorder that keeps everything.
    ///
    /// ```
    /// let recorder = oneloop::trace::Recorder::new();
    /// assert!(recorder.events().is_empty());
    /// ```
    pub fn new() -> Recorder {
        Recorder::last(usize::MAX)
    }

    /// Creates a recorder that keeps the last `limit` events, as a ring. What was lost comes first
    /// in the list, as an [`Event::Dropped`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use oneloop::trace::{Event, Observer, Recorder};
    ///
    /// let recorder = Recorder::last(1);
    /// recorder.event(Duration::ZERO, &Event::TurnBegin);
    /// recorder.event(Duration::ZERO, &Event::Unpark);
    /// assert_eq!(recorder.lines(), ["1 event is missing here", "the loop wakes up"]);
    /// ```
    pub fn last(limit: usize) -> Recorder {
        Recorder {
            shared: Rc::new(Shared {
                events: RefCell::new(VecDeque::new()),
                limit,
                dropped: Cell::new(0),
            }),
        }
    }

    /// Returns a copy of what was heard, each event with the loop's time.
    ///
    /// ```
    /// use std::time::Duration;
    /// use oneloop::trace::{Event, Observer, Recorder};
    ///
    /// let recorder = Recorder::new();
    /// recorder.event(Duration::from_millis(1), &Event::TurnBegin);
    /// assert_eq!(recorder.events(), [(Duration::from_millis(1), Event::TurnBegin)]);
    /// ```
    pub fn events(&self) -> Vec<(Duration, Event)> {
        let events = self.shared.events.borrow();
        let first = events.front().map_or(Duration::ZERO, |(at, _)| *at);
        let dropped = match self.shared.dropped.get() {
            0 => None,
            count => Some((first, Event::Dropped { count })),
        };
        dropped.into_iter().chain(events.iter().cloned()).collect()
    }

    /// Returns what was heard and starts again with an empty list.
    ///
    /// ```
    /// use std::time::Duration;
    /// use oneloop::trace::{Event, Observer, Recorder};
    ///
    /// let recorder = Recorder::new();
    /// recorder.event(Duration::ZERO, &Event::TurnBegin);
    /// assert_eq!(recorder.take().len(), 1);
    /// assert_eq!(recorder.take().len(), 0);
    /// ```
    pub fn take(&self) -> Vec<(Duration, Event)> {
        let events = self.events();
        self.shared.events.take();
        self.shared.dropped.set(0);
        events
    }

    /// Returns what was heard as sentences, without times: what a test compares.
    ///
    /// ```
    /// use std::time::Duration;
    /// use oneloop::trace::{Event, Observer, Recorder};
    ///
    /// let recorder = Recorder::new();
    /// recorder.event(Duration::ZERO, &Event::TurnEnd { ran: 2, ready: 0 });
    /// assert_eq!(recorder.lines(), ["turn ends: 2 ran, 0 are ready"]);
    /// ```
    pub fn lines(&self) -> Vec<String> {
        let events = self.events();
        events.iter().map(|(_, event)| event.to_string()).collect()
    }
}

impl Observer for Recorder {
    fn event(&self, at: Duration, event: &Event) {
        let mut events = self.shared.events.borrow_mut();
        events.push_back((at, event.clone()));
        if events.len() > self.shared.limit {
            events.pop_front();
            self.shared.dropped.set(self.shared.dropped.get() + 1);
        }
    }
}

impl Default for Recorder {
    fn default() -> Recorder {
        Recorder::new()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("events", &self.shared.events.borrow().len())
            .field("dropped", &self.shared.dropped.get())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Cause, Outcome};
    use std::collections::BTreeMap;
    use std::panic::Location;

    /// What a page that shows the loop would keep: rebuilt from events, and from nothing else.
    #[derive(Debug, Default, Clone, PartialEq)]
    struct Picture {
        /// Each living task with one word for its state.
        tasks: BTreeMap<u64, &'static str>,
        timers: BTreeMap<u64, Duration>,
        sources: BTreeMap<usize, &'static str>,
        parked: bool,
    }

    impl Picture {
        fn replay(events: &[(Duration, Event)]) -> Picture {
            let mut picture = Picture::default();
            for (_, event) in events {
                picture.apply(event);
            }
            picture
        }

        fn apply(&mut self, event: &Event) {
            match event {
                Event::Park { .. } => self.parked = true,
                Event::Unpark => self.parked = false,
                Event::Spawn { task, .. } | Event::Wake { task, .. } => {
                    self.tasks.insert(*task, "ready");
                }
                Event::Poll { task } => {
                    self.tasks.insert(*task, "running");
                }
                Event::Polled { task, outcome } => match (outcome, self.tasks[task]) {
                    (Outcome::Pending, "running") => {
                        self.tasks.insert(*task, "waits");
                    }
                    // It was woken while it ran, and runs again in the next batch.
                    (Outcome::Pending, _) => {}
                    _ => {
                        self.tasks.remove(task);
                    }
                },
                Event::TimerAdded { timer, deadline } => {
                    self.timers.insert(*timer, *deadline);
                }
                Event::TimerFired { timer, .. } | Event::TimerCancelled { timer, .. } => {
                    self.timers.remove(timer);
                }
                Event::IoOpened { token, .. } => {
                    self.sources.insert(*token, "open");
                }
                Event::IoWaits { token, .. } => {
                    self.sources.insert(*token, "waits");
                }
                Event::IoReady { token, .. } => {
                    self.sources.insert(*token, "open");
                }
                Event::IoClosed { token } => {
                    self.sources.remove(token);
                }
                _ => {}
            }
        }
    }

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn the_picture_after_event_i_follows_from_the_events_up_to_i() {
        let (parent, name, place) = (None, None, Location::caller());
        let by = Cause::Timer;
        let outcome = Outcome::Pending;
        // Each event, and beside it what the picture shows once it was applied.
        let story = [
            (Event::TurnBegin, ""),
            (
                Event::Spawn {
                    task: 1,
                    parent,
                    name,
                    place,
                },
                "1 ready",
            ),
            (Event::Poll { task: 1 }, "1 running"),
            (
                Event::TimerAdded {
                    timer: 0,
                    deadline: at(9),
                },
                "1 running, timer 0",
            ),
            (Event::Polled { task: 1, outcome }, "1 waits, timer 0"),
            (
                Event::Park { until: Some(at(9)) },
                "1 waits, timer 0, parked",
            ),
            (Event::Unpark, "1 waits, timer 0"),
            (
                Event::TimerFired {
                    timer: 0,
                    deadline: at(9),
                },
                "1 waits",
            ),
            (Event::Wake { task: 1, by }, "1 ready"),
            (Event::Poll { task: 1 }, "1 running"),
            (
                Event::Wake {
                    task: 1,
                    by: Cause::Task(1),
                },
                "1 ready",
            ),
            (Event::Polled { task: 1, outcome }, "1 ready"), // it woke itself
            (Event::Poll { task: 1 }, "1 running"),
            (
                Event::Polled {
                    task: 1,
                    outcome: Outcome::Ready,
                },
                "",
            ),
        ];
        let recorder = Recorder::new();
        for (event, _) in &story {
            recorder.event(Duration::ZERO, event);
        }
        let events = recorder.events();
        let show = |picture: &Picture| {
            let tasks = picture
                .tasks
                .iter()
                .map(|(id, state)| format!("{id} {state}"));
            let timers = picture.timers.keys().map(|timer| format!("timer {timer}"));
            let parked = picture.parked.then(|| "parked".to_string());
            let parts: Vec<_> = tasks.chain(timers).chain(parked).collect();
            parts.join(", ")
        };
        // Backward, as a page would step: each picture is rebuilt from the start.
        for index in (0..story.len()).rev() {
            let picture = Picture::replay(&events[..=index]);
            assert_eq!(show(&picture), story[index].1, "after event {index}");
        }
    }

    #[test]
    fn a_full_ring_says_how_many_events_it_lost() {
        let recorder = Recorder::last(2);
        for task in 1..=5 {
            recorder.event(at(task), &Event::Poll { task });
        }
        assert_eq!(
            recorder.take(),
            [
                (at(4), Event::Dropped { count: 3 }), // tasks 1, 2 and 3
                (at(4), Event::Poll { task: 4 }),
                (at(5), Event::Poll { task: 5 }),
            ]
        );
        assert!(recorder.events().is_empty(), "`take` forgets the count too");
    }
}
