//! A map that is copied by counting: what a context consists of. Next: `follow.rs`.
//!
//! The keys are small numbers, given out one after the other, so a tree of digits does: each node has
//! the value of one number and four children, one for each next digit of two bits, lowest first. A
//! change copies the nodes on its way that somebody else has, too, and leaves theirs alone.

use std::sync::Arc;

/// From a variable's number to its value.
pub(super) struct Map<V> {
    root: Option<Arc<Node<V>>>,
}

struct Node<V> {
    value: Option<V>,
    children: [Option<Arc<Node<V>>>; 4],
}

impl<V: Clone> Map<V> {
    pub(super) fn get(&self, key: usize) -> Option<&V> {
        let (mut node, mut rest) = (self.root.as_deref()?, key);
        while rest != 0 {
            node = node.children[rest % 4].as_deref()?;
            rest /= 4;
        }
        node.value.as_ref()
    }

    /// Puts a value in place of another, or takes it out, and returns the old one: its drop, which is
    /// a user's code, is the caller's.
    pub(super) fn replace(&mut self, key: usize, value: Option<V>) -> Option<V> {
        let (mut place, mut rest) = (&mut self.root, key);
        loop {
            let node = Arc::make_mut(place.get_or_insert_default());
            if rest == 0 {
                return std::mem::replace(&mut node.value, value);
            }
            place = &mut node.children[rest % 4];
            rest /= 4;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.root.is_none()
    }
}

impl<V> Clone for Map<V> {
    fn clone(&self) -> Map<V> {
        Map {
            root: self.root.clone(),
        }
    }
}

impl<V> Default for Map<V> {
    fn default() -> Map<V> {
        Map { root: None }
    }
}

impl<V: Clone> Clone for Node<V> {
    fn clone(&self) -> Node<V> {
        Node {
            value: self.value.clone(),
            children: self.children.clone(),
        }
    }
}

impl<V> Default for Node<V> {
    fn default() -> Node<V> {
        Node {
            value: None,
            children: Default::default(),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Map;
    use crate::random;
    use std::collections::HashMap;

    /// Beside a `HashMap`, with copies that must not change any more.
    #[test]
    fn a_copy_stays_as_it_was_whatever_becomes_of_the_other() {
        let (mut map, mut model) = (Map::default(), HashMap::new());
        let mut copies = Vec::new();
        let mut dice = 1;
        for step in 0..5_000u32 {
            dice = random::next(dice);
            let (key, what) = ((dice >> 33) as usize % 200, dice >> 60);
            if what == 0 {
                copies.push((map.clone(), model.clone()));
            }
            let value = (what > 3).then_some(step);
            let old = match value {
                Some(value) => model.insert(key, value),
                None => model.remove(&key),
            };
            assert_eq!(map.replace(key, value), old);
        }
        copies.push((map, model));
        assert!(copies.len() > 100);
        for (map, model) in &copies {
            for key in 0..300 {
                assert_eq!(map.get(key), model.get(&key));
            }
        }
    }
}
