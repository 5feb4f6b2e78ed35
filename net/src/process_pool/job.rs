//! [`Job`]: a call of a function in a worker, to be awaited. Next: `line.rs`.

use super::PoolError;
use oneloop::sync::Event;
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// A job between its awaiter and its worker.
pub(super) struct Shared {
    /// The request, until a worker takes it.
    request: Cell<Option<Vec<u8>>>,
    outcome: RefCell<Option<Result<Vec<u8>, PoolError>>>,
    waiter: Cell<Option<Waker>>,
    /// Set when nobody awaits it any more.
    pub(super) given_up: Event,
}

impl Shared {
    pub(super) fn new(request: Result<Vec<u8>, PoolError>) -> Rc<Shared> {
        let (request, outcome) = match request {
            Ok(request) => (Some(request), None),
            Err(error) => (None, Some(Err(error))),
        };
        Rc::new(Shared {
            request: Cell::new(request),
            outcome: RefCell::new(outcome),
            waiter: Cell::default(),
            given_up: Event::new(),
        })
    }

    /// Takes the job up; `None` if nobody wants it any more.
    pub(super) fn begin(&self) -> Option<Vec<u8>> {
        self.request.take()
    }

    pub(super) fn finish(&self, outcome: Result<Vec<u8>, PoolError>) {
        self.outcome.replace(Some(outcome));
        if let Some(waiter) = self.waiter.take() {
            waiter.wake();
        }
    }
}

/// The future of a function's result: see [`ProcessPool::submit`](super::ProcessPool::submit).
///
/// Cancel safety: given up before a worker has begun it, it never begins; later, its worker is killed.
///
/// ```standalone_crate
/// use oneloop_net::process_pool::{Function, Job, ProcessPool};
/// # oneloop_net::process_pool::init(&[&DOUBLE]);
/// const DOUBLE: Function<i32, i32> = Function::new("double", |n| 2 * n);
/// oneloop::run(async {
///     let pool = ProcessPool::new(1);
///     let job: Job<i32> = pool.submit(&DOUBLE, &21);
///     assert_eq!(job.await.unwrap(), 42);
/// });
/// ```
#[must_use = "dropping a Job gives it up"]
pub struct Job<R> {
    pub(super) shared: Rc<Shared>,
    /// The result is made here, of bytes.
    pub(super) result: PhantomData<fn() -> R>,
}

impl<R: DeserializeOwned> Future for Job<R> {
    type Output = Result<R, PoolError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = self.shared.outcome.borrow_mut().take();
        let Some(outcome) = outcome else {
            drop(self.shared.waiter.replace(Some(context.waker().clone())));
            return Poll::Pending;
        };
        Poll::Ready(outcome.and_then(|bytes| {
            postcard::from_bytes(&bytes)
                .map_err(|error| PoolError::Format(format!("the result: {error}")))
        }))
    }
}

impl<R> Drop for Job<R> {
    fn drop(&mut self) {
        drop(self.shared.request.take());
        self.shared.given_up.set();
    }
}

impl<R> fmt::Debug for Job<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = self.shared.outcome.borrow().is_some();
        f.debug_struct("Job").field("done", &done).finish()
    }
}
