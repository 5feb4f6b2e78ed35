//! One look-up that is under way, and all who wait for it. Next: `resolver.rs`, which begins them.
//!
//! The loop drives it, not one of those who wait: whoever came first may be the first to give up. When
//! the last has given up, the work is dropped at once, not in the loop's next turn: a job that still
//! waits for its thread must not begin meanwhile.

use super::Resolving;
use super::cache::Outcome;
use super::failure::given_up;
use oneloop::sync::Event;
use oneloop::{CallbackHandle, Handle};
use std::cell::{Cell, OnceCell, RefCell};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A name that is being looked up.
pub(super) struct LookUp {
    /// The loop that drives it.
    handle: Handle,
    /// What drives it there.
    driver: OnceCell<CallbackHandle>,
    /// The work. Taken out while it is polled, since that is foreign code.
    work: RefCell<Option<Resolving>>,
    outcome: OnceCell<Outcome>,
    /// Set when there is an outcome.
    settled: Event,
    waiters: Cell<usize>,
}

impl LookUp {
    /// Begins it. What the work brings goes through `judge` before it goes to those who wait.
    pub(super) fn start(
        handle: Handle,
        work: Resolving,
        judge: impl FnOnce(io::Result<Vec<SocketAddr>>) -> Outcome + 'static,
    ) -> Rc<LookUp> {
        let look_up = Rc::new(LookUp {
            handle,
            driver: OnceCell::new(),
            work: RefCell::new(Some(work)),
            outcome: OnceCell::new(),
            settled: Event::new(),
            waiters: Cell::new(0),
        });
        let driven = Driven(look_up.clone());
        let driver = look_up.handle.drive(async move {
            let brought = poll_fn(|context| driven.0.poll_work(context)).await;
            if let Some(brought) = brought {
                driven.0.settle(judge(brought));
            }
        });
        let _ = look_up.driver.set(driver);
        look_up
    }

    /// Whether one who waits in the running loop can count on it.
    pub(super) fn is_under_way(&self) -> bool {
        self.handle.is_running() && !self.has_ended()
    }

    /// Whether there is an outcome.
    pub(super) fn has_ended(&self) -> bool {
        self.outcome.get().is_some()
    }

    /// Waits for the outcome.
    pub(super) async fn wait(self: &Rc<Self>) -> Outcome {
        let waiting = Waiting::new(self);
        loop {
            if let Some(outcome) = waiting.0.outcome.get() {
                return outcome.clone();
            }
            waiting.0.settled.wait().await;
        }
    }

    /// What the work has brought; `None` when it was dropped.
    fn poll_work(&self, context: &mut Context<'_>) -> Poll<Option<io::Result<Vec<SocketAddr>>>> {
        let work = self.work.borrow_mut().take();
        let Some(mut work) = work else {
            return Poll::Ready(None);
        };
        match work.as_mut().poll(context) {
            Poll::Ready(brought) => Poll::Ready(Some(brought)),
            // The last who waited gave up inside of the work's own code.
            Poll::Pending if self.has_ended() => {
                drop(work);
                Poll::Ready(None)
            }
            Poll::Pending => {
                self.work.replace(Some(work));
                Poll::Pending
            }
        }
    }

    fn settle(&self, outcome: Outcome) {
        // The first outcome stays.
        let _ = self.outcome.set(outcome);
        self.settled.set();
    }

    /// Ends it without an outcome of its own.
    fn give_up(&self) {
        if !self.has_ended() {
            let work = self.work.take();
            self.settle(Err(Arc::new(given_up())));
            drop(work);
        }
    }
}

/// The driver's hold on it: however the driver ends, those who wait are told.
struct Driven(Rc<LookUp>);

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

/// One who waits.
struct Waiting(Rc<LookUp>);

impl Waiting {
    fn new(look_up: &Rc<LookUp>) -> Waiting {
        look_up.waiters.set(look_up.waiters.get() + 1);
        Waiting(look_up.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let look_up = &self.0;
        let left = look_up.waiters.get() - 1;
        look_up.waiters.set(left);
        if left == 0 && !look_up.has_ended() {
            look_up.give_up();
            if let Some(driver) = look_up.driver.get() {
                driver.cancel();
            }
        }
    }
}
