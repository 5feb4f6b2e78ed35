//! SIGCHLD, for systems without descriptors of processes: one pipe for all processes of a loop, which is
//! there while there are any. Next: `watch.rs`. Needs the feature `signal`.

use crate::signal::{SIGCHLD, Signal};
use oneloop::sync::Event;
use oneloop::{CallbackHandle, Handle};
use std::cell::{Cell, RefCell};
use std::io;
use std::rc::{Rc, Weak};

/// Where the processes of one loop find the bell that the others listen to already.
#[derive(Default)]
pub(super) struct Children(RefCell<Weak<Bell>>);

/// Rings whenever some process of this program has ended: nobody tells which.
pub(super) struct Bell {
    rung: Event,
    /// Why it will never ring again.
    broken: Cell<bool>,
    /// What reads the pipe, as part of the loop.
    listener: RefCell<Option<CallbackHandle>>,
}

impl Children {
    /// Gives the loop's bell, which hears of every end from now on.
    pub(super) fn bell(handle: &Handle) -> io::Result<Rc<Bell>> {
        let children = handle.attached(Children::default);
        if let Some(bell) = children.0.borrow().upgrade() {
            return Ok(bell);
        }
        let signal = Signal::new(SIGCHLD)?;
        let bell = Rc::new(Bell {
            rung: Event::new(),
            broken: Cell::new(false),
            listener: RefCell::default(),
        });
        let rings = Rc::downgrade(&bell);
        let listener = handle.drive(async move {
            loop {
                let received = signal.recv().await;
                let Some(bell) = rings.upgrade() else { return };
                bell.broken.set(received.is_err());
                bell.rung.set();
                if received.is_err() {
                    return;
                }
                bell.rung.clear();
            }
        });
        bell.listener.replace(Some(listener));
        children.0.replace(Rc::downgrade(&bell));
        Ok(bell)
    }
}

impl Bell {
    /// Waits until `look` finds what it looks for, and looks whenever the bell rings.
    pub(super) async fn until<T>(
        &self,
        mut look: impl FnMut() -> io::Result<Option<T>>,
    ) -> io::Result<T> {
        loop {
            // What ends from here on rings later, since only the loop reads the pipe.
            if let Some(found) = look()? {
                return Ok(found);
            }
            if self.broken.get() {
                let text = "the pipe that tells of ended processes (SIGCHLD) is broken";
                return Err(io::Error::other(text));
            }
            self.rung.wait().await;
        }
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        // With it goes the signal, so that an idle loop has nothing open.
        if let Some(listener) = self.listener.take() {
            listener.cancel();
        }
    }
}
