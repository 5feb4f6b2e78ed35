//! What an observer of the loop calls a source: "io 3 (tcp from 127.0.0.1:4711)".
//!
//! Who uses it: `registration.rs`. Without the feature `trace` there is nothing here but empty functions.

use super::Registration;
use crate::reactor::slots::Key;
use crate::reactor::{Reactor, Source};

#[cfg(feature = "trace")]
use crate::trace::{Event, trace_event};
#[cfg(feature = "trace")]
use std::{cell::RefCell, rc::Rc};

/// The name that a source was given.
#[derive(Default)]
pub(super) struct Name {
    #[cfg(feature = "trace")]
    text: RefCell<Option<Rc<str>>>,
}

impl Name {
    /// Tells the observer that the source was registered, with its name.
    #[cfg(feature = "trace")]
    pub(super) fn tell_opened(&self, reactor: &Reactor, key: Key) {
        trace_event!(
            reactor.tracer,
            Event::IoOpened {
                token: key.number(),
                name: self.text.borrow().clone(),
            }
        );
    }

    #[cfg(not(feature = "trace"))]
    pub(super) fn tell_opened(&self, _: &Reactor, _: Key) {}
}

impl<S: Source> Registration<S> {
    /// Gives the source a name, which an observer of the loop hears when it is registered.
    ///
    /// `name` is called at once if somebody observes the loop, and else never: a name that takes
    /// system calls or an allocation costs nothing then. Without the feature `trace` this is nothing
    /// at all.
    ///
    /// ```
    /// use mio::net::UnixStream;
    /// use oneloop::reactor::{Direction, Registration};
    /// use oneloop::trace::{self, Recorder};
    ///
    /// # if trace::ENABLED {
    /// let recorder = Recorder::new();
    /// let event_loop = oneloop::Loop::builder().observer(recorder.clone()).build()?;
    /// event_loop.block_on(async {
    ///     let (ours, _theirs) = UnixStream::pair()?;
    ///     let pipe = Registration::new(ours)?;
    ///     pipe.set_name(|| "the plotter".to_owned());
    ///     pipe.ready(Direction::Write).await
    /// })?;
    /// assert!(recorder.lines().contains(&"io 0 (the plotter) is opened".to_owned()));
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_name(&self, name: impl FnOnce() -> String) {
        #[cfg(feature = "trace")]
        if self.reactor.tracer.enabled() {
            let name = Some(name().into());
            self.name.text.replace(name);
        }
        #[cfg(not(feature = "trace"))]
        let _ = name;
    }
}
