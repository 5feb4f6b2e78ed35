//! [`Mistake`]: what looks like a slip in how a program treats cancellation. Next: `look.rs`, which tells
//! of it.

use crate::task::report::ReportKind;
use crate::trace::Event;

/// What debug mode tells of.
#[derive(Clone, Copy)]
pub(super) enum Mistake {
    /// A token was dropped, so that its request goes on.
    CancelDropped,
    /// Foreign code dropped a body with a catch point in it.
    BodyDropped,
}

impl Mistake {
    pub(super) const ALL: [Mistake; 2] = [Mistake::CancelDropped, Mistake::BodyDropped];

    pub(super) fn kind(self) -> ReportKind {
        match self {
            Mistake::CancelDropped => ReportKind::CancelDropped,
            Mistake::BodyDropped => ReportKind::BodyDropped,
        }
    }

    pub(super) fn event(self, task: u64) -> Event {
        match self {
            Mistake::CancelDropped => Event::CancelDropped { task },
            Mistake::BodyDropped => Event::BodyDropped { task },
        }
    }

    /// What is said of the first one of a task, with its cure.
    pub(super) fn text(self) -> &'static str {
        match self {
            Mistake::CancelDropped => {
                "a caught cancellation was dropped, so it goes on at the next suspension: say \
                 `suppress()` to end it, or `resume().await`"
            }
            Mistake::BodyDropped => {
                "a body with a catch point in it was dropped where it waits, so that its clean-up \
                 is not awaited: use `race` or `until` in place of a foreign `select!`"
            }
        }
    }

    /// What is said of the others, when the task ends.
    pub(super) fn text_of_more(self, number: u32) -> String {
        let what = match self {
            Mistake::CancelDropped => "caught cancellations were dropped",
            Mistake::BodyDropped => "bodies with a catch point in them were dropped",
        };
        format!("after the first one, {number} more {what}, as the report of that one says")
    }
}
