//! Scopes that are polled without a place in the forest. Next: `idle.rs`.
//!
//! A body that was never suspended, or that is idle when it is polled again, needs none: nothing was asked
//! of it, and nobody is inside. So it is only noted that it is polled, it is *on trial*; and so is each
//! child of a construct that is polled without one. It is put into the forest by whoever looks at the
//! forest next, if that is before its poll is over: something in it that registers, a request, a picture.
//! Nobody sees the difference.

use super::Scopes;
use super::construct::Construct;
use super::kind::Kind;
use super::node::Key;
use super::participant::Participant;
use std::rc::Rc;

/// What is polled without a place.
// What one has no use for is left as it was: not to write it is a good part of what it costs.
#[derive(Clone, Copy)]
pub(super) struct Trial {
    what: What,
    construct: Construct,
    /// The root of the task that is polled.
    root: u32,
    /// Of a child: its number among its siblings.
    number: u32,
    /// Of a branch: those of its construct that were suspended before this pass over them, a bit each.
    suspended: u64,
}

#[derive(Clone, Copy)]
enum What {
    /// A scope.
    Body,
    /// A child of a construct that has no place either.
    Branch,
    /// One that has an output, by which its siblings are being dropped.
    Winner,
    /// A child of a construct that has one, and is the innermost scope. It is in no other trial.
    Limb,
}

impl Trial {
    pub(super) const NONE: Trial = Trial {
        what: What::Body,
        construct: Construct::Child,
        root: 0,
        number: 0,
        suspended: 0,
    };

    /// Of a branch: its siblings that are suspended, a bit each.
    fn siblings(&self) -> u64 {
        let this = 1 << self.number;
        match (self.what, self.suspended) {
            (What::Branch, 0) => this - 1, // In the first pass it is those before it.
            (What::Branch, some) => some & !this,
            _ => 0, // Whoever looks finds none of those that are dropped.
        }
    }
}

/// What became of a trial.
pub(super) struct Settled {
    key: Key,
    /// The scope that it is in.
    home: Key,
    /// What was the innermost scope before.
    before: Key,
    /// Of a branch: the place of its construct, and the scope that this is in.
    construct: Option<(Key, Key)>,
    number: u32,
}

/// The places of a construct, and of the child that was polled last.
pub(crate) struct Places {
    pub(crate) construct: Participant,
    pub(crate) number: u32,
    pub(crate) child: Participant,
}

/// The children of a construct without a place, while they are polled one after the other.
pub(crate) struct Pass<'a> {
    scopes: &'a Scopes,
}

impl Pass<'_> {
    /// The next one, of this number.
    #[inline]
    pub(crate) fn go_to(&self, number: u32) {
        self.scopes.outermost.set(Trial {
            number,
            ..self.scopes.outermost.get()
        });
    }

    /// One has an output, and the others are dropped now.
    #[inline]
    pub(crate) fn drops_others(&self) {
        self.scopes.outermost.set(Trial {
            what: What::Winner,
            ..self.scopes.outermost.get()
        });
    }

    /// Whether the child that is polled was given a place, and the construct too: then the pass has to stop.
    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        self.scopes.unsettled.get() == 0
    }
}

impl Scopes {
    /// Polls a body without a place, in the task of this root. Says whether it got one by that: then it is to
    /// be [taken over](Scopes::take_place).
    #[inline]
    pub(crate) fn try_out<R>(
        self: &Rc<Self>,
        root: u32,
        construct: Construct,
        poll: impl FnOnce() -> R,
    ) -> (R, bool) {
        let running = self.begin_trial(Trial {
            what: What::Body,
            construct,
            root,
            ..self.outermost.get()
        });
        let polled = poll();
        let is_settled = running.end();
        std::mem::forget(running);
        (polled, is_settled)
    }

