//! [`JobHandle`] and [`JobSetter`]: the two ends of a job. Next: `wrapped.rs`, which awaits it.

use super::JobError;
use super::shared::{Shared, Stage};
use crate::context::check_free;
use crate::quietly::quietly;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

/// The outcome of a function that runs on another thread, now or later: Python's
/// `concurrent.futures.Future`.
///
/// It needs no loop: any thread may block on [`result`](JobHandle::result), and several may hold a
/// clone; the value goes to the first who takes it, and the others are told so
/// ([`Taken`](JobError::Taken)). Inside a loop it is awaited
/// (`job.await`, which is [`wrap_future`](super::wrap_future)). Dropping it lets the job run.
///
/// ```
/// use oneloop::executor::{JobHandle, ThreadPool};
/// let pool = ThreadPool::new(2);
/// let job: JobHandle<i32> = pool.submit(|| 6 * 7);
/// assert_eq!(job.result(None).unwrap(), 42);
/// ```
#[must_use = "a job runs without its handle; write `drop(pool.submit(..))` if that is meant"]
pub struct JobHandle<T> {
    pub(super) shared: Arc<Shared<T>>,
}

impl<T> JobHandle<T> {
    /// Makes a handle whose outcome somebody else sets, from any thread: Python's bare
    /// `concurrent.futures.Future()`. It connects the loop with threads that are not a pool's.
    ///
    /// ```
    /// use oneloop::executor::JobHandle;
    /// oneloop::run(async {
    ///     let (setter, job) = JobHandle::new();
    ///     let thread = std::thread::spawn(move || setter.set_result("666"));
    ///     assert_eq!(job.await.unwrap(), "666");
    ///     thread.join().unwrap().unwrap();
    /// });
    /// ```
    pub fn new() -> (JobSetter<T>, JobHandle<T>) {
        let shared = Arc::new(Shared::new(Stage::Queued(None)));
        let setter = JobSetter {
            shared: shared.clone(),
        };
        (setter, JobHandle { shared })
    }

    /// Blocks this thread until the job is done, for as long as `timeout` at most, and takes its value.
    /// `None` waits as long as it takes. Real time, whatever a loop's clock says.
    ///
    /// # Errors
    /// [`TimedOut`](JobError::TimedOut) when the time is over (the job goes on, and can be asked
    /// again), and what else a [`JobError`] says.
    ///
    /// # Panics
    /// Inside a loop, which it would block: await the job there.
    ///
    /// ```
    /// use oneloop::executor::{JobError, JobHandle};
    /// use std::time::Duration;
    /// let (setter, job) = JobHandle::new();
    /// let early = job.result(Some(Duration::from_millis(1)));
    /// assert!(matches!(early, Err(JobError::TimedOut)));
    /// setter.set_result(7).unwrap();
    /// assert_eq!(job.result(None).unwrap(), 7);
    /// assert!(matches!(job.result(None), Err(JobError::Taken)));
    /// ```
    #[track_caller]
    pub fn result(&self, timeout: impl Into<Option<Duration>>) -> Result<T, JobError> {
        let mut state = self.shared.lock();
        if !state.is_done() && check_free().is_err() {
            drop(state);
            panic!(
                "`JobHandle::result` would block the running loop until the job is done: \
                 `.await` the job instead; `result` is for other threads"
            );
        }
        // A time that is too far away for an Instant is for ever.
        let until = timeout
            .into()
            .and_then(|time| Instant::now().checked_add(time));
        while !state.is_done() {
            let done = &self.shared.done;
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Err(JobError::TimedOut);
            }
            state.blocked += 1;
            state = match left {
                None => done.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    let waited = done.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state.blocked -= 1;
        }
        state.take()
    }

