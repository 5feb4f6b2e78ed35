//! What every side shares: yields by waking oneself.
//!
//! A comparison of two runtimes with two different channels compares the channels. These futures, and the slots of
//! `local/family.rs` and `sendable/family.rs`, are written on `Waker` alone, so the same code runs on every side, and
//! what differs is the waking and the scheduling.

use std::future::poll_fn;
use std::task::Poll;

/// Lets every task that is ready go first, by waking oneself and staying pending once.
///
/// tokio's own `yield_now` defers the wake and looks at the kernel; this one measures the plain way through the queue.
/// (monoio puts a task that wakes itself before all others, so no scenario counts on the others' having run.)
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
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::{wake_self, wake_self_times};

    #[test]
    fn waking_oneself_is_pending_exactly_once() {
        let mut context = Context::from_waker(Waker::noop());
        let mut future = pin!(wake_self());
        assert_eq!(future.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(()));
    }

    #[test]
    fn waking_oneself_three_times_is_pending_three_times() {
        let mut context = Context::from_waker(Waker::noop());
        let mut future = pin!(wake_self_times(3));
        for _ in 0..3 {
            assert_eq!(future.as_mut().poll(&mut context), Poll::Pending);
        }
        assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(()));
    }
}
