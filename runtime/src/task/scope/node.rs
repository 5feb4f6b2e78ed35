//! The forest's nodes: what is known of one participant. Next: `forest.rs`, how they hang together.

use super::idle::Idle;
use super::kind::Kind;
use super::mistake::Mistake;
use super::request::{Letter, Request};
use std::task::Waker;

/// Which node. A key finds nothing once its node is gone: the place in the forest may be used
/// again, but under another generation. (They come round after four thousand million nodes and notes of
/// idle scopes; a token would have to be kept meanwhile, and all it could do is answer in another's name.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(super) index: u32,
    pub(super) generation: u32,
}

impl Key {
    /// Stands for the root of whichever task is polled: most tasks have no node at all.
    pub(crate) const ROOT: Key = Key {
        index: u32::MAX,
        generation: 0,
    };

    /// Stands for no node at all. Generations are counted from 1.
    pub(crate) const NONE: Key = Key {
        index: 0,
        generation: 0,
    };

    /// Whether it stands for the root of whichever task is polled.
    #[inline]
    pub(super) fn is_root(self) -> bool {
        self.index == Key::ROOT.index // There are not as many nodes.
    }
}

/// One participant.
pub(super) struct Node {
    pub(super) generation: u32,
    pub(super) kind: Kind,
    /// Who hears the answers. `None` for roots, and for what outlived its task.
    pub(super) parent: Option<Key>,
    pub(super) first: Option<u32>,
    pub(super) last: Option<u32>,
    pub(super) previous: Option<u32>,
    pub(super) next: Option<u32>,
    /// What to wake when something lies here. A root wakes its task; a child without one wakes whoever
    /// polls its siblings too.
    pub(super) waker: Option<Waker>,
    /// Of a child: its number among those of its fan. Of a scope that was noted: the number of the note.
    pub(super) limb: u32,
    /// Of a child or a scope that was idle: whoever polls it has not taken its place over.
    pub(super) unclaimed: bool,
    /// There may be such ones in here.
    pub(super) has_unclaimed: bool,
    /// Who is suspended in here, and has no place: children of a fan, or one scope.
    pub(super) idle: Idle,
    /// The request that it was asked for last.
    pub(super) asked: Option<Request>,
    /// Whether it still owes its parent an answer to that.
    pub(super) owes: bool,
    /// It was not asked: a token was resumed in it, and what becomes of that is its answer.
    pub(super) vouches: bool,
    /// It was asked since a request is raised in the scope around it, which waits for it.
    pub(super) late: bool,
    /// Such as were asked late in here, and are tokens now, or have left tokens.
    pub(super) latecomers: u32,
    /// The batch in which it was asked last.
    pub(super) asked_in: u64,
    /// The requests that participants inside have not all answered.
    pub(super) rounds: Vec<Round>,
    /// Tokens alive whose answers are due here.
    pub(super) tokens: u32,
    pub(super) letter: Option<Letter>,
    /// The request by which it ends what is inside, for a reason of its own.
    pub(super) stop: Option<Request>,
    /// The body is being dropped: nothing inside has a say any more.
    pub(super) unwinding: bool,
    /// A request is on its way through: it does not go round in circles.
    pub(super) asking: bool,
    /// It forwards to somebody who waits for it in turn.
    pub(super) deaf: bool,
    /// What it was asked for was not handed on, since its target cleans up for another reason.
    pub(super) unheard: bool,
    /// A request was raised in the body of this shield, and goes on outward. It no longer shields:
    /// those inside are asked before the scope around it drops its body.
    pub(super) pierced: bool,
    /// The scope has ended; the node stays until its tokens have answered.
    pub(super) ended: bool,
    /// Of a root: how often the task made each [`Mistake`], of which the first was told.
    pub(super) mistakes: [u32; Mistake::ALL.len()],
}

