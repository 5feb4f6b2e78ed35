//! [`Idle`]: children that are suspended, and have no place in the forest. Next: `idle_scope.rs`.
//!
//! What has nobody inside and was asked nothing is told apart by nobody. So the children of a `gather`,
//! a `race`, a `select!` are only noted at the construct, until somebody looks for them: a request, a
//! picture. Then each is given its place, in their order.

use super::construct::Construct;
use super::effects::Effects;
use super::forest::Forest;
use super::idle_scope::Noted;
use super::kind::Kind;
use super::node::{Key, Node};
use super::participant::Participant;
use std::mem;
use std::task::Waker;

/// What is suspended inside of one participant, and has no place: the children of a construct, by their
/// numbers, or a scope.
#[derive(Default)]
pub(super) struct Idle {
    pub(super) scope: Option<Noted>,
    /// Those children that are polled with the waker of the construct, a bit each.
    together: u64,
    /// Whether they are, or were before they were given places, of that kind.
    pub(super) is_together: bool,
    /// The wakers of those that have one each.
    each: Vec<Option<Waker>>,
}

/// For how many children memory is kept.
const KEPT: usize = 64;

impl Idle {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.scope.is_none() && self.together == 0 && self.each.is_empty()
    }

    /// Whether there never was one since it was cleared.
    #[inline]
    pub(super) fn is_clear(&self) -> bool {
        self.scope.is_none() && !self.is_together && self.each.capacity() == 0
    }

    /// Notes a child that is suspended.
    #[inline]
    pub(super) fn add(&mut self, limb: u32, waker: Option<&Waker>) {
        let Some(waker) = waker else {
            self.together |= 1 << limb;
            self.is_together = true;
            return;
        };
        let limb = limb as usize;
        if self.each.len() <= limb {
            // In great steps: there are often more.
            self.each.resize((limb + 1).next_power_of_two(), None);
        }
        let known = &mut self.each[limb];
        if known.is_none() {
            *known = Some(waker.clone());
        }
    }

    /// Notes children that are polled with the waker of the construct, and are suspended.
    pub(super) fn suspend_together(&mut self, limbs: u64) {
        self.together |= limbs;
        self.is_together |= limbs != 0;
    }

    /// A child is not idle any more.
    #[inline]
    pub(super) fn remove(&mut self, limb: u32) {
        self.together &= !1_u64.wrapping_shl(limb);
        if let Some(waker) = self.each.get_mut(limb as usize) {
            *waker = None;
        }
    }

    /// Takes all of them out, in their order.
    pub(super) fn take(&mut self) -> Vec<(u32, Option<Waker>)> {
        let together = mem::take(&mut self.together);
        let each = mem::take(&mut self.each);
        let bits = (0..u64::BITS).filter(|limb| together >> limb & 1 == 1);
        let wakers = (0..).zip(each).filter(|(_, waker)| waker.is_some());
        bits.map(|limb| (limb, None)).chain(wakers).collect()
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        (self.scope, self.together, self.is_together) = (None, 0, false);
        self.each.clear();
        self.each.shrink_to(KEPT);
    }
}

impl Forest {
    /// Puts a child of a fan among its siblings, of which each has a number.
    pub(super) fn add_child(&mut self, fan: Key, limb: u32, waker: Option<Waker>) -> Key {
        let key = self.add(None, Kind::Scope(Construct::Child), waker);
        self.at(key.index).limb = limb;
        self.link(key, fan);
        // Nearly always it stands where it belongs: behind the others.
        while let Some(previous) = self.at(key.index).previous
            && self.at(previous).limb > limb
        {
            self.change_places(previous, key.index);
        }
        key
    }

    /// Lets `first`, which stands right before `second`, stand behind it.
    fn change_places(&mut self, first: u32, second: u32) {
        let (before, parent) = (self.at(first).previous, self.at(first).parent);
        let after = self.at(second).next;
        (self.at(second).previous, self.at(second).next) = (before, Some(first));
        (self.at(first).previous, self.at(first).next) = (Some(second), after);
        if let Some(before) = before {
            self.at(before).next = Some(second);
        }
        if let Some(after) = after {
            self.at(after).previous = Some(first);
        }
        if let Some(node) = parent.and_then(|parent| self.node(parent)) {
            if before.is_none() {
                node.first = Some(second);
            }
            if after.is_none() {
                node.last = Some(first);
            }
        }
    }

    /// Gives whoever is idle in here a place: each child of a fan its own.
    #[cold]
    pub(super) fn populate(&mut self, fan: Key) {
        self.populate_scope(fan);
        let Some(node) = self.node(fan) else { return };
        node.has_unclaimed |= !node.idle.is_empty();
        for (limb, waker) in node.idle.take() {
            self.populations += 1;
            let key = self.add_child(fan, limb, waker);
            self.at(key.index).unclaimed = true;
        }
    }

