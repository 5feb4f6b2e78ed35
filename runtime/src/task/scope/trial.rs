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
#[derive(Clone, Copy)]
pub(super) struct Trial {
    what: What,
    construct: Construct,
    /// The root of the task that is polled.
    root: u32,
    /// Of a child: its number among its siblings.
    number: u32,
    /// Of a branch: its siblings that are suspended, a bit each.
    suspended: u64,
}

#[derive(Clone, Copy)]
enum What {
    /// A scope.
    Body,
    /// A child of a construct that has no place either.
    Branch,
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
    /// Those that are suspended since an earlier pass, a bit each.
    suspended: u64,
}

impl Pass<'_> {
    /// The next one, of this number.
    #[inline]
    pub(crate) fn go_to(&self, number: u32) {
        let this = 1 << number;
        let suspended = match self.suspended {
            0 => this - 1, // In the first pass it is those before it.
            some => some & !this,
        };
        self.scopes.outermost.set(Trial {
            number,
            suspended,
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
    /// Polls a body without a place, in the task of this root. Returns the place that it got by that, if it
    /// did.
    #[inline]
    pub(crate) fn try_out<R>(
        self: &Rc<Self>,
        root: u32,
        construct: Construct,
        poll: impl FnOnce() -> R,
    ) -> (R, Option<Participant>) {
        let running = self.begin_trial(Trial {
            construct,
            root,
            ..Trial::NONE
        });
        let polled = poll();
        let place = match running.end() {
            false => None,
            true => running.place(),
        };
        std::mem::forget(running);
        (polled, place)
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
        let running = self.begin_trial(Trial {
            what: What::Branch,
            construct,
            root,
            number: 0,
            suspended: suspended & !1,
        });
        let passed = pass(&Pass {
            scopes: self,
            suspended,
        });
        let is_settled = running.end();
        std::mem::forget(running);
        (passed, is_settled)
    }

    /// The places that a branch and its construct got, when a pass stopped at it.
    #[cold]
    pub(crate) fn take_places(self: &Rc<Self>) -> Option<Places> {
        let running = std::mem::ManuallyDrop::new(Running(self));
        let (child, construct, number) = running.places_of_all()?;
        Some(Places {
            construct: construct?,
            number,
            child,
        })
    }

    /// Polls an idle child of a construct, which is the innermost scope. Returns the place that it got by
    /// that, if it did.
    #[inline]
    pub(super) fn try_child<R>(
        self: &Rc<Self>,
        number: u32,
        poll: impl FnOnce() -> R,
    ) -> (R, Option<Participant>) {
        debug_assert!(!self.is_on_trial());
        let running = self.begin_trial(Trial {
            what: What::Limb,
            number,
            ..Trial::NONE
        });
        let polled = poll();
        let place = match running.end() {
            false => None,
            true => running.place(),
        };
        std::mem::forget(running);
        (polled, place)
    }

    #[inline(always)]
    fn begin_trial(self: &Rc<Self>, trial: Trial) -> Running<'_> {
        let unsettled = self.unsettled.get();
        match unsettled {
            0 => self.outermost.set(trial),
            _ => self.trials.borrow_mut().push(trial),
        }
        self.unsettled.set(unsettled + 1);
        Running(self)
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
                What::Branch => {
                    let fan = forest.add(Some(home), Kind::Fan(trial.construct), None);
                    forest.at(fan.index).idle.suspend_together(trial.suspended);
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
struct Running<'a>(&'a Rc<Scopes>);

impl Running<'_> {
    /// The poll is over. Says whether it got a place.
    #[inline(always)]
    fn end(&self) -> bool {
        let scopes = self.0;
        let unsettled = scopes.unsettled.get();
        // It is the innermost of those.
        match unsettled {
            0 => return true,
            1 => {}
            _ => _ = scopes.trials.borrow_mut().pop(),
        }
        scopes.unsettled.set(unsettled - 1);
        false
    }

    /// The place that it got.
    #[cold]
    fn place(&self) -> Option<Participant> {
        self.places_of_all().map(|(place, _, _)| place)
    }

    fn places_of_all(&self) -> Option<(Participant, Option<Participant>, u32)> {
        let scopes = self.0;
        let settled = scopes.settled.borrow_mut().pop()?;
        scopes.current.set(settled.before);
        let place = |(key, home)| Participant::new(scopes, key, home);
        Some((
            place((settled.key, settled.home)),
            settled.construct.map(place),
            settled.number,
        ))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.end() {
            drop(self.places_of_all());
        }
    }
}
