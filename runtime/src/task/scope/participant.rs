//! [`Participant`], which constructs hold while they take part, and makes a [`Token`] of what it
//! becomes when a request has ended its body. Next: `trial.rs`, participants to be.

use super::Scopes;
use super::kind::Kind;
use super::node::Key;
use super::request::{Answer, Letter, Request};
use super::token::Token;
use crate::quietly::quietly;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

/// One participant of a task's tree, which leaves it when this is dropped.
pub(crate) struct Participant {
    pub(super) scopes: Rc<Scopes>,
    pub(super) key: Key,
    /// The scope that it registered in.
    home: Key,
    /// It has left by itself.
    gone: bool,
}

impl Participant {
    pub(super) fn new(scopes: &Rc<Scopes>, key: Key, home: Key) -> Participant {
        Participant {
            scopes: scopes.clone(),
            key,
            home,
            gone: false,
        }
    }

    /// Registers who is not in the forest yet, with whom to wake when something lies there.
    pub(crate) fn register(
        scopes: &Rc<Scopes>,
        home: Key,
        kind: Kind,
        waker: Option<&Waker>,
    ) -> Participant {
        let waker = waker.cloned();
        let key = scopes.with(|forest| forest.add(Some(home), kind, waker));
        Participant::new(scopes, key, home)
    }

