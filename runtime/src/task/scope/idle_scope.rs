//! [`IdleScope`]: a scope that is suspended, and has no place in the forest. Next: `presence.rs`.
//!
//! As `idle.rs` has it for children, so for a body that stands alone, as most do: what is suspended in a
//! time limit for which nobody inside registered is told apart by nobody. It is noted in the scope around
//! it, one at a time, until somebody looks there: a request, a picture, another participant, which comes
//! behind it. Then it is given a place. Polled again, it is on trial as in its first poll (`trial.rs`).

use super::Scopes;
use super::construct::Construct;
use super::forest::Forest;
use super::kind::Kind;
use super::node::Key;
use super::participant::Participant;
use std::rc::Rc;
use std::task::Waker;

/// What is known of a scope that is noted in the one around it.
pub(super) struct Noted {
    /// Tells it from those before it.
    number: u32,
    construct: Construct,
    /// Of a construct with several children: which of them are suspended, a bit each. None of a body.
    limbs: u64,
}

/// A scope without a place, with nobody inside and nothing asked of it.
pub(crate) struct IdleScope {
    pub(crate) scopes: Rc<Scopes>,
    /// The root of its task.
    pub(crate) root: u32,
    /// Under which number it is noted; 0 while it is not.
    number: u32,
    /// The scope around it.
    home: Key,
}

/// What it is that is polled again.
pub(crate) enum Resumed {
    /// As before.
    Idle,
    /// It needs a place in order to be suspended.
    Needy,
    /// It was given a place meanwhile.
    Placed(Participant),
}

impl IdleScope {
    /// One that is polled, in the task of this root.
    #[inline]
    pub(crate) fn new(scopes: Rc<Scopes>, root: u32) -> IdleScope {
        IdleScope {
            scopes,
            root,
            number: 0,
            home: Key::NONE,
        }
    }

    /// Whether it is of this task.
    #[inline]
    pub(crate) fn is_of(&self, scopes: &Rc<Scopes>, root: Option<u32>) -> bool {
        Rc::ptr_eq(&self.scopes, scopes) && root == Some(self.root)
    }

    /// Whether it can be [noted](IdleScope::note) where it is polled, with the waker of its task. It needs a
    /// place in order to be suspended if something lies here that may be for it, or another one is noted
    /// here; and in debug mode, whose pictures know each child.
    #[inline]
    pub(crate) fn find_home(&mut self) -> bool {
        let scopes = &self.scopes;
        if scopes.is_on_trial() || scopes.is_debug() {
            return false; // On trial is the scope around it, which has no place either.
        }
        let mut forest = scopes.forest.borrow_mut();
        self.home = match scopes.current.get() {
            Key::ROOT => forest.root(self.root),
            inner => inner,
        };
        forest.takes_idle(self.home)
    }

    /// Notes that it is suspended. It has just found its home, and nobody looked there since.
    #[inline]
    pub(crate) fn note(&mut self, construct: Construct, limbs: u64) {
        let mut forest = self.scopes.forest.borrow_mut();
        self.number = forest.next_generation();
        if let Some(around) = forest.node(self.home) {
            around.idle.scope = Some(Noted {
                number: self.number,
                construct,
                limbs,
            });
        }
    }

    /// It is polled again: by its task and with the waker of that, if `is_here`.
    #[inline]
    pub(crate) fn resume(&mut self, is_here: bool) -> Resumed {
        if let Some(place) = self.leave() {
            return Resumed::Placed(place);
        }
        match is_here && self.find_home() {
            true => Resumed::Idle,
            false => Resumed::Needy,
        }
    }

    /// Takes it out of the scope around it. Returns its place, if it was given one meanwhile.
    #[inline]
    pub(super) fn leave(&mut self) -> Option<Participant> {
        let number = std::mem::replace(&mut self.number, 0);
        if number == 0 {
            return None;
        }
        let mut forest = self.scopes.forest.borrow_mut();
        let around = forest.node(self.home)?;
        if let Some(noted) = &around.idle.scope
            && noted.number == number
        {
            around.idle.scope = None;
            return None;
        }
        let key = forest.claim_noted(self.home, number)?;
        drop(forest);
        Some(Participant::new(&self.scopes, key, self.home))
    }

    /// It is dropped where it waits.
    #[cold]
    fn give_up(&mut self) {
        if self.scopes.listens() {
            self.settle(); // A participant tells of it.
        }
        drop(self.leave());
    }

    /// Gives it a place, to be taken over.
    #[cold]
    pub(super) fn settle(&self) {
        self.scopes.with(|forest| forest.populate(self.home));
    }
}

impl Drop for IdleScope {
    fn drop(&mut self) {
        if self.number != 0 {
            self.give_up();
        }
    }
}

impl Forest {
    /// Whether a scope can be noted in this one.
    #[inline]
    fn takes_idle(&mut self, scope: Key) -> bool {
        let Some(node) = self.node(scope) else {
            return false;
        };
        let is_quiet = node.rounds.is_empty() && node.letter.is_none();
        if !is_quiet || node.idle.scope.is_some() {
            return false;
        }
        match node.kind {
            Kind::Root(_) => true,
            Kind::Scope(_) => self.is_undisturbed(scope),
            _ => false,
        }
    }

    /// Gives the scope that is noted in this one a place.
    pub(super) fn populate_scope(&mut self, home: Key) {
        let Some(node) = self.node(home) else { return };
        let Some(noted) = node.idle.scope.take() else {
            return;
        };
        node.has_unclaimed = true;
        self.populations += 1;
        let waker = self.waker_above(home);
        let kind = match noted.limbs {
            0 => Kind::Scope(noted.construct),
            _ => Kind::Fan(noted.construct),
        };
        let key = self.add(Some(home), kind, waker);
        let node = self.at(key.index);
        (node.limb, node.unclaimed) = (noted.number, true);
        node.idle.suspend_together(noted.limbs);
    }

    /// The waker of the task that a scope is in, if that has not ended.
    pub(super) fn waker_above(&mut self, mut scope: Key) -> Option<Waker> {
        loop {
            let node = self.node(scope)?;
            if let Kind::Root(task) = &node.kind {
                return Some(task.waker());
            }
            scope = node.parent?;
        }
    }

    /// The scope that was noted in `home` under this number, and was given a place.
    #[cold]
    fn claim_noted(&mut self, home: Key, number: u32) -> Option<Key> {
        let mut inside = self.node(home)?.first;
        while let Some(index) = inside {
            let node = self.at(index);
            if node.unclaimed && node.limb == number {
                node.unclaimed = false;
                return Some(node.key(index));
            }
            inside = node.next;
        }
        None
    }
}
