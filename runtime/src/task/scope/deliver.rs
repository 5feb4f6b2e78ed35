//! A scope's body was polled and is suspended: does something lie here that ends it? Edges 4, 10
//! and 14 of the diagram in `mod.rs`. Next: `participant.rs`.

use super::effects::{Effect, Effects};
use super::forest::Forest;
use super::kind::{Kind, Target};
use super::node::Key;
use super::request::{Answer, Letter, Request};

impl Forest {
    /// Whether nothing lies at `scope` or further out that is for somebody in there, and no answer is
    /// missing: as nearly always.
    pub(super) fn is_undisturbed(&mut self, scope: Key) -> bool {
        let Some(node) = self.node(scope) else {
            return false;
        };
        let mut quiet = node.is_unasked();
        let mut outer = node.parent;
        while let Some(node) = outer.filter(|_| quiet).and_then(|outer| self.node(outer)) {
            quiet = node.letter.is_none();
            outer = node.parent;
        }
        quiet
    }

    /// Takes the request that ends the body of `scope` here and now, if there is one.
    pub(super) fn deliver(&mut self, scope: Key, effects: &mut Effects) -> Option<Request> {
        self.answer_for_the_forgotten(scope, effects);
        match self.node(scope)?.letter.clone() {
            Some(Letter::Raised(request)) => {
                if self.someone_unasked_or_unanswered(scope, &request, effects) {
                    return None;
                }
                self.node(scope)?.letter = None;
                Some(request)
            }
            Some(Letter::Asked(request)) => {
                self.node(scope)?.letter = None;
                if self.first_inside(scope).is_none() {
                    return Some(request);
                }
                // Edge 10: by now somebody further in is suspended, who is asked instead.
                self.ask(scope, &request, effects);
                None
            }
            None if self.first_inside(scope).is_none() => self.fetch(scope),
            None => None,
        }
    }

    /// Answers for awaits of tasks that have ended, and that the poll which is just over left alone:
    /// they were given up, but their handle was kept, as by a foreign `select(&mut task, …)`.
    fn answer_for_the_forgotten(&mut self, scope: Key, effects: &mut Effects) {
        while let Some((leaf, task)) = self.forgotten(scope) {
            leaf.owes = false;
            let Some(request) = leaf.asked.clone() else {
                continue;
            };
            let number = request.number;
            let answer = match (leaf.unheard || task.is_unanswered(), task.is_cancelled()) {
                (true, _) => Answer::Returned(request),
                (false, true) => Answer::Raised(request),
                (false, false) => Answer::Done,
            };
            self.answer(Some(scope), number, answer, effects);
            effects.push(Effect::Drop(Kind::Forward(Target::Task(task)), None));
        }
    }

    /// Before a body is dropped, those inside that the request has not reached are asked (a foreign
    /// `join!` polls several), and those who were asked are waited for.
    ///
    /// Who is asked so late may have become a token meanwhile. Then new participants may be part of its
    /// clean-up, and are not asked before it has answered.
    fn someone_unasked_or_unanswered(
        &mut self,
        scope: Key,
        request: &Request,
        effects: &mut Effects,
    ) -> bool {
        let cleans_up = self.node(scope).is_some_and(|node| node.latecomers > 0);
        let mut someone = cleans_up;
        let mut participant = self.first_inside(scope);
        while let Some(inside) = participant {
            let Some(node) = self.node(inside) else { break };
            if node.pierced {
                // Those that were asked in there clean up, perhaps with a token in place of a
                // participant. What they begin meanwhile is part of that, and is not asked.
                someone |= !node.rounds.is_empty()
                    || self.someone_unasked_or_unanswered(inside, request, effects);
            } else if node.owes {
                someone = true;
            } else if node.number() != request.number && !cleans_up {
                someone = true;
                self.owe(scope, inside, request);
                if let Some(node) = self.node(inside) {
                    node.late = true;
                }
                self.ask(inside, request, effects);
            }
            participant = self.next_beside(inside);
        }
        someone
    }

    /// Edge 10, seen from inside: a request that lies further out is for the innermost that is
    /// suspended, which is `scope`.
    pub(super) fn fetch(&mut self, scope: Key) -> Option<Request> {
        let mut outer = self.node(scope)?.parent;
        while let Some(key) = outer {
            let node = self.node(key)?;
            if node.shields() || node.unwinding {
                return None;
            }
            match node.letter.take() {
                Some(Letter::Asked(request)) => {
                    self.owe_all_the_way(scope, key, &request);
                    return Some(request);
                }
                raised @ Some(Letter::Raised(_)) => {
                    node.letter = raised;
                    return None;
                }
                None => outer = node.parent,
            }
        }
        None
    }

    /// Each scope from `inner` up to `outer` owes the next one an answer.
    fn owe_all_the_way(&mut self, inner: Key, outer: Key, request: &Request) {
        let mut inside = inner;
        while inside != outer {
            let Some(parent) = self.node(inside).and_then(|node| node.parent) else {
                return;
            };
            self.owe(parent, inside, request);
            inside = parent;
        }
    }

    /// Whether a request of `cancel()` lies at this scope, so that a leaf in it that loses nothing
    /// stays pending.
    pub(super) fn is_requested(&mut self, scope: Key) -> bool {
        self.node(scope).is_some_and(|node| {
            !matches!(node.kind, Kind::Masked)
                && matches!(&node.letter, Some(Letter::Asked(request)) if !request.stop)
        })
    }
}
