//! The forest's nodes, and how they hang together. Nothing in here knows what a request means.
//! Next: `effects.rs`, what a step wants done.

use super::super::raw::TaskRef;
use super::effects::{Effect, Effects};
use super::kind::{Kind, Target};
use super::mistake::Mistake;
use super::request::{Letter, Request};
use slab::Slab;
use std::task::Waker;

/// Which node. A key finds nothing once its node is gone: the place in the forest may be used
/// again, but under another generation. (They come round after four thousand million nodes; a
/// token would have to be kept meanwhile, and all it could do is answer in another's name.)
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
}

/// One participant.
pub(super) struct Node {
    generation: u32,
    pub(super) kind: Kind,
    /// Who hears the answers. `None` for roots, and for what outlived its task.
    pub(super) parent: Option<Key>,
    first: Option<u32>,
    last: Option<u32>,
    previous: Option<u32>,
    next: Option<u32>,
    /// What to wake when something lies here. A root wakes its task.
    pub(super) waker: Option<Waker>,
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

    /// Whether nothing is under way here.
    pub(super) fn is_quiet(&self) -> bool {
        self.rounds.is_empty() && self.tokens == 0 && self.letter.is_none()
    }

    /// Whether its body is none of a request's business.
    pub(super) fn shields(&self) -> bool {
        matches!(self.kind, Kind::Masked | Kind::Paused(_) | Kind::Forward(_))
    }

    /// Whether a request from outside concerns it.
    fn takes_part(&self) -> bool {
        let has_nobody = self.first.is_none() && self.rounds.is_empty();
        !(self.unwinding || self.deaf || self.pierced && has_nobody)
            && match &self.kind {
                Kind::Forward(target) => !target.has_ended(),
                Kind::Paused(_) => false,
                _ => true,
            }
    }
}

/// The participants of all tasks of one loop. Each task that has any is a tree.
#[derive(Default)]
pub(crate) struct Forest {
    nodes: Slab<Node>,
    generation: u32,
    pub(super) requests: u64,
    /// The end of `run` asks tasks just now: by one request, of which this is the number once it
    /// was made.
    pub(super) ending: Option<u64>,
    /// The last such number.
    pub(super) ended_by: u64,
    /// Which batch of ready tasks runs.
    pub(super) batch: u64,
    /// How many tokens were made.
    pub(super) caught: u64,
}

impl Forest {
    /// Puts a participant behind those that `parent` has already.
    pub(super) fn add(&mut self, parent: Option<Key>, kind: Kind) -> Key {
        self.generation = self.generation.wrapping_add(1);
        let generation = self.generation;
        let index = self.nodes.insert(Node {
            generation,
            kind,
            parent: None,
            first: None,
            last: None,
            previous: None,
            next: None,
            waker: None,
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
        }) as u32;
        let key = Key { index, generation };
        if let Some(parent) = parent {
            self.link(key, parent);
        }
        key
    }

    /// Puts a node that hangs nowhere behind those that `parent` has already, if that is there.
    pub(super) fn link(&mut self, key: Key, parent: Key) {
        let Some(above) = self.node(parent) else {
            self.at(key.index).parent = None;
            return;
        };
        let previous = above.last.replace(key.index);
        above.first.get_or_insert(key.index);
        if let Some(previous) = previous {
            self.at(previous).next = Some(key.index);
        }
        let node = self.at(key.index);
        (node.parent, node.previous, node.next) = (Some(parent), previous, None);
    }

    /// Takes a node out. Those inside go on without a parent. What the node held is dropped when
    /// the forest is no longer borrowed.
    pub(super) fn remove(&mut self, key: Key, effects: &mut Effects) -> Option<Removed> {
        self.node(key)?;
        self.unlink(key);
        let node = self.nodes.remove(key.index as usize);
        let mut inside = node.first;
        while let Some(index) = inside {
            let orphan = self.at(index);
            inside = orphan.next;
            (orphan.parent, orphan.previous, orphan.next) = (None, None, None);
        }
        effects.push(Effect::Drop(node.kind, node.waker));
        Some(Removed {
            parent: node.parent,
            owes: node.owes.then_some(node.asked).flatten(),
            letter: node.letter,
            late: node.late,
        })
    }

