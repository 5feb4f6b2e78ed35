//! [`WaitQueue`]: many waiters, served in the order in which they came, each free to leave.
//!
//! Who uses it: everything in this folder that more than one task can wait for, mostly through
//! `place.rs` (one waiter) and `permits.rs` (what is handed from one to the next). Read those next.
//!
//! Discussion: a waiter holds a ticket, and tickets are served in order, so *being served* needs no
//! mark of its own: it is a ticket below the first one not yet served. A waiter that leaves empties
//! its entry in place: it stands at its ticket's distance from the first one, unless a sweep went
//! over the queue since (then a binary search finds it, for tickets only grow along the queue). Once
//! more than half of the entries are empty they are swept out, so that a thousand timed-out waiters
//! behind one patient one cost no memory. A linked list in an arena does the same without the search
//! and was measured at 317 instructions for a contended lock, where tickets took 254.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::task::Waker;

/// A FIFO of waiters. `W` is what wakes one: a `Waker`, or more where there are several kinds.
///
/// No method runs foreign code: wakers come in cloned already, and those that are done with are
/// returned, for the caller to wake or drop after the queue's borrow has ended.
pub(crate) struct WaitQueue<W = Waker> {
    inner: RefCell<Inner<W>>,
}

struct Inner<W> {
    /// In growing order of tickets. `None`: the waiter left.
    /// Invariant: the first and the last entry are not empty.
    entries: VecDeque<(u64, Option<W>)>,
    /// How many entries are empty.
    empty: usize,
    /// The ticket that the next waiter gets.
    next: u64,
    /// All tickets below this one have been served (or their holders left).
    first_unserved: u64,
}

/// A waiter's place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

impl Ticket {
    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

impl<W> WaitQueue<W> {
    pub(crate) const fn new() -> WaitQueue<W> {
        WaitQueue {
            inner: RefCell::new(Inner {
                entries: VecDeque::new(),
                empty: 0,
                next: 0,
                first_unserved: 0,
            }),
        }
    }

    /// Enters the queue at its end.
    pub(crate) fn join(&self, waiter: W) -> Ticket {
        let mut inner = self.inner.borrow_mut();
        let ticket = inner.next;
        inner.next += 1;
        inner.entries.push_back((ticket, Some(waiter)));
        Ticket(ticket)
    }

    /// Takes the first waiter out and counts it as served; the caller wakes it.
    #[must_use = "the waiter that was served must be woken"]
    pub(crate) fn serve(&self) -> Option<W> {
        let mut inner = self.inner.borrow_mut();
        let (ticket, waiter) = inner.entries.pop_front()?;
        inner.first_unserved = ticket + 1;
        if inner.empty > 0 {
            inner.trim();
        }
        waiter
    }

    /// Whether the waiter was served. The holder of a ticket asks before it leaves, never after.
    #[inline]
    pub(crate) fn is_served(&self, ticket: Ticket) -> bool {
        ticket.0 < self.inner.borrow().first_unserved
    }

    /// Asks something about a waiter in the queue; `None` if it is no longer there.
    pub(crate) fn ask<R>(&self, ticket: Ticket, question: impl FnOnce(&W) -> R) -> Option<R> {
        let inner = self.inner.borrow();
        let index = inner.find(ticket)?;
        inner.entries[index].1.as_ref().map(question)
    }

    /// Puts `waiter` at the place of `ticket` and returns the former one; returns `waiter` itself if
    /// the place is gone.
    #[must_use = "what comes back is foreign code, to be dropped where nothing is borrowed"]
    pub(crate) fn replace(&self, ticket: Ticket, waiter: W) -> Option<W> {
        let mut inner = self.inner.borrow_mut();
        match inner.find(ticket) {
            Some(index) => inner.entries[index].1.replace(waiter),
            None => Some(waiter),
        }
    }

