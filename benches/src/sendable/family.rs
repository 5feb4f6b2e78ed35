//! What tasks share that may run on any thread: the same slot and board as in `local/family.rs`, with a lock.

use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};

/// What a future must be to become a task here.
pub trait MaySend: Send {}

impl<T: Send + ?Sized> MaySend for T {}

/// What tasks may hold a `Shared` of.
pub trait MayShare: Send + Sync {}

impl<T: Send + Sync + ?Sized> MayShare for T {}

/// The pointer by which tasks share something.
pub type Shared<T> = Arc<T>;

/// A place for one value and one waiter, shared by two tasks, or by a task and a thread.
pub struct Slot<T>(Mutex<(Option<T>, Option<Waker>)>);

impl<T> Slot<T> {
    /// Makes an empty slot that both tasks can hold.
    pub fn new() -> Shared<Slot<T>> {
        Arc::new(Slot::default())
    }

    /// Puts a value in, over one that nobody took, and wakes who waits for it.
    #[inline]
    pub fn put(&self, value: T) {
        let mut state = lock(&self.0);
        state.0 = Some(value);
        let waiter = state.1.take();
        drop(state);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    /// Waits for the value and takes it out.
    #[inline]
    pub async fn take(&self) -> T {
        poll_fn(|context| {
            let mut state = lock(&self.0);
            match state.0.take() {
                Some(value) => Poll::Ready(value),
                None => {
                    state.1 = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Slot<T> {
        Slot(Mutex::new((None, None)))
    }
}

/// Where many tasks wait for the next round, and one waits until all the others do.
pub struct Board {
    tasks: usize,
    state: Mutex<(u64, Vec<Waker>)>,
    complete: Slot<()>,
}

impl Board {
    /// A board for that many tasks.
    pub fn new(tasks: usize) -> Shared<Board> {
        let mut waiting = vec![Waker::noop().clone(); tasks];
        waiting.clear();
        Arc::new(Board {
            tasks,
            state: Mutex::new((0, waiting)),
            complete: Slot::default(),
        })
    }

    /// Ends the round: wakes every task that waits. The list is `spare`'s afterwards, for the next call.
    pub fn next_round(&self, spare: &mut Vec<Waker>) {
        let mut state = lock(&self.state);
        state.0 += 1;
        mem::swap(spare, &mut state.1);
        drop(state);
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
            let mut state = lock(&self.state);
            if state.0 >= round {
                return Poll::Ready(());
            }
            state.1.push(context.waker().clone());
            let all = state.1.len() == self.tasks;
            drop(state);
            if all {
                self.complete.put(());
            }
            Poll::Pending
        })
        .await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics while it is held")
}
