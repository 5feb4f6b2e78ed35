//! How the loop's parts emit events: one [`Tracer`] shared by all of them, and the macro
//! [`trace_event!`].
//!
//! Who calls it: everything from the reactor up. The tracer holds the two facts that an event needs
//! and its emitter does not know, the time and the current cause ("who is acting now").
//! Read next: `text.rs`, the observer that prints.

use crate::part_cell::PartCell;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use super::{Cause, ENABLED, Event, Observer};
use crate::quietly::{Payload, keep_first};

/// Emits an event, if this build emits events and the loop has an observer.
///
/// The event's expression is evaluated only then. Without the feature the condition is the constant
/// `false`, so the compiler checks the expression (nothing counts as unused) and emits no code.
macro_rules! trace_event {
    ($tracer:expr, $event:expr $(,)?) => {
        if $crate::trace::ENABLED && $tracer.enabled() {
            $tracer.emit($event);
        }
    };
}
pub(crate) use trace_event;

/// The loop's line to its observer.
pub(crate) struct Tracer {
    observer: Option<Rc<dyn Observer>>,
    /// The loop's time since it began.
    now: Cell<Duration>,
    /// Who is acting: "who woke whom" is answered by this one slot.
    cause: Cell<Cause>,
    /// Set while the observer runs, so that what it causes itself does not reach it recursively.
    busy: Cell<bool>,
    /// Events that came while the observer was busy.
    missed: Cell<u64>,
    /// What the observer panicked with.
    panic: PartCell<Option<Payload>>,
}

impl Tracer {
    pub(crate) fn new(observer: Option<Rc<dyn Observer>>) -> Tracer {
        Tracer {
            observer,
            now: Cell::default(),
            cause: Cell::new(Cause::Host),
            busy: Cell::new(false),
            missed: Cell::new(0),
            panic: PartCell::new(None),
        }
    }

    /// The one branch that a loop without an observer pays.
    #[inline(always)]
    pub(crate) fn enabled(&self) -> bool {
        ENABLED && self.observer.is_some()
    }

    /// Tells the time that the following events carry.
    #[inline]
    pub(crate) fn set_now(&self, since_began: Duration) {
        if ENABLED {
            self.now.set(since_began);
        }
    }

    /// Who is acting now.
    #[inline]
    pub(crate) fn cause(&self) -> Cause {
        self.cause.get()
    }

    /// Says who acts from here on, and returns who did, to be put back afterwards.
    #[inline]
    pub(crate) fn swap_cause(&self, cause: Cause) -> Cause {
        if ENABLED {
            self.cause.replace(cause)
        } else {
            cause
        }
    }

    /// Calls the observer. Nothing is borrowed meanwhile: it may use the loop as any callback may.
    ///
    /// Out of line, since the path that matters for speed is the one on which nobody listens.
    #[cold]
    pub(crate) fn emit(&self, event: Event) {
        let Some(observer) = &self.observer else {
            return;
        };
        if self.busy.replace(true) {
            self.missed.set(self.missed.get() + 1);
            return;
        }
        let _reset = ResetOnDrop(&self.busy);
        let at = self.now.get();
        // Acting on this one adds to the next count: at most one `Dropped` an event, no recursion.
        let count = self.missed.take();
        let told = catch_unwind(AssertUnwindSafe(|| {
            if count > 0 {
                observer.event(at, &Event::Dropped { count });
            }
            observer.event(at, &event);
        }));
        if let Err(payload) = told {
            keep_first(&self.panic, payload);
        }
    }

    /// Takes the first panic of the observer. It is kept until the turn ends: in the middle of a
    /// step it would leave the step half done.
    pub(crate) fn take_panic(&self) -> Option<Payload> {
        if ENABLED {
            self.panic.borrow_mut().take()
        } else {
            None
        }
    }
}

struct ResetOnDrop<'a>(&'a Cell<bool>);

impl Drop for ResetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

#[cfg(all(test, feature = "trace"))]
mod tests {
    use super::*;
    use crate::trace::Recorder;
    use std::cell::RefCell;

    #[test]
    fn events_carry_the_time_that_was_set_last() {
        let recorder = Recorder::new();
        let tracer = Tracer::new(Some(Rc::new(recorder.clone())));
        trace_event!(tracer, Event::TurnBegin);
        tracer.set_now(Duration::from_millis(5));
        trace_event!(tracer, Event::Unpark);
        let times: Vec<_> = recorder.events().into_iter().map(|(at, _)| at).collect();
        assert_eq!(times, [Duration::ZERO, Duration::from_millis(5)]);
    }

    #[test]
    fn without_an_observer_the_event_is_not_even_built() {
        let tracer = Tracer::new(None);
        let built = Cell::new(false);
        trace_event!(tracer, {
            built.set(true);
            Event::TurnBegin
        });
        assert!(!built.get());
    }

    #[test]
    fn the_cause_is_put_back_by_whoever_changed_it() {
        let tracer = Tracer::new(None);
        let before = tracer.swap_cause(Cause::Task(7));
        assert_eq!(before, Cause::Host);
        assert_eq!(tracer.cause(), Cause::Task(7));
        assert_eq!(tracer.swap_cause(before), Cause::Task(7));
        assert_eq!(tracer.cause(), Cause::Host);
    }

    #[test]
    fn what_an_observer_causes_itself_is_counted_not_told() {
        // The observer emits two events of its own whenever it hears that a turn begins.
        let heard = Rc::new(RefCell::new(Vec::new()));
        let tracer = Rc::new_cyclic(|tracer: &std::rc::Weak<Tracer>| {
            let (tracer, heard) = (tracer.clone(), heard.clone());
            let observer = move |_at: Duration, event: &Event| {
                heard.borrow_mut().push(event.clone());
                if *event == Event::TurnBegin {
                    let tracer = tracer.upgrade().expect("the test holds the tracer");
                    trace_event!(tracer, Event::Unpark);
                    trace_event!(tracer, Event::Unpark);
                }
            };
            Tracer::new(Some(Rc::new(observer)))
        });
        trace_event!(tracer, Event::TurnBegin);
        trace_event!(tracer, Event::Unpark);
        trace_event!(tracer, Event::Unpark);
        assert_eq!(
            *heard.borrow(),
            [
                Event::TurnBegin,
                Event::Dropped { count: 2 }, // before the next event, once
                Event::Unpark,
                Event::Unpark,
            ]
        );
    }

    #[test]
    fn a_panic_of_the_observer_is_kept_and_does_not_silence_it() {
        let heard = Rc::new(Cell::new(0));
        let observer = {
            let heard = heard.clone();
            move |_at: Duration, event: &Event| {
                heard.set(heard.get() + 1);
                assert_ne!(*event, Event::Unpark, "the observer dislikes this one");
            }
        };
        let tracer = Tracer::new(Some(Rc::new(observer)));
        trace_event!(tracer, Event::Unpark);
        trace_event!(tracer, Event::TurnBegin);
        assert_eq!(heard.get(), 2);
        assert!(tracer.take_panic().is_some(), "kept until somebody asks");
        assert!(tracer.take_panic().is_none());
    }
}

#[cfg(all(test, not(feature = "trace")))]
mod tests_without_the_feature {
    use super::*;

    #[test]
    fn no_event_is_built_even_with_an_observer() {
        let tracer = Tracer::new(Some(Rc::new(|_: Duration, _: &Event| {
            panic!("nothing may be heard without the feature `trace`")
        })));
        let built = Cell::new(false);
        trace_event!(tracer, {
            built.set(true);
            Event::TurnBegin
        });
        assert!(!built.get());
        assert!(!tracer.enabled());
    }
}
