//! What reports ask of the forest, which changes nothing in it.

use super::Scopes;
use super::node::{Forest, Kind, Node, Target};
use crate::task::raw::TaskRef;

impl Scopes {
    /// The tasks that the task of this root awaits, in the order of its participants.
    pub(crate) fn awaited(&self, root: u32) -> Vec<TaskRef> {
        let mut found = Vec::new();
        self.forest.borrow().each(root, 0, &mut |_, node| {
            if let Kind::Forward(Target::Task(task)) = &node.kind {
                found.push(task.clone());
            }
        });
        found
    }

    /// Whether a request that was made to the task of this root, or to a scope in it, is not answered
    /// yet, though somebody has taken it: clean-up is under way.
    pub(crate) fn is_unwinding(&self, root: u32) -> bool {
        let mut busy = false;
        self.forest.borrow().each(root, 0, &mut |_, node| {
            busy |= node.tokens > 0 || !node.rounds.is_empty();
        });
        busy
    }
}

impl Forest {
    /// Shows `look` the node at `index` and all inside, outermost first, with their depths.
    fn each(&self, index: u32, depth: usize, look: &mut dyn FnMut(usize, &Node)) {
        let Some(node) = self.get(index) else { return };
        look(depth, node);
        let mut inside = self.first_in(index);
        while let Some(at) = inside {
            self.each(at, depth + 1, look);
            inside = self.next_of(at);
        }
    }
}
