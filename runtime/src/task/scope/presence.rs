//! [`Presence`]: where a scope is, as its construct knows it. Next: `token.rs`.

use super::idle_scope::IdleScope;
use super::participant::Participant;
use std::mem::ManuallyDrop;

/// Where a scope is.
// It is nearly always nowhere when it is dropped, and every body and every child has one: so that is looked
// at in place, and what is left to do otherwise, which would be a call each time, is out of line.
pub(crate) struct Presence(ManuallyDrop<Where>);

enum Where {
    Idle(IdleScope),
    /// Its place. `None` if it was not polled or has ended, and outside a task, where nothing can be asked.
    Placed(Option<Participant>),
}

impl Presence {
    pub(crate) const NOWHERE: Presence = Presence(ManuallyDrop::new(Where::Placed(None)));

    #[inline]
    pub(crate) fn idle(idle: IdleScope) -> Presence {
        Presence(ManuallyDrop::new(Where::Idle(idle)))
    }

    #[inline]
    pub(crate) fn placed(place: Option<Participant>) -> Presence {
        Presence(ManuallyDrop::new(Where::Placed(place)))
    }

    /// Whether it is neither idle nor placed.
    #[inline]
    pub(crate) fn is_nowhere(&self) -> bool {
        matches!(*self.0, Where::Placed(None))
    }

    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        matches!(*self.0, Where::Idle(_))
    }

    /// Its place, which it is given if it was idle.
    pub(crate) fn settle(&mut self) -> Option<&Participant> {
        if let Where::Idle(idle) = &*self.0 {
            idle.settle();
        }
        self.slot().as_ref()
    }

    /// Its place, if it has one, or where that is to be put. It is not idle any more.
    #[inline]
    pub(crate) fn slot(&mut self) -> &mut Option<Participant> {
        if let Where::Idle(idle) = &mut *self.0 {
            *self.0 = Where::Placed(idle.leave());
        }
        match &mut *self.0 {
            Where::Placed(slot) => slot,
            Where::Idle(_) => unreachable!("it was resumed"),
        }
    }

    #[cold]
    #[inline(never)]
    fn clear(&mut self) {
        *self.0 = Where::Placed(None);
    }
}

impl Drop for Presence {
    #[inline]
    fn drop(&mut self) {
        if !self.is_nowhere() {
            self.clear();
        }
    }
}
