//! Where in the running task we are. Next: `token.rs`.

use crate::context::with_core;
use crate::task::scope::{Key, Kind, Participant, Scopes};
use std::rc::Rc;

/// Registers in the innermost scope of the running task. Outside a task there is nothing to
/// register in: nobody could ask.
#[inline]
pub(crate) fn register(
    slot: &mut Option<Participant>,
    kind: impl FnOnce() -> Kind,
) -> Option<&Participant> {
    with_core(|core| {
        let scheduler = &core?.scheduler;
        let here = scheduler.here()?;
        Some(Participant::ensure(slot, scheduler.scopes(), here, kind))
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

/// The innermost scope of the running task.
pub(super) fn here() -> Option<(Rc<Scopes>, Key)> {
    with_core(|core| {
        let scheduler = &core?.scheduler;
        Some((scheduler.scopes().clone(), scheduler.here()?))
    })
}