    /// Takes a node out of its parent's list; it still answers to the parent.
    pub(super) fn unlink(&mut self, key: Key) {
        let Some(node) = self.node(key) else { return };
        let (parent, previous, next) = (node.parent, node.previous.take(), node.next.take());
        let Some(parent) = parent.filter(|parent| self.node(*parent).is_some()) else {
            return;
        };
        let parent = parent.index;
        match previous {
            Some(previous) => self.at(previous).next = next,
            None if self.at(parent).first == Some(key.index) => self.at(parent).first = next,
            None => return, // It was unlinked before.
        }
        match next {
            Some(next) => self.at(next).previous = previous,
            None => self.at(parent).last = previous,
        }
    }

    /// The node at a place that a link, or a living task, leads to. One copy of the check is enough:
    /// an embedder minds the size.
    #[inline(never)]
    fn at(&mut self, index: u32) -> &mut Node {
        let node = self.nodes.get_mut(index as usize);
        node.expect("links lead to nodes")
    }

    #[inline(never)]
    pub(super) fn node(&mut self, key: Key) -> Option<&mut Node> {
        self.nodes
            .get_mut(key.index as usize)
            .filter(|node| node.generation == key.generation)
    }

    /// The node at a place, and what hangs on it.
    pub(super) fn get(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    pub(super) fn first_in(&self, index: u32) -> Option<u32> {
        self.get(index)?.first
    }

    pub(super) fn next_of(&self, index: u32) -> Option<u32> {
        self.get(index)?.next
    }

    /// The key of a root, of which only the place is known. The task is alive, so it is there.
    pub(super) fn root(&mut self, index: u32) -> Key {
        Key {
            index,
            generation: self.at(index).generation,
        }
    }

    /// The first participant inside that a request concerns, from `index` on.
    fn taking_part(&mut self, mut index: Option<u32>) -> Option<Key> {
        while let Some(at) = index {
            let node = self.at(at);
            if node.takes_part() {
                return Some(Key {
                    index: at,
                    generation: node.generation,
                });
            }
            index = node.next;
        }
        None
    }

    /// A leaf inside `key` whose task has ended, and which has not answered for it.
    pub(super) fn forgotten(&mut self, key: Key) -> Option<(&mut Node, TaskRef)> {
        let mut inside = self.node(key).filter(|node| !node.rounds.is_empty())?.first;
        while let Some(index) = inside {
            let node = &self.nodes[index as usize];
            if let Kind::Forward(Target::Task(task)) = &node.kind
                && node.owes
                && task.is_done()
            {
                let task = task.clone();
                return Some((&mut self.nodes[index as usize], task));
            }
            inside = node.next;
        }
        None
    }

    /// The first participant inside `key` that a request concerns.
    pub(super) fn first_inside(&mut self, key: Key) -> Option<Key> {
        let first = self.node(key)?.first;
        self.taking_part(first)
    }

    /// The one after `key`.
    pub(super) fn next_beside(&mut self, key: Key) -> Option<Key> {
        let next = self.node(key)?.next;
        self.taking_part(next)
    }

    /// Whether `key` was asked in this very batch, and has not answered.
    pub(super) fn was_just_asked(&mut self, key: Key) -> bool {
        let batch = self.batch;
        self.node(key)
            .is_some_and(|node| node.owes && node.asked_in == batch)
    }

    pub(super) fn new_request(
        &mut self,
        stop: bool,
        message: Option<std::sync::Arc<str>>,
    ) -> Request {
        let known = self.ending.filter(|number| *number != 0);
        if known.is_none() {
            self.requests += 1;
        }
        let number = known.unwrap_or(self.requests);
        if self.ending.is_some() {
            self.ending = Some(number);
            self.ended_by = number;
        }
        Request {
            number,
            stop,
            ending: self.ending.is_some(),
            settled: false,
            origin: 0,
            message,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }
}

/// What is left to be said of a node that was taken out.
pub(super) struct Removed {
    pub(super) parent: Option<Key>,
    /// The request that it owes its parent an answer to.
    pub(super) owes: Option<Request>,
    /// See [`Node::late`].
    pub(super) late: bool,
    pub(super) letter: Option<Letter>,
}
