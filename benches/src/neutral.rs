//! What both sides share: a slot that one task fills and another waits for, and a yield by waking oneself.
//!
//! A comparison of two runtimes with two different channels compares the channels. These are written on `Waker`
//! alone, so the same code runs on both sides, and what differs is the waking and the scheduling.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// A place for one value and one waiter, shared by two tasks of one thread.
pub struct Slot<T> {
    value: Cell<Option<T>>,
    waiter: Cell<Option<Waker>>,
}

impl<T> Slot<T> {
    /// Makes an empty slot that both tasks can hold.
    pub fn new() -> Rc<Slot<T>> {
        Rc::new(Slot {
            value: Cell::new(None),
            waiter: Cell::new(None),
        })
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

/// Lets every task that is ready go first, by waking oneself and staying pending once.
///
/// tokio's own `yield_now` defers the wake and looks at the kernel; this one measures the plain way through the queue.
#[inline]
pub async fn wake_self() {
    let mut woken = false;
    poll_fn(|context| {
        if woken {
            return Poll::Ready(());
        }
        woken = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Wakes oneself and stays pending that many times: what a task in a long computation does, with nothing around it.
pub fn wake_self_times(times: u64) -> impl Future<Output = ()> {
    let mut left = times;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::{Slot, wake_self};

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
    fn waking_oneself_is_pending_exactly_once() {
        let mut context = Context::from_waker(Waker::noop());
        let mut future = pin!(wake_self());
        assert_eq!(future.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(()));
    }
}
