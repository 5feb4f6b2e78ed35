//! [`wrap_future`]: awaiting a job. Next: `pool.rs`, which runs it.

use super::{JobError, JobHandle};
use crate::debug::{Noted, Thing, What};
use crate::event_loop::Loop;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Makes a job awaitable on the running loop: asyncio's `wrap_future`. `job.await` does the same.
///
/// Cancel safety: giving it up cancels the job if no thread has begun it, as in asyncio; a job that
/// runs goes on to its end, and its value is dropped there. To keep a job that nobody awaits any
/// more, give it a task of its own and await that through [`shield`](crate::shield).
///
/// ```
/// use oneloop::executor::{JobHandle, wrap_future};
/// oneloop::run(async {
///     let (_setter, job) = JobHandle::<()>::new();
///     drop(wrap_future(job.clone()));
///     assert!(job.cancelled());
/// });
/// ```
pub fn wrap_future<T>(job: JobHandle<T>) -> Wrapped<T> {
    let wrapped = Wrapped {
        job,
        waker: None,
        ended: false,
        noted: None,
    };
    wrapped.expect();
    wrapped
}

/// The future of a job: see [`wrap_future`].
///
/// ```
/// use oneloop::executor::{ThreadPool, Wrapped};
/// let pool = ThreadPool::new(1);
/// oneloop::run(async {
///     let job: Wrapped<i32> = oneloop::executor::run_in_executor(Some(&pool), || 1);
///     assert_eq!(job.await.unwrap(), 1);
/// });
/// ```
#[must_use = "dropping it cancels the job, unless a thread has begun it"]
pub struct Wrapped<T> {
    job: JobHandle<T>,
    /// What lies among the job's waiters.
    waker: Option<Waker>,
    ended: bool,
    /// That it waits, for those who ask.
    noted: Option<Noted>,
}

impl<T> Wrapped<T> {
    /// The job, for other threads to wait for, or to look at.
    ///
    /// ```
    /// use oneloop::executor::{JobHandle, wrap_future};
    /// let (_setter, job) = JobHandle::<()>::new();
    /// assert!(!wrap_future(job).job().done());
    /// ```
    pub fn job(&self) -> &JobHandle<T> {
        &self.job
    }

    /// Lets the running loop know that a thread will bring something: a paused clock waits for it.
    fn expect(&self) {
        if let Ok(handle) = Loop::current() {
            self.job.shared.keep(handle.remote());
        }
    }

    /// Takes this waiter's waker out of the list.
    fn forget(&mut self, waiters: &mut Vec<Waker>) -> Option<Waker> {
        let ours = self.waker.take()?;
        let index = waiters.iter().position(|waker| waker.will_wake(&ours))?;
        Some(waiters.remove(index))
    }
}

impl<T> Future for Wrapped<T> {
    type Output = Result<T, JobError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        assert!(!this.ended, "a job was awaited after its value was taken");
        let shared = this.job.shared.clone();
        // Cloned before, dropped after: a waker's code must not run under the lock.
        let known = this
            .waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(context.waker()));
        let new = (!known).then(|| (context.waker().clone(), context.waker().clone()));
        if !known {
            this.expect(); // It may have been made outside the loop.
        }
        let mut state = shared.lock();
        if state.is_done() {
            let outcome = state.take();
            drop(state);
            this.ended = true;
            this.noted = None;
            return Poll::Ready(outcome);
        }
        let mut old = (None, None);
        if let Some((listed, kept)) = new {
            old.0 = this.forget(&mut state.waiters);
            state.waiters.push(listed);
            old.1 = this.waker.replace(kept);
            this.noted = Noted::new(What::Thing(Thing::Job));
        }
        drop(state);
        drop(old);
        Poll::Pending
    }
}

impl<T> Drop for Wrapped<T> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let shared = self.job.shared.clone();
        let mut state = shared.lock();
        let old = self.forget(&mut state.waiters);
        drop(state);
        drop(old);
        shared.cancel();
    }
}

impl<T> IntoFuture for JobHandle<T> {
    type Output = Result<T, JobError>;
    type IntoFuture = Wrapped<T>;

    fn into_future(self) -> Wrapped<T> {
        wrap_future(self)
    }
}

impl<T> fmt::Debug for Wrapped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wrapped").field(&self.job).finish()
    }
}
