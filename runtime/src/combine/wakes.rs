//! [`Wakes`]: how the children of one task are woken. [`Begun`]: which of them were polled at all.
//!
//! Who uses it: `children.rs`. Read next: `fan.rs`, `few.rs`.

use super::fan::Fan;
use super::few::Few;
use std::task::{Context, Poll};

/// How children are woken.
pub(super) enum Wakes {
    /// Each for itself.
    Apart(Box<Fan>),
    /// All of them by the task's waker.
    Together(Few),
}

impl Wakes {
    /// Polls the children that were woken, or all from `first` on that have not ended. Ready once all have.
    pub(super) fn poll(
        &mut self,
        first: usize,
        context: &mut Context<'_>,
        poll_child: impl FnMut(usize, &mut Context<'_>) -> Poll<()>,
    ) -> Poll<()> {
        match self {
            Wakes::Apart(fan) => fan.poll(context, poll_child),
            Wakes::Together(few) => few.poll(first, context, poll_child),
        }
    }

    pub(super) fn is_unfinished(&self, index: usize) -> bool {
        match self {
            Wakes::Apart(fan) => fan.is_unfinished(index),
            Wakes::Together(few) => few.is_unfinished(index),
        }
    }

    /// A child has ended without being polled.
    pub(super) fn finish(&mut self, index: usize) {
        match self {
            Wakes::Apart(fan) => fan.finish(index),
            Wakes::Together(few) => few.finish(index),
        }
    }

    /// All that have not ended are to be polled.
    #[cold]
    pub(super) fn wake_all(&mut self) {
        match self {
            Wakes::Apart(fan) => fan.wake_all(),
            Wakes::Together(_) => {} // They always are.
        }
    }

    pub(super) fn unfinished(&self) -> usize {
        match self {
            Wakes::Apart(fan) => fan.unfinished(),
            Wakes::Together(few) => few.unfinished(),
        }
    }
}

/// Which children were polled once.
#[derive(Default)]
pub(super) struct Begun {
    /// The first ones, a bit each.
    first: u64,
    others: Vec<bool>,
}

impl Begun {
    /// Those of the first 64 that have a bit here.
    pub(super) fn of(first: u64) -> Begun {
        let others = Vec::new();
        Begun { first, others }
    }

    /// Notes it, and says whether it is the first time.
    #[inline]
    pub(super) fn begin(&mut self, index: usize) -> bool {
        if index < 64 {
            let is_new = self.first >> index & 1 == 0;
            self.first |= 1 << index;
            return is_new;
        }
        let index = index - 64;
        if self.others.len() <= index {
            self.others.resize(index + 1, false);
        }
        !std::mem::replace(&mut self.others[index], true)
    }

    /// Whether none of them was.
    pub(super) fn is_nobody(&self) -> bool {
        self.first == 0 && self.others.is_empty()
    }

    /// Another child has this number now.
    pub(super) fn forget(&mut self, index: usize) {
        if index < 64 {
            self.first &= !(1 << index);
        } else if let Some(begun) = self.others.get_mut(index - 64) {
            *begun = false;
        }
    }
}
