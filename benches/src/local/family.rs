//! What tasks of one thread share: a slot that one fills and another waits for, and a board where many wait.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// What a future must be to become a task here: nothing.
pub trait MaySend {}

impl<T: ?Sized> MaySend for T {}

/// What tasks may hold a `Shared` of: anything.
pub trait MayShare {}

impl<T: ?Sized> MayShare for T {}

/// The pointer by which tasks share something.
pub type Shared<T> = Rc<T>;

/// A place for one value and one waiter, shared by two tasks.
pub struct Slot<T> {
    value: Cell<Option<T>>,
    waiter: Cell<Option<Waker>>,
}

impl<T> Slot<T> {
    /// Makes an empty slot that both tasks can hold.
    pub fn new() -> Shared<Slot<T>> {
        Rc::new(Slot::default())
    }

    /// Puts a value in, over one that nobody took, and wakes who waits for it.
    #[inline]
    pub fn put(&self, value: T) {
        self.value.set(Some(value));
        if let Some(waiter) = self.waiter.take() {
            waiter.wake();
        }
    }

    /// Waits for the value and takes it out.
    #[inline]
    pub async fn take(&self) -> T {
        poll_fn(|context| match self.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                self.waiter.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Slot<T> {
        Slot {
            value: Cell::new(None),
            waiter: Cell::new(None),
        }
    }
}

/// Where many tasks wait for the next round, and one waits until all the others do.
pub struct Board {
    round: Cell<u64>,
    tasks: usize,
    waiting: RefCell<Vec<Waker>>,
    complete: Slot<()>,
}

impl Board {
    /// A board for that many tasks.
    pub fn new(tasks: usize) -> Shared<Board> {
        // Memory is resident once it was written to, and who measures memory does not mean the board's.
        let mut waiting = vec![Waker::noop().clone(); tasks];
        waiting.clear();
        Rc::new(Board {
            round: Cell::new(0),
            tasks,
            waiting: RefCell::new(waiting),
            complete: Slot::default(),
        })
    }

    /// Ends the round: wakes every task that waits. The list is `spare`'s afterwards, for the next call.
    pub fn next_round(&self, spare: &mut Vec<Waker>) {
        self.round.set(self.round.get() + 1);
        std::mem::swap(spare, &mut *self.waiting.borrow_mut());
        for waker in spare.drain(..) {
            waker.wake();
        }
    }

    /// Waits until every task waits again.
    pub async fn all_waiting(&self) {
        self.complete.take().await;
    }

    /// Waits for a round; the last task that comes to wait says so to whoever stands in `all_waiting`.
    pub async fn wait_for_round(&self, round: u64) {
        poll_fn(|context| {
            if self.round.get() >= round {
                return Poll::Ready(());
            }
            let mut waiting = self.waiting.borrow_mut();
            waiting.push(context.waker().clone());
            let all = waiting.len() == self.tasks;
            drop(waiting);
            if all {
                self.complete.put(());
            }
            Poll::Pending
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::{Board, Slot};

    #[test]
    fn a_slot_gives_what_was_put_in_and_only_once() {
        let slot = Slot::new();
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(pin!(slot.take()).poll(&mut context), Poll::Pending);
        slot.put(7);
        assert_eq!(pin!(slot.take()).poll(&mut context), Poll::Ready(7));
        assert_eq!(pin!(slot.take()).poll(&mut context), Poll::Pending);
    }

    #[test]
    fn a_board_is_complete_when_the_last_task_waits() {
        let board = Board::new(2);
        let mut context = Context::from_waker(Waker::noop());
        let mut all = pin!(board.all_waiting());
        let mut tasks = [1, 1].map(|round| Box::pin(board.wait_for_round(round)));
        assert!(tasks[0].as_mut().poll(&mut context).is_pending());
        assert!(all.as_mut().poll(&mut context).is_pending());
        assert!(tasks[1].as_mut().poll(&mut context).is_pending());
        assert!(all.as_mut().poll(&mut context).is_ready());
        board.next_round(&mut Vec::new());
        for task in &mut tasks {
            assert!(task.as_mut().poll(&mut context).is_ready());
        }
    }
}