/// One request, and who has not answered it yet.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) number: u64,
    pub(super) unanswered: u32,
    /// Somebody took it.
    pub(super) taken: bool,
    pub(super) raised: Option<Request>,
    pub(super) returned: Option<Request>,
}

impl Node {
    /// What a node is before it is one, and after.
    pub(super) fn gone(generation: u32) -> Node {
        Node {
            generation,
            kind: Kind::Masked, // The one that holds nothing.
            parent: None,
            first: None,
            last: None,
            previous: None,
            next: None,
            waker: None,
            limb: 0,
            unclaimed: false,
            has_unclaimed: false,
            idle: Idle::default(),
            asked: None,
            owes: false,
            vouches: false,
            late: false,
            latecomers: 0,
            asked_in: 0,
            rounds: Vec::new(),
            tokens: 0,
            letter: None,
            stop: None,
            unwinding: false,
            asking: false,
            deaf: false,
            unheard: false,
            pierced: false,
            ended: false,
            mistakes: [0; Mistake::ALL.len()],
        }
    }

    /// Whether it is as it was when it was made, but for its links and its waker.
    pub(super) fn is_untouched(&self) -> bool {
        matches!(self.kind, Kind::Scope(_) | Kind::Fan(_))
            && self.first.is_none()
            && self.asked.is_none()
            && self.letter.is_none()
            && self.stop.is_none()
            && self.rounds.is_empty()
            && self.latecomers == 0
            && self.tokens == 0
            && !(self.unclaimed
                | self.unwinding
                | self.asking
                | self.deaf
                | self.pierced
                | self.ended)
    }

    /// Its key, where its place is known.
    pub(super) fn key(&self, index: u32) -> Key {
        Key {
            index,
            generation: self.generation,
        }
    }

    /// The request that its last answer would be about.
    pub(super) fn number(&self) -> u64 {
        self.asked.as_ref().map_or(0, |request| request.number)
    }

    /// The round of the request with this number, begun if there is none.
    pub(super) fn round(&mut self, number: u64) -> &mut Round {
        let known = self.rounds.iter().position(|round| round.number == number);
        let place = known.unwrap_or_else(|| {
            self.rounds.push(Round {
                number,
                unanswered: 0,
                taken: false,
                raised: None,
                returned: None,
            });
            self.rounds.len() - 1
        });
        &mut self.rounds[place]
    }

    /// Ends the round of this number if nobody's answer is missing.
    pub(super) fn finish_round(&mut self, number: u64) -> Option<Round> {
        let place = self
            .rounds
            .iter()
            .position(|round| round.number == number && round.unanswered == 0)?;
        Some(self.rounds.remove(place))
    }

    /// A round of a newer request than the one with this number.
    pub(super) fn newer_round(&mut self, number: u64) -> Option<&mut Round> {
        self.rounds.iter_mut().find(|round| round.number > number)
    }

    /// Whether no request lies here, nor further in.
    #[inline]
    pub(super) fn is_unasked(&self) -> bool {
        self.rounds.is_empty() && self.letter.is_none()
    }

    /// Whether a scope can be noted here, if one ever is in such a node.
    #[inline]
    pub(super) fn takes_idle(&self) -> bool {
        self.is_unasked() && self.idle.scope.is_none()
    }

    /// Whether nothing is under way here.
    pub(super) fn is_quiet(&self) -> bool {
        self.is_unasked() && self.tokens == 0
    }

    /// Whether its body is none of a request's business.
    pub(super) fn shields(&self) -> bool {
        matches!(self.kind, Kind::Masked | Kind::Paused(_) | Kind::Forward(_))
    }

    /// Whether a request from outside concerns it.
    pub(super) fn takes_part(&self) -> bool {
        let has_nobody = self.first.is_none() && self.rounds.is_empty();
        !(self.unwinding || self.deaf || self.pierced && has_nobody)
            && match &self.kind {
                Kind::Forward(target) => !target.has_ended(),
                Kind::Paused(_) => false,
                _ => true,
            }
    }
}