    /// Registers, or moves, if what holds `slot` is polled in another scope than last time.
    pub(crate) fn ensure<'a>(
        slot: &'a mut Option<Participant>,
        scopes: &Rc<Scopes>,
        home: Key,
        kind: impl FnOnce() -> Kind,
        waker: Option<&Waker>,
    ) -> &'a Participant {
        let settled = |here: &Participant| here.home == home && Rc::ptr_eq(&here.scopes, scopes);
        let is_here = match slot {
            None => false,
            Some(participant) => settled(participant) || Participant::moves(slot, scopes, home),
        };
        if !is_here {
            return slot.insert(Participant::register(scopes, home, kind(), waker));
        }
        let participant = slot.as_ref().expect("it is there, or has moved");
        if let Some(waker) = waker {
            participant.set_waker(waker);
        }
        participant
    }

    /// Moves what is polled in another scope of its loop, with all that is inside: a `race` knows its
    /// children by their places in it. False if it has left where it was.
    #[cold]
    fn moves(slot: &mut Option<Participant>, scopes: &Rc<Scopes>, home: Key) -> bool {
        if let Some(known) = slot.as_mut()
            && Rc::ptr_eq(&known.scopes, scopes)
            && scopes.step(|forest, effects| forest.relocate(known.key, home, effects))
        {
            known.home = home;
            return true;
        }
        if let Some(mut former) = slot.take() {
            former.gone = true;
            let Participant { scopes, key, .. } = &former;
            scopes.step(|forest, effects| forest.leave(*key, true, effects));
        }
        false
    }

    /// Takes over what was registered on somebody's behalf, or what `into_key` left.
    pub(crate) fn adopt(scopes: &Rc<Scopes>, key: Key) -> Participant {
        let home = scopes.with(|forest| forest.node(key).and_then(|node| node.parent));
        Participant::new(scopes, key, home.unwrap_or(Key::ROOT))
    }

    /// Stays in its tree, to be taken over again by [`adopt`](Participant::adopt).
    pub(crate) fn into_key(mut self) -> Key {
        self.gone = true;
        self.key
    }

    /// The scope that it takes part in.
    pub(crate) fn home(&self) -> Key {
        self.home
    }

    /// Whom to wake when something lies here.
    pub(crate) fn set_waker(&self, waker: &Waker) {
        let known = self.scopes.with(|forest| {
            forest.node(self.key).is_none_or(|node| {
                node.waker
                    .as_ref()
                    .is_some_and(|known| known.will_wake(waker))
            })
        });
        if !known {
            let mut waker = Some(waker.clone());
            self.scopes.with(|forest| {
                if let Some(node) = forest.node(self.key) {
                    std::mem::swap(&mut node.waker, &mut waker);
                }
            });
        }
    }

    /// Where it is, for whoever asks it from elsewhere.
    pub(crate) fn place(&self) -> Place {
        Place {
            scopes: self.scopes.clone(),
            key: self.key,
        }
    }

    /// Polls what is inside, as this scope.
    #[inline]
    pub(crate) fn enter<R>(&self, poll: impl FnOnce() -> R) -> R {
        let _inside = self.stay_in();
        poll()
    }

    /// Makes this the innermost scope until what is returned is dropped.
    #[inline]
    pub(crate) fn stay_in(&self) -> Within {
        Within {
            before: self.scopes.set_current(self.key),
            scopes: self.scopes.clone(),
        }
    }

    /// Whether it owes an answer, and whoever it stands for heard of the request.
    pub(crate) fn owes(&self) -> bool {
        let owes = |node: &mut super::node::Node| node.owes && !node.unheard;
        self.scopes
            .with(|forest| forest.node(self.key).is_some_and(owes))
    }

    /// Whether it was asked from outside in this very batch, and has not answered: a stop of its
    /// own would be the same delivery.
    pub(crate) fn was_just_asked(&self) -> bool {
        self.scopes
            .step(|forest, _| forest.was_just_asked(self.key))
    }

    /// The body is suspended. Takes the request that ends it, if there is one (edge 4).
    #[inline]
    pub(crate) fn deliver(&self) -> Option<Request> {
        if self.scopes.with(|forest| forest.is_undisturbed(self.key)) {
            return None;
        }
        self.scopes
            .step(|forest, effects| forest.deliver(self.key, effects))
    }

    /// A leaf that hands requests on is suspended: one that lies further out is for it (edge 10).
    pub(crate) fn hand_on(&self) {
        if self.scopes.with(|forest| forest.is_undisturbed(self.key)) {
            return;
        }
        self.scopes.step(|forest, effects| {
            let Some(node) = forest.node(self.key) else {
                return;
            };
            if !node.owes
                && !node.deaf
                && let Some(request) = forest.fetch(self.key)
            {
                forest.ask(self.key, &request, effects);
            }
        });
    }

    /// Children of this are suspended: a request that came back from one of them is for those that
    /// were not asked, since nobody polls them until they are woken (edge 10).
    pub(crate) fn pass_on(&self) {
        if self.scopes.with(|forest| forest.is_undisturbed(self.key)) {
            return;
        }
        self.scopes.step(|forest, effects| {
            if forest.first_inside(self.key).is_some()
                && let Some(node) = forest.node(self.key)
                && let Some(Letter::Asked(request)) = &node.letter
            {
                let request = request.clone();
                node.letter = None;
                forest.ask(self.key, &request, effects);
            }
        });
    }

    /// Asks what is inside to end, for a reason of the construct's own. What comes in the same moment
    /// wins over it, unless it was `due` first.
    pub(crate) fn stop(&self, due: bool) {
        self.scopes.step(|forest, effects| {
            let request = forest.new_request(!due, None);
            forest.ask(self.key, &request, effects);
        });
    }

    /// Asks what is inside to end, since one of those in there did: by `request`, or for a reason of the
    /// construct's own. See `Forest::stop_inside`.
    ///
    /// Whatever they would give is thrown away. So this wins over a value of the same moment, as
    /// `cancel()` does and a deadline does not: the item that a loser was just handed stays in its
    /// queue.
    pub(crate) fn stop_the_rest(&self, request: Option<Request>) {
        self.scopes.step(|forest, effects| {
            let mut request = request.unwrap_or_else(|| forest.new_request(false, None));
            request.stop = false;
            forest.stop_inside(self.key, request, effects);
        });
    }

    /// The body is about to be dropped: what is inside has no say any more.
    pub(crate) fn unwind(&self) {
        self.scopes.with(|forest| {
            if let Some(node) = forest.node(self.key) {
                node.unwinding = true;
            }
        });
    }

    // ---- ways to leave ----

    /// It ended without taking a request; one that it was asked for goes back (edges 3 and 13).
    pub(crate) fn finish(mut self) {
        if !self.leaves_unasked() {
            self.gone = true;
            self.scopes
                .step(|forest, effects| forest.leave(self.key, false, effects));
        }
    }

    /// Leaves at once, if nothing was asked of it and nobody is inside.
    #[inline]
    fn leaves_unasked(&mut self) -> bool {
        match self.scopes.with(|forest| forest.remove_unasked(self.key)) {
            Ok(waker) => {
                self.gone = true;
                quietly(|| drop(waker));
                true
            }
            Err(_) => false,
        }
    }

    /// It ended, and what it was asked for goes back, whatever is alive inside.
    pub(crate) fn give_back(mut self) {
        if !self.leaves_unasked() {
            self.end(Answer::Returned);
        }
    }

    /// It ended, and what it was asked for is used up.
    pub(crate) fn done(self) {
        self.end(|_| Answer::Done);
    }

    fn end(mut self, answer: impl FnOnce(Request) -> Answer) {
        self.gone = true;
        self.scopes
            .step(|forest, effects| forest.end(self.key, answer, effects));
    }

    /// What it was asked for goes on outward, as does `request` if it was not asked at all.
    /// Whoever calls this stays pending.
    pub(crate) fn raise(mut self, request: Option<Request>) {
        self.gone = true;
        self.scopes.step(|forest, effects| {
            let Some(left) = forest.remove(self.key, effects) else {
                return;
            };
            match (left.owes, request) {
                (Some(owed), request) => {
                    let number = owed.number;
                    let raised = Answer::Raised(request.unwrap_or(owed));
                    forest.answer(left.parent, number, raised, effects);
                }
                (None, Some(request)) => forest.raise_at(left.parent, request, effects),
                (None, None) => {}
            }
        });
    }

    /// As [`raise`](Participant::raise), for the await of a task that has ended by the request: with the
    /// message that the task ended with.
    pub(crate) fn raise_with(self, message: Option<Arc<str>>) {
        let asked = self
            .scopes
            .with(|forest| forest.node(self.key).and_then(|node| node.asked.clone()));
        self.raise(asked.map(|asked| Request { message, ..asked }));
    }

    /// The body was dropped for `request`, which is in the hands of user code now (edge 4).
    pub(crate) fn into_token(mut self, request: Request) -> Token {
        self.gone = true;
        let nobody = (None, None, false);
        let (parent, owed, late) = self.scopes.step(|forest, effects| {
            forest.caught += 1;
            let Some(left) = forest.remove(self.key, effects) else {
                return nobody;
            };
            forest.count_late(left.parent, left.late, 1);
            let Some(parent) = left.parent else {
                return nobody;
            };
            let Some(node) = forest.node(parent) else {
                return nobody;
            };
            // Its place among those who owe an answer passes to the token.
            node.tokens += 1;
            (Some(parent), left.owes, left.late)
        });
        Token {
            scopes: self.scopes.clone(),
            parent,
            owed: owed.map(|request| request.number),
            late,
            request,
        }
    }

    /// As [`into_token`](Participant::into_token), for whoever was asked and has ended since;
    /// `None` if it was not asked.
    pub(crate) fn asked_into_token(self) -> Option<Token> {
        let asked = self.scopes.with(|forest| {
            let node = forest.node(self.key)?;
            let asked = node.owes && !node.vouches;
            asked.then(|| node.asked.clone()).flatten()
        });
        match asked {
            Some(request) => Some(self.into_token(request)),
            None => {
                self.finish();
                None
            }
        }
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        if !self.gone {
            self.scopes.body_dropped(self.key);
            if !self.leaves_unasked() {
                self.scopes
                    .step(|forest, effects| forest.leave(self.key, true, effects));
            }
        }
    }
}

