//! Where in the running task we are. Next: `token.rs`.

use crate::context::with_core;
use crate::task::scope::{Construct, IdleScope, Key, Kind, Participant, Presence, Scopes};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

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

/// Polls a body in its place. One that panics loses that: nobody polls it any more, so it would owe an answer
/// to each request for as long as it is kept.
#[inline]
pub(super) fn poll_placed<T>(slot: &mut Option<Participant>, poll: impl FnOnce() -> T) -> T {
    let leaves = Leaves(slot);
    let inside = leaves.0.as_ref().map(Participant::stay_in);
    let polled = poll();
    drop(inside);
    std::mem::forget(leaves);
    polled
}

/// Gives a place back when it is dropped.
struct Leaves<'a>(&'a mut Option<Participant>);

impl Drop for Leaves<'_> {
    #[cold]
    fn drop(&mut self) {
        if let Some(participant) = self.0.take() {
            participant.give_back();
        }
    }
}

/// Polls a body that has no place. Says whether it has ended without one, or is idle. Otherwise it was given
/// one by what happened in that poll; or it was not, and has to [`register`] if it is suspended.
#[inline]
pub(super) fn try_out<T>(
    presence: &mut Presence,
    construct: Construct,
    context: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
) -> (Poll<T>, bool) {
    with_core(|core| {
        let scheduler = core.map(|core| &core.scheduler);
        let here = scheduler.and_then(|scheduler| Some((scheduler, scheduler.root_here()?)));
        let Some((scheduler, root)) = here else {
            return (poll(context), false);
        };
        let scopes = scheduler.scopes();
        let (polled, is_settled) = scopes.try_out(root, construct, || poll(context));
        if is_settled {
            *presence = Presence::placed(scopes.take_place());
            return (polled, false);
        }
        let needs_no_place = polled.is_ready()
            || scheduler.root_woken_by(context.waker()).is_some()
                && presence.suspend(scopes, root, construct);
        (polled, needs_no_place)
    })
}

/// A scope that is polled by the running task with the waker of that, and needs no place.
#[inline]
pub(crate) fn idle_here(waker: &Waker) -> Option<IdleScope> {
    with_core(|core| {
        let scheduler = &core?.scheduler;
        let root = scheduler.root_woken_by(waker)?;
        IdleScope::new(scheduler.scopes(), root)
    })
}

/// As [`IdleScope::resume`], wherever we are.
#[inline]
pub(crate) fn resume_idle(idle: &mut IdleScope, waker: &Waker) -> bool {
    with_core(|core| {
        let scheduler = core.map(|core| &core.scheduler);
        let here = scheduler
            .and_then(|scheduler| Some((scheduler.scopes(), scheduler.root_woken_by(waker)?)));
        idle.resume(here)
    })
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
