//! [`Fan`]: one task that polls several children, and of those only the ones that were woken.
//!
//! Who uses it: `children.rs`, `wait.rs`, `as_completed.rs`. Read next: `slot.rs`.
//!
//! Each child is polled with a waker of its own. Waking it puts the child's number into a queue and
//! wakes the task; the task then polls the children in the queue, in the order in which they were
//! woken. Wakers may be used from any thread, at any time, so the queue lies behind a mutex in an
//! `Arc`. The lock is held for a few moves at a time and never while foreign code runs: the task's
//! waker is cloned before and woken or dropped after.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::task::raw::{Siblings, WakeChild};

/// The wakers of several children, and which of the children are to be polled.
pub(crate) struct Fan {
    shared: Arc<Shared>,
    /// The wakers of the children that there were at first.
    wakers: Siblings,
    /// Those of each that was added.
    added: Vec<Siblings>,
    unfinished: usize,
    /// Of those that were woken, the first by number is polled first.
    in_order: bool,
}

struct Shared {
    state: Mutex<State>,
}

struct State {
    /// The children to be polled, in the order in which they were woken.
    /// Invariant: a child is in here at most once.
    queue: VecDeque<usize>,
    children: Vec<Child>,
    /// The task's waker. It is taken when it is used, so a batch of wakes wakes the task once.
    parent: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq)]
enum Child {
    Waits,
    Queued,
    /// Waking it has no effect any more.
    Finished,
}