    /// Leaves the queue without having been served. Harmless if the place is gone.
    #[must_use = "what comes back is foreign code, to be dropped where nothing is borrowed"]
    pub(crate) fn leave(&self, ticket: Ticket) -> Option<W> {
        let mut inner = self.inner.borrow_mut();
        let index = inner.find(ticket)?;
        let waiter = inner.entries[index].1.take()?;
        inner.empty += 1;
        inner.trim();
        Some(waiter)
    }

    /// Takes everybody out, in order, and counts them as served; the caller wakes them.
    #[must_use = "the waiters that were served must be woken"]
    pub(crate) fn serve_all(&self) -> impl Iterator<Item = W> + use<W> {
        let mut inner = self.inner.borrow_mut();
        inner.first_unserved = inner.next;
        drop(inner);
        self.take_all()
    }

    /// Asks something about the waiter that is next in line.
    pub(crate) fn ask_first<R>(&self, question: impl FnOnce(&W) -> R) -> Option<R> {
        let inner = self.inner.borrow();
        let (_, waiter) = inner.entries.front()?;
        waiter.as_ref().map(question)
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        let inner = self.inner.borrow();
        inner.entries.len() - inner.empty
    }

    /// Takes everybody out, in order, without counting them as served; the caller wakes them.
    pub(crate) fn take_all(&self) -> impl Iterator<Item = W> + use<W> {
        let mut inner = self.inner.borrow_mut();
        inner.empty = 0;
        let entries = std::mem::take(&mut inner.entries);
        entries.into_iter().filter_map(|(_, waiter)| waiter)
    }
}

impl<W> Inner<W> {
    fn find(&self, ticket: Ticket) -> Option<usize> {
        // Where it stands as long as nothing was swept out before it.
        let (first, _) = self.entries.front()?;
        let usual = usize::try_from(ticket.0.checked_sub(*first)?).ok()?;
        if self
            .entries
            .get(usual)
            .is_some_and(|entry| entry.0 == ticket.0)
        {
            return Some(usual);
        }
        let by_ticket = self
            .entries
            .binary_search_by_key(&ticket.0, |entry| entry.0);
        by_ticket.ok()
    }