    /// As [`populate`](Forest::populate), all fans that are inside of the node at `index`, and this one.
    pub(super) fn populate_all(&mut self, index: u32) {
        let key = self.root(index);
        self.populate(key);
        let mut inside = self.first_in(index);
        while let Some(at) = inside {
            self.populate_all(at);
            inside = self.next_of(at);
        }
    }

    /// A child of `fan` is polled, and has a place, or none any more.
    pub(super) fn idle_no_more(&mut self, fan: Key, limb: u32) {
        if let Some(node) = self.node(fan) {
            node.idle.remove(limb);
        }
    }

    /// The children of `fan` that were given a place leave it, as it does, before anybody told them of it.
    pub(super) fn leave_unclaimed(&mut self, fan: Key, effects: &mut Effects) {
        for (_, child) in self.claim(fan) {
            self.leave(child, true, effects);
        }
    }

    /// The children of `fan` that were given a place and were not told of it, with their numbers.
    pub(super) fn claim(&mut self, fan: Key) -> Vec<(u32, Key)> {
        let mut claimed = Vec::new();
        // Others were given theirs, nearly always: there may be thousands in here.
        let given = |node: &mut Node| mem::take(&mut node.has_unclaimed).then_some(node.first)?;
        let mut inside = self.node(fan).and_then(given);
        while let Some(index) = inside {
            #[cfg(test)]
            {
                self.looked_at += 1;
            }
            let node = self.at(index);
            if mem::take(&mut node.unclaimed) {
                claimed.push((node.limb, node.key(index)));
            }
            inside = node.next;
        }
        claimed
    }
}

/// Of a construct with several children.
impl Participant {
    /// Polls a child of this that has no place of its own. Says whether it got one by that.
    #[inline]
    pub(crate) fn try_child<R>(&self, limb: u32, poll: impl FnOnce() -> R) -> (R, bool) {
        self.scopes.try_child(limb, poll)
    }

    /// The place that it got.
    #[cold]
    pub(crate) fn childs_place(&self) -> Option<Participant> {
        self.scopes.take_place()
    }

    /// A child is suspended, with this waker of its own if it has one. False if something lies here, or
    /// further out, that may be for it: so it has to [register](Participant::register_child).
    #[inline]
    pub(crate) fn child_is_idle(&self, limb: u32, waker: Option<&Waker>) -> bool {
        self.scopes.with(|forest| {
            if !forest.is_undisturbed(self.key) {
                return false;
            }
            if let Some(node) = forest.node(self.key) {
                node.idle.add(limb, waker);
            }
            true
        })
    }

    /// Children are suspended, a bit each, which are polled with the waker of this.
    #[cold]
    pub(crate) fn children_are_idle(&self, limbs: u64) {
        self.scopes.with(|forest| {
            if let Some(node) = forest.node(self.key) {
                node.idle.suspend_together(limbs);
            }
        });
    }

    /// A child has ended.
    #[inline]
    pub(crate) fn child_ended(&self, limb: u32) {
        self.scopes
            .with(|forest| forest.idle_no_more(self.key, limb));
    }

    /// Its children without a place are about to be dropped.
    pub(crate) fn drops_idle(&self) {
        self.scopes.with(|forest| {
            if let Some(node) = forest.node(self.key) {
                // Those that were given places already are still woken together.
                let is_together = node.idle.is_together;
                node.idle.clear();
                node.idle.is_together = is_together;
            }
        });
    }

    /// Gives a child a place of its own.
    pub(crate) fn register_child(&self, limb: u32, waker: &Waker) -> Participant {
        let waker = Some(waker.clone());
        let key = self.scopes.with(|forest| {
            forest.idle_no_more(self.key, limb);
            forest.add_child(self.key, limb, waker)
        });
        Participant::new(&self.scopes, key, self.key)
    }

    /// How often idle children of this loop were given places of their own.
    #[inline]
    pub(crate) fn populations(&self) -> u64 {
        self.scopes.forest.borrow().populations
    }

    /// The children that were given a place since the last time, and do not know of it.
    #[cold]
    pub(crate) fn claim(&self) -> Vec<(u32, Participant)> {
        let claimed = self.scopes.with(|forest| forest.claim(self.key));
        let place = |key| Participant::new(&self.scopes, key, self.key);
        let claimed = claimed.into_iter();
        claimed.map(|(limb, key)| (limb, place(key))).collect()
    }
}
