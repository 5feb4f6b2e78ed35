//! [`mark`]: a note of the program's own in the trace.

use crate::context::with_core;
use crate::trace::{Event, trace_event};

/// Leaves a note in the trace of the loop that is running on this thread, as
/// [`Event::Mark`](crate::trace::Event::Mark).
///
/// Without a loop, without an observer, or in a build without the feature `trace`, it does nothing.
///
/// ```
/// use oneloop::trace::{ENABLED, Event, Recorder};
///
/// let recorder = Recorder::new();
/// let mut builder = oneloop::Loop::builder();
/// if ENABLED {
///     builder = builder.observer(recorder.clone());
/// }
/// builder.build()?.block_on(async { oneloop::mark("here") });
/// let note = Event::Mark { text: "here".into() };
/// let told = recorder.events().iter().any(|(_, event)| *event == note);
/// assert_eq!(told, ENABLED);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn mark(text: &str) {
    with_core(|core| {
        if let Some(core) = core {
            trace_event!(core.tracer, Event::Mark { text: text.into() });
        }
    });
}