    /// Polls children of a construct without a place, one after the other, from the first on. `suspended`
    /// are those that are since an earlier pass, a bit each; none in the first. Says whether one of them got a
    /// place by that: then it is to be [taken over](Scopes::take_places). Nothing else is on trial.
    #[inline]
    pub(crate) fn try_branches<R>(
        self: &Rc<Self>,
        root: u32,
        construct: Construct,
        suspended: u64,
        pass: impl FnOnce(&Pass<'_>) -> R,
    ) -> (R, bool) {
        debug_assert!(!self.is_on_trial());
        self.outermost.set(Trial {
            what: What::Branch,
            construct,
            root,
            number: 0,
            suspended,
        });
        self.unsettled.set(1); // It is the only one, so it needs not be counted.
        let running = Running {
            scopes: self,
            before: 0,
        };
        let passed = pass(&Pass { scopes: self });
        let is_settled = self.unsettled.replace(0) == 0;
        std::mem::forget(running);
        (passed, is_settled)
    }

    /// The place that a body got when it was polled, which is just over.
    #[cold]
    pub(crate) fn take_place(self: &Rc<Self>) -> Option<Participant> {
        let (place, _, _) = self.take_settled()?;
        Some(place)
    }

    /// The places that a branch and its construct got, when a pass stopped at it.
    #[cold]
    pub(crate) fn take_places(self: &Rc<Self>) -> Option<Places> {
        let (child, construct, number) = self.take_settled()?;
        Some(Places {
            construct: construct?,
            number,
            child,
        })
    }

    /// As [`try_out`](Scopes::try_out), an idle child of a construct, which is the innermost scope.
    #[inline]
    pub(super) fn try_child<R>(
        self: &Rc<Self>,
        number: u32,
        poll: impl FnOnce() -> R,
    ) -> (R, bool) {
        debug_assert!(!self.is_on_trial());
        let running = self.begin_trial(Trial {
            what: What::Limb,
            number,
            ..self.outermost.get()
        });
        let polled = poll();
        let is_settled = running.end();
        std::mem::forget(running);
        (polled, is_settled)
    }

    /// What the innermost that was settled got, which is not polled any more.
    fn take_settled(self: &Rc<Self>) -> Option<(Participant, Option<Participant>, u32)> {
        let settled = self.settled.borrow_mut().pop()?;
        self.current.set(settled.before);
        let place = |(key, home)| Participant::new(self, key, home);
        Some((
            place((settled.key, settled.home)),
            settled.construct.map(place),
            settled.number,
        ))
    }

    #[inline(always)]
    fn begin_trial(self: &Rc<Self>, trial: Trial) -> Running<'_> {
        let unsettled = self.unsettled.get();
        match unsettled {
            0 => self.outermost.set(trial),
            _ => self.trials.borrow_mut().push(trial),
        }
        self.unsettled.set(unsettled + 1);
        Running {
            scopes: self,
            before: unsettled,
        }
    }

    /// Whether what is polled has no place.
    #[inline]
    pub(crate) fn is_on_trial(&self) -> bool {
        self.unsettled.get() > 0
    }

    /// Puts what is on trial into the forest. To be called before anybody looks at it.
    #[inline(always)]
    pub(super) fn settle(&self) {
        if self.is_on_trial() {
            self.settle_trials();
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_trials(&self) {
        let mut trials = self.trials.borrow_mut();
        let mut settled = self.settled.borrow_mut();
        let mut forest = self.forest.borrow_mut();
        debug_assert_eq!(self.unsettled.get() as usize, trials.len() + 1);
        self.unsettled.set(0);
        let mut before = self.current.get();
        for trial in std::iter::once(self.outermost.get()).chain(trials.drain(..)) {
            let home = match before {
                Key::ROOT => forest.root(trial.root),
                inner => inner,
            };
            let (key, home, construct) = match trial.what {
                What::Body => {
                    let kind = Kind::Scope(trial.construct);
                    (forest.add(Some(home), kind, None), home, None)
                }
                What::Branch | What::Winner => {
                    // Children without a waker wake it, perhaps before this poll is over.
                    let waker = forest.waker_above(home);
                    let fan = forest.add(Some(home), Kind::Fan(trial.construct), waker);
                    forest.at(fan.index).idle.suspend_together(trial.siblings());
                    let child = forest.add_child(fan, trial.number, None);
                    (child, fan, Some((fan, home)))
                }
                What::Limb => {
                    forest.idle_no_more(home, trial.number);
                    (forest.add_child(home, trial.number, None), home, None)
                }
            };
            settled.push(Settled {
                key,
                home,
                before,
                construct,
                number: trial.number,
            });
            before = key;
        }
        self.current.set(before);
    }
}

/// A poll of what is on trial, which is over when this is dropped, if it panics.
struct Running<'a> {
    scopes: &'a Rc<Scopes>,
    /// How many were on trial before.
    before: u32,
}

impl Running<'_> {
    /// The poll is over. Says whether it got a place.
    #[inline(always)]
    fn end(&self) -> bool {
        let Running { scopes, before } = *self;
        // It is the innermost of those that are on trial, unless all of them were settled. Asked this way
        // round, the answer is known where nothing in the poll could have done that.
        if scopes.unsettled.get() != before + 1 {
            return true;
        }
        if before > 0 {
            scopes.trials.borrow_mut().pop();
        }
        scopes.unsettled.set(before);
        false
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.end() {
            drop(self.scopes.take_settled());
        }
    }
}
