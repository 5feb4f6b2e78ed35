//! The [`Forest`]: how nodes hang together. Nothing in here knows what a request means.
//! Next: `effects.rs`, what a step wants done.

use super::effects::{Effect, Effects};
use super::kind::{Kind, Target};
use super::node::{Key, Node};
use super::request::{Letter, Request};
use crate::task::raw::TaskRef;
use std::task::Waker;

/// The participants of all tasks of one loop. Each task that has any is a tree.
///
/// Nodes stay where they are, and are used again: scopes come and go with every time limit, and to move
/// a node in and out costs more than all else that is done for one.
#[derive(Default)]
pub(crate) struct Forest {
    nodes: Vec<Node>,
    /// Places of nodes that are gone.
    free: Vec<u32>,
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
    /// How many idle children and scopes were given a place.
    pub(super) populations: u64,
    /// At how many nodes it was looked for such, for tests of what that costs.
    #[cfg(test)]
    pub(super) looked_at: u64,
}

impl Forest {
    /// Puts a participant behind those that `parent` has already.
    pub(super) fn add(&mut self, parent: Option<Key>, kind: Kind, waker: Option<Waker>) -> Key {
        let index = match self.free.pop() {
            Some(index) => index,
            None => self.add_place(),
        };
        let node = self.at(index);
        (node.kind, node.waker) = (kind, waker);
        let key = node.key(index);
        if let Some(parent) = parent {
            self.link(key, parent);
        }
        key
    }

    #[cold]
    fn add_place(&mut self) -> u32 {
        let generation = self.next_generation();
        self.nodes.push(Node::gone(generation));
        (self.nodes.len() - 1) as u32
    }

    /// A generation that no key has. They are counted from 1.
    pub(super) fn next_generation(&mut self) -> u32 {
        self.generation = self.generation.wrapping_add(1).max(1);
        self.generation
    }

    /// Puts a node that hangs nowhere behind those that `parent` has already, if that is there.
    pub(super) fn link(&mut self, key: Key, parent: Key) {
        let Some(above) = self.node(parent) else {
            self.at(key.index).parent = None;
            return;
        };
        if above.idle.scope.is_some() {
            self.populate_scope(parent); // It was there first.
            return self.link(key, parent);
        }
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
        let generation = self.next_generation();
        let node = std::mem::replace(self.at(key.index), Node::gone(generation));
        self.free.push(key.index);
        let mut inside = node.first;
        while let Some(index) = inside {
            let orphan = self.at(index);
            inside = orphan.next;
            (orphan.parent, orphan.previous, orphan.next) = (None, None, None);
            if orphan.unclaimed {
                let orphan = orphan.key(index);
                self.remove(orphan, effects);
            }
        }
        effects.push(Effect::Drop(node.kind, node.waker));
        Some(Removed {
            parent: node.parent,
            owes: node.owes.then_some(node.asked).flatten(),
            letter: node.letter,
            late: node.late,
        })
    }

    /// As [`remove`](Forest::remove), for a body that nothing was ever asked of, with nobody inside:
    /// nearly all. Returns its waker, or an error for any other.
    pub(super) fn remove_unasked(&mut self, key: Key) -> Result<Option<Waker>, ()> {
        let generation = self.generation.wrapping_add(1).max(1);
        let Some(node) = self.node(key).filter(|node| node.is_untouched()) else {
            return Err(());
        };
        let waker = node.waker.take();
        let (parent, alone) = (node.parent, node.previous.is_none() && node.next.is_none());
        match (parent, alone) {
            (Some(parent), true) => {
                if let Some(above) = self.node(parent)
                    && above.first == Some(key.index)
                {
                    (above.first, above.last) = (None, None);
                }
            }
            _ => self.unlink(key),
        }
        let node = self.at(key.index);
        (node.generation, node.parent) = (generation, None);
        if !node.idle.is_clear() {
            node.idle.clear();
        }
        self.generation = generation;
        self.free.push(key.index);
        Ok(waker)
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

    /// The node at a place that a link, or a living task, leads to.
    #[inline]
    pub(super) fn at(&mut self, index: u32) -> &mut Node {
        &mut self.nodes[index as usize]
    }

    #[inline]
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
        let node = self.node(key)?;
        if !node.idle.is_empty() {
            self.populate(key);
        }
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
        self.nodes.len() - self.free.len()
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
