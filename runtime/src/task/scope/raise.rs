//! A request is raised in another scope than the one that was asked: edges 17 and 18 of the diagram in
//! `mod.rs`. Next: `deliver.rs`, what a scope does when its body is suspended.
//!
//! Whoever resumes a token may do so anywhere: in a child of a `gather`, in a body that requests do not
//! reach, in another task. What is raised there ends the scope there, and goes outward from scope to
//! scope, as an exception does. On that way it may still be caught and suppressed, or a sibling's error
//! may win over it. So the scope where the token was caught must not hear "done" before it is: each
//! scope on the way owes the next one an answer, as if it had been asked for the request. What is not
//! delivered goes back and lies further out, like any other.

use super::effects::Effects;
use super::forest::Forest;
use super::node::{Key, Node, Round};
use super::request::{Answer, Letter, Request};

impl Forest {
    /// Edge 17: a request is raised at `scope`. Returns where it ends a body: the first scope from
    /// there outward that is no shield. A shield keeps requests from coming in, not from going out.
    pub(super) fn pierce(&mut self, mut scope: Key, effects: &mut Effects) -> Option<Key> {
        loop {
            let node = self.node(scope)?;
            if !node.shields() {
                return Some(scope);
            }
            node.pierced = true;
            node.letter = None;
            let parent = node.parent;
            // What waited outside would wait for ever: the body does not go on.
            if std::mem::take(&mut node.owes)
                && let Some(asked) = node.asked.clone()
            {
                let number = asked.number;
                self.answer(parent, number, Answer::Returned(asked), effects);
            }
            scope = parent?;
        }
    }

    /// Edge 17, where the request was raised further in: it is what this shield answers, if it owes an
    /// answer.
    pub(super) fn raise_through(&mut self, shield: Key, request: Request, effects: &mut Effects) {
        let Some(node) = self.node(shield) else {
            return;
        };
        node.pierced = true;
        node.letter = None;
        let (parent, number) = (node.parent, node.number());
        match std::mem::take(&mut node.owes) {
            true => self.answer(parent, number, Answer::Raised(request), effects),
            false => self.raise_at(parent, request, effects),
        }
    }

    /// A request that nobody here was asked for is raised at `scope`.
    pub(super) fn raise_at(&mut self, scope: Option<Key>, request: Request, effects: &mut Effects) {
        if let Some(scope) = scope {
            self.go_on(scope, Some(Letter::Raised(request)), effects);
        }
    }

    /// The scope that hears the answer for a token of `parent` that owes one to the request `owed`; and by
    /// which number. It is the parent, or if that has ended the next one further out.
    pub(super) fn home(
        &mut self,
        mut parent: Option<Key>,
        mut owed: Option<u64>,
    ) -> Option<(Key, Option<u64>)> {
        loop {
            let key = parent?;
            let node = self.node(key)?;
            if !node.ended {
                return Some((key, owed));
            }
            owed = node.owes.then(|| node.number());
            parent = node.parent;
        }
    }

    /// Edge 18: raises `request` at `scope`, where a token was resumed that was caught elsewhere: in the
    /// scope `home`, which waits for an answer by that number, or in another loop. Up to the first scope
    /// that is around both, each owes the next one an answer; in another task, up to its root.
    ///
    /// True if that scope is the token's home. The token's own answer says nothing then.
    pub(super) fn carry(
        &mut self,
        request: &Request,
        home: Option<(Key, Option<u64>)>,
        scope: Key,
        effects: &mut Effects,
    ) -> bool {
        let around = self.around_both(scope, home.map(|(home, _)| home));
        let known = match home {
            Some((home, owed)) if home == around => owed,
            _ => None,
        };
        self.requests += 1;
        let fresh = Request {
            number: self.requests,
            ..request.clone()
        };
        let debt = Request {
            number: known.unwrap_or(fresh.number),
            ..request.clone()
        };
        self.owe_on_the_way(scope, around, &debt);
        // Another loop counts its own requests. And where others have not answered for this one, they
        // might be waited for, who wait.
        let unanswered = |round: &Round| round.number == request.number;
        let in_use = |node: &mut Node| node.rounds.iter().any(unanswered);
        let raised = match home.is_none() || self.node(scope).is_some_and(in_use) {
            true => fresh,
            false => request.clone(),
        };
        self.raise_at(Some(scope), raised, effects);
        known.is_some()
    }

    /// The first scope around both, or the root of `scope` if there is none.
    fn around_both(&mut self, scope: Key, home: Option<Key>) -> Key {
        let mut around = scope;
        loop {
            let mut other = home;
            while let Some(key) = other {
                if key == around {
                    return around;
                }
                other = self.node(key).and_then(|node| node.parent);
            }
            match self.node(around).and_then(|node| node.parent) {
                Some(parent) if self.node(parent).is_some() => around = parent,
                _ => return around,
            }
        }
    }

    /// Each scope from `inner` up to `outer` owes the next one an answer. Whoever owes one already gives
    /// that one; and from a shield that is pierced none is waited for, as the scope around it ends.
    fn owe_on_the_way(&mut self, inner: Key, outer: Key, debt: &Request) {
        let mut inside = inner;
        while inside != outer {
            let Some(node) = self.node(inside) else {
                return;
            };
            let Some(parent) = node.parent else { return };
            if !node.owes {
                self.owe(parent, inside, debt);
                if let Some(node) = self.node(inside) {
                    (node.vouches, node.asked_in) = (true, 0);
                }
            }
            inside = parent;
        }
    }
}
