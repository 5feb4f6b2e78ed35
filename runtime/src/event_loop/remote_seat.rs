//! Where the await of a task of another thread takes part in cancellation. Next: `handle.rs`.
//!
//! A [`RemoteTask`](super::RemoteTask) may be sent to another thread, also when it was polled before; a
//! participant may not. So what is kept here is plain data, which is looked up again in the loop where it
//! is polled; and where it is dropped elsewhere, that loop is told.

use super::Core;
use super::inbox::{Inbox, Job};
use crate::context::{current_core, with_core};
use crate::task::JoinError;
use crate::task::scope::{Construct, Key, Kind, OnRequest, Participant, Target};
use std::mem;
use std::panic::Location;
use std::sync::{Arc, Weak};
use std::task::Waker;

/// Where a remote task is awaited, if it is.
#[derive(Default)]
pub(super) struct RemoteSeat(Seat);

#[derive(Default)]
enum Seat {
    #[default]
    Nowhere,
    /// By this participant of a task's tree.
    Taken(Place),
    /// The request went on outward at this scope when the task had ended by it.
    Raised(Place),
}

/// A node of a loop's trees.
pub(super) struct Place {
    /// Which loop's.
    inbox: Weak<Inbox>,
    key: Key,
}

impl Place {
    fn new(core: &Core, key: Key) -> Place {
        Place {
            inbox: Arc::downgrade(&core.inbox),
            key,
        }
    }

    fn is_in(&self, core: &Core) -> bool {
        self.inbox.as_ptr() == Arc::as_ptr(&core.inbox)
    }
}

impl RemoteSeat {
    /// Takes part where we are polled, if that is a task; `target` says to whom requests go.
    pub(super) fn take(&mut self, waker: &Waker, target: impl FnOnce() -> OnRequest) {
        let core = current_core().ok();
        let here = core.as_ref().and_then(|core| core.scheduler.here());
        let (Some(core), Some(here)) = (core, here) else {
            return self.leave();
        };
        let mut slot = self.lift(&core);
        let kind = || Kind::Forward(Target::Call(target(), Construct::RemoteTask));
        let scopes = core.scheduler.scopes();
        let participant = Participant::ensure(&mut slot, scopes, here, kind, Some(waker));
        participant.hand_on();
        self.0 = match slot {
            Some(participant) => Seat::Taken(Place::new(&core, participant.into_key())),
            None => Seat::Nowhere,
        };
    }

    /// The task has ended, perhaps `cancelled`: answers a request that went through the await, and which
    /// it `heard`. False if that goes on outward, so that the await stays pending.
    pub(super) fn answered(&mut self, heard: bool, cancelled: Option<JoinError>) -> bool {
        let Ok(core) = current_core() else {
            self.leave();
            return true;
        };
        let here = core.scheduler.here();
        if let Seat::Raised(scope) = &self.0 {
            // Asked again by who polls all its branches while the others clean up.
            let goes_on = scope.is_in(&core)
                && here == Some(scope.key)
                && core.scheduler.scopes().is_raised(scope.key);
            return !goes_on;
        }
        let Some(participant) = self.lift(&core) else {
            return true;
        };
        let home = participant.home();
        let heard = heard && participant.owes() && here == Some(home);
        match cancelled {
            _ if !heard => participant.finish(),
            Some(error) => {
                participant.raise_with(error.shared_message());
                self.0 = Seat::Raised(Place::new(&core, home));
                return false;
            }
            None => participant.done(),
        }
        true
    }

    /// Takes the participant out, if it is one of this loop; else it is given up.
    fn lift(&mut self, core: &Core) -> Option<Participant> {
        if let Seat::Taken(place) = &self.0
            && place.is_in(core)
        {
            let participant = Participant::adopt(core.scheduler.scopes(), place.key);
            self.0 = Seat::Nowhere;
            return Some(participant);
        }
        self.leave();
        None
    }

    /// Nobody awaits the task any more where somebody did.
    pub(super) fn leave(&mut self) {
        let Seat::Taken(place) = mem::take(&mut self.0) else {
            return;
        };
        let key = place.key;
        let here = with_core(|core| core.filter(|core| place.is_in(core)).cloned());
        if let Some(core) = here {
            return drop(Participant::adopt(core.scheduler.scopes(), key));
        }
        let Some(inbox) = place.inbox.upgrade() else {
            return;
        };
        // For a paused clock this is a `Remote`, for so long.
        let farewell = inbox.farewell();
        let job = Job {
            place: Location::caller(),
            run: Box::new(move || {
                with_core(|core| {
                    if let Some(core) = core {
                        drop(Participant::adopt(core.scheduler.scopes(), key));
                    }
                });
            }),
        };
        let closed = inbox.push(job);
        drop(inbox);
        drop((closed, farewell));
    }
}

impl Drop for RemoteSeat {
    fn drop(&mut self) {
        self.leave();
    }
}
