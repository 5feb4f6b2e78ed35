//! Where in the running task we are. Next: `token.rs`.

use crate::context::with_core;
use crate::task::scope::{Construct, Key, Kind, Participant, Scopes};
use std::rc::Rc;
use std::task::Waker;

/// Registers in the innermost scope of the running task. Outside a task there is nothing to
/// register in: nobody could ask.
#[inline]
pub(crate) fn register<'a>(
    slot: &'a mut Option<Participant>,
    kind: impl FnOnce() -> Kind,
    waker: Option<&Waker>,
) -> Option<&'a Participant> {
    with_core(|core| {
        let scheduler = &core?.scheduler;
        let here = scheduler.here()?;
        let scopes = scheduler.scopes();
        Some(Participant::ensure(slot, scopes, here, kind, waker))
    })
}

/// Polls a body for the first time. What it got a place by, if it did, is put into `slot`.
#[inline]
pub(super) fn try_out<R>(
    slot: &mut Option<Participant>,
    construct: Construct,
    poll: impl FnOnce() -> R,
) -> R {
    let task = with_core(|core| {
        let scheduler = &core?.scheduler;
        Some((scheduler.scopes().clone(), scheduler.root_here()?))
    });
    let Some((scopes, root)) = task else {
        return poll();
    };
    let (polled, participant) = scopes.try_out(root, construct, poll);
    *slot = participant;
    polled
}

/// To be called before a stop is made, so that it is known to be of one batch with what else is
/// asked there.
pub(crate) fn note_batch() {
    with_core(|core| {
        if let Some(core) = core {
            core.scheduler.note_batch();
        }
    });
}

/// Whether the current loop is in debug mode.
pub(crate) fn is_debug() -> bool {
    with_core(|core| core.is_some_and(|core| core.scheduler.scopes().is_debug()))
}

/// The innermost scope of the running task.
pub(super) fn here() -> Option<(Rc<Scopes>, Key)> {
    with_core(|core| {
        let scheduler = &core?.scheduler;
        Some((scheduler.scopes().clone(), scheduler.here()?))
    })
}

/// Whether a request lies where the running task is, which ends what is suspended there now.
pub(crate) fn is_about_to_end() -> bool {
    here().is_some_and(|(scopes, scope)| scopes.is_requested(scope) || scopes.is_raised(scope))
}

/// A request that a construct sent on outward, staying pending itself.
pub(crate) struct Outward {
    /// Where it was sent on. `None` outside a task.
    from: Option<(Rc<Scopes>, Key)>,
}

impl Outward {
    /// To be called by who is about to send a request on, where that is.
    pub(crate) fn from_here() -> Outward {
        Outward { from: here() }
    }

    /// Polled again: what a foreign `join!` does while others clean up. But if the request was ended
    /// meanwhile, somebody awaits what it ended, which would last for ever.
    ///
    /// # Panics
    /// If so.
    pub(crate) fn check(&self, what: &str) {
        if let Some((scopes, scope)) = &self.from
            && !(scopes.is_raised(*scope) && here().is_some_and(|(_, here)| here == *scope))
        {
            panic!(
                "{what} was awaited again after a request to end had ended it, and has nothing left \
                 to give: suppress the request inside of it, or await it behind `cancel::paused` so \
                 that the request does not reach it, or make a new one"
            );
        }
    }
}
