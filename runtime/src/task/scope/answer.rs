//! Answers come up: edges 5 to 9, 12 and 13 of the diagram in `mod.rs`.
//! Next: `raise.rs`, requests that are raised where nobody was asked.

use super::effects::Effects;
use super::forest::{Forest, Removed};
use super::kind::Kind;
use super::node::{Key, Round};
use super::request::{Answer, Letter, Request};

impl Forest {
    /// One of those that `scope` asked has answered. When all have, `scope` goes on.
    pub(super) fn answer(
        &mut self,
        scope: Option<Key>,
        number: u64,
        answer: Answer,
        effects: &mut Effects,
    ) {
        let Some(scope) = scope else { return };
        let Some(node) = self.node(scope) else { return };
        if node.unwinding {
            return;
        }
        let round = node.round(number);
        round.unanswered = round.unanswered.saturating_sub(1);
        match answer {
            Answer::Done => round.taken = true,
            Answer::Raised(request) => {
                round.taken = true;
                round.raised = Some(request);
            }
            Answer::Returned(request) => round.returned = Some(request),
        }
        let Some(round) = node.finish_round(number) else {
            // A raise does not wait for all of them, perhaps for this one.
            if matches!(node.letter, Some(Letter::Raised(_))) {
                self.wake(scope, effects);
            }
            return;
        };
        let outcome = verdict(round);
        // What came back goes with a newer request that is under way. Asked for once more, those
        // who took it would have it twice, and one of their tokens would wait for the other.
        if let Some(Letter::Asked(request)) = &outcome
            && let Some(newer) = node.newer_round(number)
        {
            newer.returned.get_or_insert(request.clone());
            return;
        }
        self.go_on(scope, outcome, effects);
    }

    /// Edges 7, 8 and 9: all have answered a request, and this is what comes of it: a letter, or
    /// nothing.
    pub(super) fn go_on(&mut self, scope: Key, outcome: Option<Letter>, effects: &mut Effects) {
        let Some(node) = self.node(scope) else { return };
        if node.unwinding {
            return;
        }
        if node.ended {
            return self.ended_goes_on(scope, outcome, effects);
        }
        if node.pierced {
            // The scope around it may have waited for these answers. Tokens that are kept by whoever
            // resumed another do not delay it.
            if matches!(outcome, Some(Letter::Raised(_))) {
                node.rounds.clear();
            }
            let Some(around) = node.parent else { return };
            return self.go_on(around, None, effects);
        }
        if let Some(letter) = outcome {
            if node.shields() && matches!(letter, Letter::Raised(_)) {
                return self.raise_through(scope, letter.into_request(), effects);
            }
            return self.lay(scope, letter, effects);
        }
        if matches!(node.letter, Some(Letter::Raised(_))) {
            // It waited for these answers before it drops its body.
            return self.wake(scope, effects);
        }
        // One that hands on was asked for itself, not for those inside, and answers when it ends.
        let hands_on = matches!(node.kind, Kind::Forward(_)) && !node.vouches;
        if node.is_quiet() && node.owes && !hands_on {
            node.owes = false;
            let (parent, number) = (node.parent, node.number());
            self.answer(parent, number, Answer::Done, effects);
            // It goes on, where it was left to end by itself.
            if let Some(parent) = parent {
                self.stop_too(parent, scope, effects);
            }
        }
    }

    /// Edge 13: the scope has ended, and its tokens were waited for.
    fn ended_goes_on(&mut self, scope: Key, outcome: Option<Letter>, effects: &mut Effects) {
        let Some(node) = self.node(scope) else { return };
        if outcome.is_none() && !node.is_quiet() {
            return;
        }
        let Some(left) = self.remove(scope, effects) else {
            return;
        };
        let Removed {
            parent, owes, late, ..
        } = left;
        self.count_late(parent, late, -1);
        match (owes, outcome) {
            (Some(owed), outcome) => {
                let answer = match outcome {
                    None => Answer::Done,
                    Some(Letter::Raised(request)) => Answer::Raised(request),
                    Some(Letter::Asked(request)) => Answer::Returned(request),
                };
                self.answer(parent, owed.number, answer, effects);
            }
            (None, Some(raised @ Letter::Raised(_))) => {
                if let Some(parent) = parent {
                    self.go_on(parent, Some(raised), effects);
                }
            }
            (None, _) => {}
        }
    }

    /// Counts those who were asked late in `scope`, and clean up without a participant that says so.
    pub(super) fn count_late(&mut self, scope: Option<Key>, late: bool, by: i32) {
        if let Some(node) = scope.filter(|_| late).and_then(|scope| self.node(scope)) {
            node.latecomers = node.latecomers.saturating_add_signed(by);
        }
    }

    /// Edge 12: a participant leaves without having taken what it was asked for: it ended first,
    /// or foreign code dropped it.
    pub(super) fn leave(&mut self, participant: Key, dropped: bool, effects: &mut Effects) {
        if let Some(node) = self.node(participant)
            && node.tokens > 0
            && !node.unwinding
        {
            node.ended = true;
            node.letter = None;
            self.leave_unclaimed(participant, effects);
            let Some(node) = self.node(participant) else {
                return;
            };
            let (parent, late) = (node.parent, node.late);
            self.count_late(parent, late, 1);
            return self.unlink(participant);
        }
        let Some(left) = self.remove(participant, effects) else {
            return;
        };
        let Some(owed) = left.owes else { return };
        let number = owed.number;
        let answer = match left.letter {
            Some(Letter::Raised(request)) if dropped => Answer::Raised(request),
            Some(letter) => Answer::Returned(letter.into_request()),
            None => Answer::Returned(owed),
        };
        self.answer(left.parent, number, answer, effects);
    }

    /// A participant is polled in another scope than before, and goes there with all that is inside.
    /// What it was asked for where it was goes back, as if it had been dropped there. False if it is
    /// gone.
    pub(super) fn relocate(&mut self, participant: Key, home: Key, effects: &mut Effects) -> bool {
        let Some(node) = self.node(participant) else {
            return false;
        };
        let (parent, number) = (node.parent, node.number());
        let owed = node.asked.take().filter(|_| node.owes);
        (node.owes, node.late, node.asked_in, node.deaf) = (false, false, 0, false);
        let answer = owed.map(|owed| match node.letter.take() {
            Some(Letter::Raised(request)) => Answer::Raised(request),
            Some(letter) => Answer::Returned(letter.into_request()),
            None => Answer::Returned(owed),
        });
        self.unlink(participant);
        self.link(participant, home);
        if let Some(answer) = answer {
            self.answer(parent, number, answer, effects);
        }
        true
    }

    /// A participant ends, and says itself what became of the request that it was asked for.
    pub(super) fn end(
        &mut self,
        participant: Key,
        answer: impl FnOnce(Request) -> Answer,
        effects: &mut Effects,
    ) {
        if let Some(left) = self.remove(participant, effects)
            && let Some(owed) = left.owes
        {
            self.answer(left.parent, owed.number, answer(owed), effects);
        }
    }
}

/// What all answers together say.
fn verdict(round: Round) -> Option<Letter> {
    match (round.raised, round.returned) {
        (Some(request), _) => Some(Letter::Raised(request)),
        (None, Some(request)) if !round.taken => Some(Letter::Asked(request)),
        _ => None,
    }
}