    /// Calls `callback` when the job has ended, in whatever way: Python's
    /// `concurrent.futures.Future.add_done_callback`. Callbacks are called in the order in which they were
    /// added, on the thread that ends the job (one of a pool's, or that of whoever cancels it), and here
    /// and now if it has ended already: one that is added while the others are called does not wait for
    /// them, as in Python. A panic of one ends there.
    ///
    /// In a loop await the job instead, or let the callback call
    /// [`call_soon_threadsafe`](crate::Remote::call_soon_threadsafe).
    ///
    /// ```
    /// let pool = oneloop::executor::ThreadPool::new(1);
    /// let (told, hears) = std::sync::mpsc::channel();
    /// let job = pool.submit(|| 6 * 7);
    /// job.add_done_callback(move |job| told.send(job.result(None).unwrap()).unwrap());
    /// assert_eq!(hears.recv().unwrap(), 42);
    /// ```
    pub fn add_done_callback(&self, callback: impl FnOnce(&JobHandle<T>) + Send + 'static)
    where
        T: Send + 'static,
    {
        let job = self.clone();
        let call = Box::new(move || callback(&job));
        let mut state = self.shared.lock();
        if !state.is_done() {
            let call = Arc::new(Call(Mutex::new(Some(call))));
            state.waiters.push(Waker::from(call));
            return;
        }
        drop(state);
        quietly(call);
    }

    /// Cancels the job if no thread has begun it, and returns whether it is cancelled: as Python's
    /// `Future.cancel`. The function is dropped here and now.
    ///
    /// ```
    /// let (setter, job) = oneloop::executor::JobHandle::<()>::new();
    /// assert!(job.cancel() && job.cancelled() && !setter.start());
    /// ```
    pub fn cancel(&self) -> bool {
        self.shared.cancel()
    }

    /// Tells whether the job was cancelled.
    ///
    /// ```
    /// let (_setter, job) = oneloop::executor::JobHandle::<()>::new();
    /// assert!(!job.cancelled());
    /// job.cancel();
    /// assert!(job.cancelled());
    /// ```
    pub fn cancelled(&self) -> bool {
        self.shared.lock().is_cancelled()
    }

    /// Tells whether a thread is at it.
    ///
    /// ```
    /// let (setter, job) = oneloop::executor::JobHandle::<()>::new();
    /// assert!(!job.running() && setter.start() && job.running());
    /// ```
    pub fn running(&self) -> bool {
        matches!(self.shared.lock().stage, Stage::Running)
    }

    /// Tells whether the job has ended, in whatever way.
    ///
    /// ```
    /// let (setter, job) = oneloop::executor::JobHandle::new();
    /// assert!(!job.done());
    /// setter.set_result(1).unwrap();
    /// assert!(job.done());
    /// ```
    pub fn done(&self) -> bool {
        self.shared.lock().is_done()
    }
}

/// A callback among those who wait for a job.
struct Call<F>(Mutex<Option<F>>);

impl<F: FnOnce() + Send + 'static> Wake for Call<F> {
    fn wake(self: Arc<Self>) {
        let call = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(call) = call {
            call();
        }
    }
}

impl<T> Clone for JobHandle<T> {
    fn clone(&self) -> JobHandle<T> {
        JobHandle {
            shared: self.shared.clone(),
        }
    }
}

impl<T> fmt::Debug for JobHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = self.shared.lock().stage.name();
        f.debug_struct("JobHandle")
            .field("stage", &format_args!("{stage}"))
            .finish()
    }
}

/// The end of a job that sets its outcome. Dropping it without one gives [`JobError::Abandoned`].
///
/// ```
/// use oneloop::executor::{JobError, JobHandle};
/// let (setter, job) = JobHandle::<u8>::new();
/// drop(setter);
/// assert!(matches!(job.result(None), Err(JobError::Abandoned)));
/// ```
#[must_use = "dropping the setter abandons the job"]
pub struct JobSetter<T> {
    shared: Arc<Shared<T>>,
}

impl<T> JobSetter<T> {
    /// Says that the work begins, after which it can't be cancelled; false if it was cancelled before:
    /// Python's `set_running_or_notify_cancel`.
    ///
    /// ```
    /// let (setter, job) = oneloop::executor::JobHandle::<()>::new();
    /// assert!(setter.start());
    /// assert!(!job.cancel());
    /// ```
    pub fn start(&self) -> bool {
        let mut state = self.shared.lock();
        if let Stage::Queued(_) = state.stage {
            state.stage = Stage::Running;
        }
        matches!(state.stage, Stage::Running)
    }

    /// Sets the value, and wakes all who wait for it.
    ///
    /// # Errors
    /// Gives the value back if the job was cancelled.
    ///
    /// ```
    /// let (setter, job) = oneloop::executor::JobHandle::new();
    /// job.cancel();
    /// assert_eq!(setter.set_result(5), Err(5));
    /// ```
    pub fn set_result(self, value: T) -> Result<(), T> {
        match self.shared.finish(Ok(value)) {
            Err(Ok(value)) => Err(value),
            Ok(()) | Err(Err(_)) => Ok(()),
        }
    }
}

impl<T> Drop for JobSetter<T> {
    fn drop(&mut self) {
        // An outcome that is there says no, as it should.
        let _ = self.shared.finish(Err(JobError::Abandoned));
    }
}

impl<T> fmt::Debug for JobSetter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JobSetter")
    }
}
