//! A body's first poll, which most bodies end in: what is ready at once was never suspended, so nothing
//! could be asked of it, and it needs no place in the forest. Next: `idle.rs`.
//!
//! So a scope that is polled for the first time is only noted. It is put into the forest by whoever
//! looks at the forest next, if that is before its poll is over: something in it that registers, a
//! request, a picture. Nobody sees the difference.

use super::Scopes;
use super::construct::Construct;
use super::kind::Kind;
use super::node::Key;
use super::participant::Participant;
use std::rc::Rc;

/// A scope in its first poll.
pub(super) struct Trial {
    construct: Construct,
    /// The root of the task that is polled.
    root: u32,
    /// What was the innermost scope before.
    before: Key,
    /// Its own place, and the scope that it is in, once it is in the forest.
    settled: Option<(Key, Key)>,
}

/// An idle child that is polled, in the scope of its construct.
#[derive(Clone, Copy, Default)]
pub(super) struct Limb {
    number: u32,
    /// Its place, once it has one.
    key: Option<Key>,
}

impl Scopes {
    /// Polls a body for the first time, as a scope of its own in the task of this root. Returns its
    /// place if it got one by that.
    #[inline]
    pub(crate) fn try_out<R>(
        self: &Rc<Self>,
        root: u32,
        construct: Construct,
        poll: impl FnOnce() -> R,
    ) -> (R, Option<Participant>) {
        self.trials.borrow_mut().push(Trial {
            construct,
            root,
            before: self.current.get(),
            settled: None,
        });
        self.unsettled.set(self.unsettled.get() + 1);
        let trial = Running(self);
        let polled = poll();
        let participant = trial.end();
        std::mem::forget(trial);
        (polled, participant)
    }

    /// Polls an idle child of `fan`, which is the innermost scope. Returns its place if it got one by that.
    #[inline]
    pub(super) fn try_child<R>(
        self: &Rc<Self>,
        fan: Key,
        number: u32,
        poll: impl FnOnce() -> R,
    ) -> (R, Option<Participant>) {
        debug_assert!(self.current.get() == fan && self.unsettled.get() == 0);
        let outer = self.limb.replace(Limb { number, key: None });
        self.unsettled.set(1);
        let child = PolledChild {
            scopes: self,
            fan,
            outer,
        };
        let polled = poll();
        let participant = child.end();
        std::mem::forget(child);
        (polled, participant)
    }

    /// Puts what is polled for the first time into the forest. To be called before anybody looks at it.
    #[inline(always)]
    pub(super) fn settle(&self) {
        if self.unsettled.get() > 0 {
            self.settle_trials();
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_trials(&self) {
        let mut trials = self.trials.borrow_mut();
        let mut forest = self.forest.borrow_mut();
        let mut unsettled = self.unsettled.replace(0) as usize;
        // Those further out were put there before; between these no other scope was entered.
        let is_of_them = |trial: &Trial| trial.settled.is_none();
        let new_trials = trials.iter().rev().take_while(|trial| is_of_them(trial));
        let first = trials.len() - new_trials.count();
        let mut before = self.current.get();
        if unsettled > trials.len() - first {
            // What is left is a child, in which they are.
            let limb = self.limb.get();
            forest.idle_no_more(before, limb.number);
            let key = forest.add_child(before, limb.number, None);
            self.limb.set(Limb {
                key: Some(key),
                ..limb
            });
            before = key;
            unsettled -= 1;
        }
        debug_assert_eq!(unsettled, trials.len() - first);
        let mut home = match before {
            Key::ROOT => forest.root(trials[first].root),
            inner => inner,
        };
        for trial in &mut trials[first..] {
            let key = forest.add(Some(home), Kind::Scope(trial.construct), None);
            (trial.before, trial.settled) = (before, Some((key, home)));
            (before, home) = (key, key);
        }
        self.current.set(home);
    }
}

/// A first poll, which is over when this is dropped, if it panics.
struct Running<'a>(&'a Rc<Scopes>);

impl Running<'_> {
    #[inline]
    fn end(&self) -> Option<Participant> {
        let scopes = self.0;
        let unsettled = scopes.unsettled.get();
        if unsettled > 0 {
            // This one, as it is the innermost.
            scopes.unsettled.set(unsettled - 1);
            let mut trials = scopes.trials.borrow_mut();
            let left = trials.len() - 1;
            trials.truncate(left);
            return None;
        }
        self.end_settled()
    }

    #[cold]
    fn end_settled(&self) -> Option<Participant> {
        let scopes = self.0;
        let trial = scopes.trials.borrow_mut().pop()?;
        let (key, home) = trial.settled?;
        scopes.current.set(trial.before);
        Some(Participant::new(scopes, key, home))
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        drop(self.end());
    }
}

/// A poll of an idle child, which is over when this is dropped, if it panics.
struct PolledChild<'a> {
    scopes: &'a Rc<Scopes>,
    fan: Key,
    /// The child that this is inside of.
    outer: Limb,
}

impl PolledChild<'_> {
    #[inline]
    fn end(&self) -> Option<Participant> {
        let child = self.scopes.limb.replace(self.outer);
        if self.scopes.unsettled.replace(0) > 0 {
            return None;
        }
        self.scopes.current.set(self.fan);
        let place = |key| Participant::new(self.scopes, key, self.fan);
        child.key.map(place)
    }
}

impl Drop for PolledChild<'_> {
    fn drop(&mut self) {
        drop(self.end());
    }
}
