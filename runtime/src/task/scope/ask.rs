//! A request goes down: edges 1, 2, 10 and 11 of the diagram in `mod.rs`.
//! Next: `answer.rs`, how answers come up.

use super::effects::{Effect, Effects};
use super::forest::Forest;
use super::kind::Kind;
use super::node::{Key, Node};
use super::request::{Letter, Request};

impl Forest {
    /// Asks every innermost participant in `scope`, or `scope` itself if there is none (edges 1
    /// and 2).
    pub(super) fn ask(&mut self, scope: Key, request: &Request, effects: &mut Effects) {
        let Some(node) = self.node(scope) else { return };
        if node.unwinding || node.asking {
            return;
        }
        node.asking = true;
        let shields = node.shields() && !node.pierced;
        match self.first_inside(scope).filter(|_| !shields) {
            None => self.ask_itself(scope, request, effects),
            Some(first) => {
                let mut participant = Some(first);
                while let Some(inside) = participant {
                    self.owe(scope, inside, request);
                    self.ask(inside, request, effects);
                    participant = self.next_beside(inside);
                }
            }
        }
        if let Some(node) = self.node(scope) {
            node.asking = false;
        }
    }

    /// Edge 2: the request lies here, or is handed on by a leaf that forwards.
    fn ask_itself(&mut self, scope: Key, request: &Request, effects: &mut Effects) {
        let Some(node) = self.node(scope) else { return };
        match &node.kind {
            // The scope around it is about to end: what comes now is part of that.
            _ if node.pierced => {}
            Kind::Forward(target) => effects.push(Effect::Forward {
                target: target.clone(),
                request: request.clone(),
                from: scope,
            }),
            _ => self.lay(scope, Letter::Asked(request.clone()), effects),
        }
    }

    /// Asks the participants in `scope`, which ends since one of them did: what a construct does when one
    /// of its children decides its outcome, or ended by a request. Whoever is at work on another request is
    /// not interrupted, but asked when it goes on instead of ending ([`stop_too`](Forest::stop_too)). Each
    /// is asked once: also if it is by a request that has reached it, and that it suppressed.
    pub(super) fn stop_inside(&mut self, scope: Key, request: Request, effects: &mut Effects) {
        if let Some(node) = self.node(scope) {
            node.stop = Some(request);
        }
        let mut participant = self.first_inside(scope);
        while let Some(inside) = participant {
            self.stop_too(scope, inside, effects);
            participant = self.next_beside(inside);
        }
    }

    /// Asks `inside` if `scope` ends, and it was not asked for that yet.
    pub(super) fn stop_too(&mut self, scope: Key, inside: Key, effects: &mut Effects) {
        let Some(request) = self.node(scope).and_then(|node| node.stop.clone()) else {
            return;
        };
        let is_new = |node: &mut Node| !node.owes && node.number() != request.number;
        if self.node(inside).is_some_and(is_new) {
            self.owe(scope, inside, &request);
            self.ask(inside, &request, effects);
        }
    }

    /// Notes that `inside` owes `scope` an answer to `request` (edge 11: and no longer one to what
    /// it was asked for before).
    pub(super) fn owe(&mut self, scope: Key, inside: Key, request: &Request) {
        let batch = self.batch;
        let Some(node) = self.node(inside) else {
            return;
        };
        if node.pierced {
            return; // It would never answer.
        }
        let former = node.owes.then(|| node.number());
        (node.unheard, node.vouches) = (false, false);
        node.asked_in = batch;
        node.asked = Some(request.clone());
        node.owes = true;
        if former == Some(request.number) {
            return;
        }
        let Some(node) = self.node(scope) else { return };
        node.round(request.number).unanswered += 1;
        let Some(former) = former else { return };
        let old = node.round(former);
        old.unanswered = old.unanswered.saturating_sub(1);
        if let Some(old) = node.finish_round(former) {
            let new = node.round(request.number);
            new.taken |= old.taken;
            new.raised = new.raised.take().or(old.raised);
            new.returned = new.returned.take().or(old.returned);
        }
    }

    /// Lets a letter lie at a scope, and wakes whoever polls it.
    pub(super) fn lay(&mut self, scope: Key, letter: Letter, effects: &mut Effects) {
        let Some(node) = self.node(scope) else { return };
        let letter = match (&node.letter, letter) {
            // It may have waited for this answer before it drops its body.
            (Some(Letter::Raised(_)), Letter::Asked(_)) => return self.wake(scope, effects),
            // A stop that came later does not hide a request from outside.
            (Some(Letter::Asked(first)), Letter::Asked(mut later)) => {
                later.stop &= first.stop;
                if first.settled {
                    (later.settled, later.message) = (true, first.message.clone());
                }
                Letter::Asked(later)
            }
            (_, letter) => letter,
        };
        node.letter = Some(letter);
        self.wake(scope, effects);
    }

    /// Sees to it that whoever polls `scope` does so again.
    pub(super) fn wake(&mut self, scope: Key, effects: &mut Effects) {
        let Some(node) = self.node(scope) else { return };
        if let Kind::Root(task) = &node.kind {
            effects.push(Effect::WakeTask(task.clone()));
        } else if let Some(waker) = node.waker.take() {
            // Not a clone of it, which is user code; the poll that comes of it brings the next one.
            effects.push(Effect::Wake(waker));
        } else if let Some(fan) = node.parent
            && self.node(fan).is_some_and(|fan| fan.idle.is_together)
        {
            self.wake(fan, effects);
        }
    }
}
