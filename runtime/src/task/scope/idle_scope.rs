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
use super::node::{Key, Node};
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
    /// The scope around it.
    home: Key,
    /// Under which number it is noted there; 0 while it is not.
    number: u32,
}

impl IdleScope {
    /// One that is polled by the task of this root, with the waker of that, if it can be
    /// [noted](IdleScope::note) there.
    #[inline]
    pub(crate) fn new(scopes: &Rc<Scopes>, root: u32) -> Option<IdleScope> {
        let home = scopes.home_of_idle(root)?;
        Some(IdleScope {
            scopes: scopes.clone(),
            home,
            number: 0,
        })
    }

    /// One that was polled there, and is suspended.
    #[inline]
    pub(super) fn noted(scopes: &Rc<Scopes>, root: u32, construct: Construct) -> Option<IdleScope> {
        let home = scopes.home_of_idle(root)?;
        Some(IdleScope {
            number: scopes.forest.borrow_mut().note(home, construct, 0),
            scopes: scopes.clone(),
            home,
        })
    }

    /// Whether it is suspended.
    #[inline]
    pub(crate) fn is_noted(&self) -> bool {
        self.number != 0
    }

    /// The place of the root of its task, if that is its home: only then a trial asks for it.
    #[inline]
    pub(crate) fn root(&self) -> u32 {
        self.home.index
    }

    /// Notes that it is suspended. It has just found its home, and nobody looked there since.
    #[inline]
    pub(crate) fn note(&mut self, construct: Construct, limbs: u64) {
        let mut forest = self.scopes.forest.borrow_mut();
        self.number = forest.note(self.home, construct, limbs);
    }

    /// It is polled again: by the task of this root in these scopes and with the waker of that, if one is
    /// told. Takes it out, so that it can be noted again. False if it needs a place in order to be suspended,
    /// or was given one meanwhile: then it has to [`leave`](IdleScope::leave). And if it was not noted.
    #[inline]
    pub(crate) fn resume(&mut self, here: Option<(&Rc<Scopes>, u32)>) -> bool {
        match here {
            Some((scopes, root)) if self.is_home_again(scopes, root) => true,
            _ => self.moves(here),
        }
    }

    /// Whether it is polled where it was, in a task that is in no other scope, as it is nearly always. Then
    /// its home needs no second look. That it is the same tells the number, which no other note ever has.
    #[inline]
    fn is_home_again(&mut self, scopes: &Rc<Scopes>, root: u32) -> bool {
        if !Rc::ptr_eq(scopes, &self.scopes)
            || !scopes.current.get().is_root()
            || scopes.needs_places()
        {
            return false;
        }
        let mut forest = scopes.forest.borrow_mut();
        let around = forest.at(root);
        match &around.idle.scope {
            Some(noted) if noted.number == self.number && around.is_unasked() => {
                around.idle.scope = None;
                self.number = 0;
                true
            }
            _ => false,
        }
    }

    /// It may be polled in another scope than it was, or was given a place, or something was asked meanwhile;
    /// or it was not noted.
    #[inline(never)]
    fn moves(&mut self, here: Option<(&Rc<Scopes>, u32)>) -> bool {
        if !self.is_noted() || !self.goes_out() {
            return false;
        }
        let here = here.filter(|(scopes, _)| Rc::ptr_eq(scopes, &self.scopes));
        let home = here.and_then(|(scopes, root)| scopes.home_of_idle(root));
        if let Some(home) = home {
            self.home = home;
        }
        home.is_some()
    }

    /// Takes it out of the scope around it. Returns its place, if it was given one meanwhile.
    #[inline]
    pub(crate) fn leave(&mut self) -> Option<Participant> {
        match self.goes_out() {
            true => None,
            false => self.claim(),
        }
    }

    /// Takes it out of the scope around it. False if it was given a place there.
    #[inline]
    fn goes_out(&mut self) -> bool {
        if self.number == 0 {
            return true;
        }
        let mut forest = self.scopes.forest.borrow_mut();
        if let Some(around) = forest.node(self.home) {
            match &around.idle.scope {
                Some(noted) if noted.number == self.number => around.idle.scope = None,
                _ => return false,
            }
        }
        self.number = 0;
        true
    }

    /// The place that it was given.
    #[cold]
    fn claim(&mut self) -> Option<Participant> {
        let number = std::mem::replace(&mut self.number, 0);
        let scopes = &self.scopes;
        let key = scopes.forest.borrow_mut().claim_noted(self.home, number)?;
        Some(Participant::new(scopes, key, self.home))
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

impl Scopes {
    /// Whether nobody can be suspended without a place: on trial is the scope around it, which has no place
    /// either; and the pictures of debug mode know each child.
    #[inline]
    fn needs_places(&self) -> bool {
        self.is_on_trial() || self.is_debug()
    }

    /// The innermost scope that is polled, in the task of this root, if one can be noted there. It needs a
    /// place in order to be suspended if something lies here that may be for it, or another one is noted here.
    #[inline(always)]
    fn home_of_idle(&self, root: u32) -> Option<Key> {
        if self.needs_places() {
            return None;
        }
        let current = self.current.get();
        if !current.is_root() {
            return self.inner_home(current);
        }
        let mut forest = self.forest.borrow_mut();
        let node = forest.at(root);
        let (home, is_free) = (node.key(root), node.takes_idle());
        drop(forest);
        is_free.then_some(home)
    }

    /// As [`home_of_idle`](Scopes::home_of_idle), of a task that is in this scope.
    #[inline(never)]
    fn inner_home(&self, scope: Key) -> Option<Key> {
        let mut forest = self.forest.borrow_mut();
        let takes = |node: &mut Node| node.takes_idle() && matches!(node.kind, Kind::Scope(_));
        let is_free = forest.node(scope).is_some_and(takes) && forest.is_undisturbed(scope);
        is_free.then_some(scope)
    }
}

impl Forest {
    /// Notes a scope in one that takes it. Returns the number of the note.
    #[inline]
    fn note(&mut self, home: Key, construct: Construct, limbs: u64) -> u32 {
        let number = self.next_generation();
        let node = self.at(home.index);
        debug_assert!(node.generation == home.generation);
        node.idle.scope = Some(Noted {
            number,
            construct,
            limbs,
        });
        number
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