impl Fan {
    /// Creates a fan whose children all want to be polled, in order.
    pub(crate) fn new(children: usize) -> Fan {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                queue: (0..children).collect(),
                children: vec![Child::Queued; children],
                parent: None,
            }),
        });
        Fan {
            wakers: Siblings::new(&shared, 0, children),
            added: Vec::new(),
            shared,
            unfinished: children,
            in_order: false,
        }
    }

    /// As [`new`](Fan::new), but those that were woken are polled in their order.
    pub(crate) fn in_order(children: usize) -> Fan {
        let mut fan = Fan::new(children);
        fan.in_order = true;
        fan
    }

    /// Adds a child that wants to be polled, at the place of one that has ended if there is one.
    pub(crate) fn add(&mut self, ended: Option<usize>) -> usize {
        self.unfinished += 1;
        let count = self.wakers.len() + self.added.len();
        let index = ended.unwrap_or(count);
        if index == count {
            self.added.push(Siblings::new(&self.shared, index, 1));
        }
        let mut state = self.shared.lock();
        if index == state.children.len() {
            state.children.push(Child::Queued);
        } else {
            state.children[index] = Child::Queued;
        }
        state.queue.push_back(index);
        index
    }

    /// Polls the children that were woken since the last time. Ready once all have ended.
    ///
    /// A child that is woken meanwhile is polled in the next batch, as a task would be: the fan's
    /// task was woken for it.
    pub(crate) fn poll(
        &mut self,
        context: &mut Context<'_>,
        mut poll_child: impl FnMut(usize, &mut Context<'_>) -> Poll<()>,
    ) -> Poll<()> {
        self.shared.set_parent(context.waker());
        let batch = self.batch();
        for _ in 0..batch {
            self.poll_next_woken(&mut poll_child);
        }
        match self.unfinished {
            0 => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }

    /// How many are to be polled now.
    fn batch(&self) -> usize {
        let mut state = self.shared.lock();
        if self.in_order {
            state.queue.make_contiguous().sort_unstable();
        }
        state.queue.len()
    }

    /// Every child that has not ended wants to be polled.
    pub(crate) fn wake_all(&mut self) {
        let mut state = self.shared.lock();
        let State {
            queue, children, ..
        } = &mut *state;
        for (index, child) in children.iter_mut().enumerate() {
            if *child == Child::Waits {
                *child = Child::Queued;
                queue.push_back(index);
            }
        }
    }

    /// A child has ended without being polled.
    pub(crate) fn finish(&mut self, index: usize) {
        self.shared.lock().children[index] = Child::Finished;
        self.unfinished -= 1;
    }

    pub(crate) fn is_unfinished(&self, index: usize) -> bool {
        self.shared.lock().children[index] != Child::Finished
    }

    /// As [`poll`](Fan::poll), but only until one child ends, whose number it gives. The others that
    /// were woken stay in the queue. `None` once all have ended.
    pub(crate) fn poll_until_one_ends(
        &mut self,
        context: &mut Context<'_>,
        mut poll_child: impl FnMut(usize, &mut Context<'_>) -> Poll<()>,
    ) -> Poll<Option<usize>> {
        if self.unfinished == 0 {
            return Poll::Ready(None);
        }
        self.shared.set_parent(context.waker());
        let batch = self.batch();
        match (0..batch).find_map(|_| self.poll_next_woken(&mut poll_child)) {
            Some(ended) => Poll::Ready(Some(ended)),
            None => Poll::Pending,
        }
    }

    /// Polls the child that stands first in the queue. Gives its number if it ended by that.
    fn poll_next_woken(
        &mut self,
        poll_child: &mut impl FnMut(usize, &mut Context<'_>) -> Poll<()>,
    ) -> Option<usize> {
        let index = self.shared.lock().next()?;
        let poll = |waker: &Waker| poll_child(index, &mut Context::from_waker(waker));
        if self.with_waker(index, poll).is_pending() {
            return None;
        }
        self.shared.lock().children[index] = Child::Finished;
        self.unfinished -= 1;
        Some(index)
    }

    /// Shows `look` the waker of a child.
    #[inline]
    fn with_waker<R>(&self, index: usize, look: impl FnOnce(&Waker) -> R) -> R {
        match index.checked_sub(self.wakers.len()) {
            None => self.wakers.with_waker(index, look),
            Some(added) => self.added[added].with_waker(0, look),
        }
    }

    /// How many children have not ended.
    pub(crate) fn unfinished(&self) -> usize {
        self.unfinished
    }
}

impl Drop for Fan {
    fn drop(&mut self) {
        // The children's wakers may live on elsewhere; they shall not hold on to the task.
        let parent = self.shared.lock().parent.take();
        drop(parent);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that panics runs under the lock, so a poisoned one is as good as any.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_parent(&self, waker: &Waker) {
        let known = match &self.lock().parent {
            Some(parent) => parent.will_wake(waker),
            None => false,
        };
        if !known {
            let waker = waker.clone();
            let former = self.lock().parent.replace(waker);
            drop(former);
        }
    }
}

impl State {
    /// Takes the next child out of the queue; `None` if it has ended since it was put there.
    fn next(&mut self) -> Option<usize> {
        let index = self.queue.pop_front()?;
        let queued = self.children[index] == Child::Queued;
        queued.then(|| {
            self.children[index] = Child::Waits;
            index
        })
    }
}

impl WakeChild for Shared {
    fn wake_child(&self, index: usize) {
        let parent = {
            let mut state = self.lock();
            if state.children[index] != Child::Waits {
                return;
            }
            state.children[index] = Child::Queued;
            state.queue.push_back(index);
            state.parent.take()
        };
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Polls the fan and returns which children it polled; `ended` says which of them are ready.
    fn polled(fan: &mut Fan, waker: &Waker, ended: &[usize]) -> Vec<usize> {
        let mut polled = Vec::new();
        let _ = fan.poll(&mut Context::from_waker(waker), |index, _| {
            polled.push(index);
            match ended.contains(&index) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        });
        polled
    }

    #[test]
    fn only_woken_children_are_polled_in_the_order_of_their_wakes() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let mut fan = Fan::new(4);
        assert_eq!(polled(&mut fan, &waker, &[]), [0, 1, 2, 3]);
        assert_eq!(polled(&mut fan, &waker, &[]), []);
        fan.with_waker(2, Waker::wake_by_ref);
        fan.with_waker(0, Waker::wake_by_ref);
        fan.with_waker(2, Waker::wake_by_ref);
        assert_eq!(
            count.0.load(Ordering::Relaxed),
            1,
            "a batch of wakes wakes the task once"
        );
        assert_eq!(polled(&mut fan, &waker, &[]), [2, 0]);
    }

    #[test]
    fn a_child_that_has_ended_is_neither_polled_nor_does_it_wake_the_task() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let mut fan = Fan::new(2);
        assert_eq!(polled(&mut fan, &waker, &[1]), [0, 1]);
        fan.with_waker(1, Waker::wake_by_ref);
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
        assert_eq!(polled(&mut fan, &waker, &[]), []);
    }

    #[test]
    fn a_child_that_is_woken_in_its_last_poll_is_not_polled_again() {
        let mut fan = Fan::new(2);
        let mut polls = 0;
        let mut context = Context::from_waker(Waker::noop());
        let outcome = fan.poll(&mut context, |index, context| {
            polls += 1;
            context.waker().wake_by_ref();
            if index == 0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        });
        assert!(outcome.is_pending());
        assert_eq!(polls, 2);
        assert_eq!(polled(&mut fan, Waker::noop(), &[]), [1]);
    }

    #[test]
    fn a_fan_that_is_gone_does_not_hold_on_to_its_task() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let mut fan = Fan::new(1);
        polled(&mut fan, &waker, &[]);
        let child = fan.with_waker(0, Waker::clone);
        drop((fan, waker));
        assert_eq!(Arc::strong_count(&count), 1);
        child.wake();
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
    }
}
