//! [`Presence`]: where a scope is, as its construct knows it. Next: `token.rs`.

use super::Scopes;
use super::construct::Construct;
use super::idle_scope::IdleScope;
use super::participant::Participant;
use std::mem::ManuallyDrop;
use std::rc::Rc;

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
    // No constant: of that all bytes are copied, of which all but one mean nothing.
    #[inline(always)]
    pub(crate) fn nowhere() -> Presence {
        Presence(ManuallyDrop::new(Where::Placed(None)))
    }

    /// It was nowhere, and is suspended in the task of this root, with the waker of that. So it is idle, if
    /// it can be, which this says.
    // Out of line, since every body of every construct has this, and none of it hangs on what it is.
    #[inline(never)]
    pub(crate) fn suspend(&mut self, scopes: &Rc<Scopes>, root: u32, construct: Construct) -> bool {
        debug_assert!(self.is_nowhere(), "nothing is dropped");
        let Some(idle) = IdleScope::noted(scopes, root, construct) else {
            return false;
        };
        self.0 = ManuallyDrop::new(Where::Idle(idle));
        true
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