/// While it lives, a scope is the innermost one.
pub(crate) struct Within {
    scopes: Rc<Scopes>,
    before: Key,
}

impl Drop for Within {
    fn drop(&mut self) {
        self.scopes.set_current(self.before);
    }
}

/// Where a participant is, which may have left since.
#[derive(Clone)]
pub(crate) struct Place {
    scopes: Rc<Scopes>,
    key: Key,
}

impl Place {
    /// Makes a stop for what is inside and for others, who are asked first: it is one request, so
    /// whoever it reaches by two ways hears of it once.
    pub(crate) fn stop(&self, others: impl FnOnce(&Request)) {
        let request = self.scopes.step(|forest, _| forest.new_request(true, None));
        // To the others it is a request of `cancel()`, which wins over a lock or an item.
        others(&Request {
            stop: false,
            ..request.clone()
        });
        self.scopes.step(|forest, effects| {
            if !forest.was_just_asked(self.key) {
                forest.ask(self.key, &request, effects);
            }
        });
    }

    pub(crate) fn key(&self) -> Key {
        self.key
    }

    /// Whether this is the place of `participant`.
    pub(crate) fn is_of(&self, participant: &Participant) -> bool {
        self.key == participant.key && Rc::ptr_eq(&self.scopes, &participant.scopes)
    }
}