    /// Restores the invariant and bounds the number of empty entries, of which there is at least one, by
    /// that of the others.
    fn trim(&mut self) {
        while let Some((_, None)) = self.entries.front() {
            self.entries.pop_front();
            self.empty -= 1;
        }
        while let Some((_, None)) = self.entries.back() {
            self.entries.pop_back();
            self.empty -= 1;
        }
        if self.empty > self.entries.len() / 2 {
            self.entries.retain(|(_, waiter)| waiter.is_some());
            self.empty = 0;
        }
    }
}

impl<W> Default for WaitQueue<W> {
    fn default() -> WaitQueue<W> {
        WaitQueue::new()
    }
}

impl<W> fmt::Debug for WaitQueue<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} waiting", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl<W> WaitQueue<W> {
        /// Verifies every invariant that the fields name.
        fn check(&self) {
            let inner = self.inner.borrow();
            let empty = inner.entries.iter().filter(|(_, w)| w.is_none()).count();
            assert_eq!(empty, inner.empty);
            assert!(empty <= inner.entries.len() / 2);
            assert!(inner.entries.front().is_none_or(|(_, w)| w.is_some()));
            assert!(inner.entries.back().is_none_or(|(_, w)| w.is_some()));
            let tickets: Vec<u64> = inner.entries.iter().map(|entry| entry.0).collect();
            assert!(tickets.is_sorted_by(|a, b| a < b));
            assert!(
                tickets
                    .iter()
                    .all(|t| (inner.first_unserved..inner.next).contains(t))
            );
        }
    }

    #[test]
    fn waiters_are_served_in_the_order_in_which_they_came() {
        let queue = WaitQueue::new();
        let tickets: Vec<Ticket> = (0..4).map(|waiter| queue.join(waiter)).collect();
        assert_eq!(queue.leave(tickets[1]), Some(1));
        assert_eq!(queue.serve(), Some(0));
        assert!(queue.is_served(tickets[0]));
        assert!(
            !queue.is_served(tickets[2]),
            "the next one is not served yet"
        );
        assert_eq!(queue.serve(), Some(2));
        assert_eq!(queue.serve(), Some(3));
        assert_eq!(queue.serve(), None);
    }

    #[test]
    fn all_who_wait_are_served_at_once_and_those_who_come_later_are_not() {
        let queue = WaitQueue::new();
        let tickets: Vec<Ticket> = (0..3).map(|waiter| queue.join(waiter)).collect();
        assert_eq!(queue.leave(tickets[1]), Some(1));
        assert_eq!(queue.serve_all().collect::<Vec<_>>(), [0, 2]);
        let late = queue.join(3);
        assert!(queue.is_served(tickets[0]) && queue.is_served(tickets[2]));
        assert!(!queue.is_served(late));
        queue.check();
    }

    #[test]
    fn a_patient_waiter_does_not_make_those_who_left_pile_up() {
        let queue = WaitQueue::new();
        queue.join(0);
        let mut last = queue.join(1);
        for waiter in 2..10_000 {
            let next = queue.join(waiter); // always one alive at the end, so no trimming there
            assert_eq!(queue.leave(last), Some(waiter - 1));
            last = next;
        }
        let entries = queue.inner.borrow().entries.len();
        assert!(entries <= 4, "{entries} entries for 2 waiters");
    }

    #[test]
    fn random_joins_leaves_and_serves_agree_with_a_plain_list() {
        for seed in 1..=200_u64 {
            let mut state = seed;
            let mut dice = move |sides: u64| {
                state = crate::random::next(state);
                (state >> 33) % sides
            };
            let queue = WaitQueue::new();
            let mut model: Vec<(Ticket, u64)> = Vec::new();
            let mut gone: Vec<(Ticket, bool)> = Vec::new();
            for step in 0..200 {
                match dice(5) {
                    0 | 1 => model.push((queue.join(step), step)),
                    2 if !model.is_empty() => {
                        let (ticket, waiter) = model.remove(dice(model.len() as u64) as usize);
                        assert_eq!(queue.leave(ticket), Some(waiter), "seed {seed}");
                        gone.push((ticket, false));
                    }
                    3 if !model.is_empty() => {
                        let index = dice(model.len() as u64) as usize;
                        let (ticket, former) = model[index];
                        assert_eq!(queue.ask(ticket, |w| *w), Some(former), "seed {seed}");
                        assert_eq!(queue.replace(ticket, step), Some(former), "seed {seed}");
                        model[index].1 = step;
                    }
                    _ => {
                        let expected = (!model.is_empty()).then(|| model.remove(0));
                        assert_eq!(queue.serve(), expected.map(|(_, waiter)| waiter));
                        gone.extend(expected.map(|(ticket, _)| (ticket, true)));
                    }
                }
                queue.check();
                assert_eq!(queue.len(), model.len(), "seed {seed}");
                let first = model.first().map(|(_, waiter)| *waiter);
                assert_eq!(queue.ask_first(|waiter| *waiter), first, "seed {seed}");
                assert_eq!(
                    queue.inner.borrow().entries.is_empty(),
                    model.is_empty(),
                    "seed {seed}"
                );
                for (ticket, served) in &gone {
                    assert_eq!(queue.leave(*ticket), None, "seed {seed}");
                    assert!(!served || queue.is_served(*ticket), "seed {seed}");
                }
                for (ticket, _) in &model {
                    assert!(!queue.is_served(*ticket), "seed {seed}");
                }
            }
            let rest: Vec<u64> = queue.take_all().collect();
            let expected: Vec<u64> = model.iter().map(|(_, waiter)| *waiter).collect();
            assert_eq!(rest, expected, "seed {seed}");
            queue.check();
        }
    }
}
