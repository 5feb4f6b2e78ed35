//! Polling by hand: wakers that count, wakers that call back into what they are asked to wait for,
//! and values that call back when they are dropped.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Counts how often it was woken.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    /// Returns a waker and its counter.
    pub(crate) fn waker() -> (Waker, Arc<Count>) {
        let count = Arc::new(Count::default());
        (Waker::from(count.clone()), count)
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

thread_local! {
    /// What the next [`CallsBack`] does. Wakers must be `Send`, and what they call back here is not.
    static ACTION: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// When a waker calls back.
pub(crate) enum CallsBack {
    WhenWoken,
    WhenDropped,
}

impl CallsBack {
    /// Returns a waker that runs `action` once.
    pub(crate) fn waker(self, action: impl FnOnce() + 'static) -> Waker {
        ACTION.set(Some(Box::new(action)));
        match self {
            CallsBack::WhenWoken => Waker::from(Arc::new(WhenWoken)),
            CallsBack::WhenDropped => Waker::from(Arc::new(WhenDropped)),
        }
    }
}

struct WhenWoken;
struct WhenDropped;

impl Wake for WhenWoken {
    fn wake(self: Arc<Self>) {
        run_action();
    }
}

impl Wake for WhenDropped {
    fn wake(self: Arc<Self>) {}
}

impl Drop for WhenDropped {
    fn drop(&mut self) {
        run_action();
    }
}

fn run_action() {
    if let Some(action) = ACTION.take() {
        action();
    }
}

/// A value that runs something when it is dropped.
pub(crate) struct OnDrop<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Polls once.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(waker))
}

/// Polls once with a waker that does nothing.
pub(crate) fn poll_quietly<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll(future, Waker::noop())
}
