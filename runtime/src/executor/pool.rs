//! [`ThreadPool`]: threads that run jobs, first come, first served. Next: `own.rs`, the one that a
//! loop has.

use super::JobError;
use super::job::JobHandle;
use super::shared::{Run, Shared as Job};
use crate::event_loop::Loop;
use crate::quietly::quietly;
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// How long a thread waits for another job before it ends.
const IDLE: Duration = Duration::from_secs(10);

/// At most so many threads that run blocking functions: Python's `ThreadPoolExecutor`.
///
/// It needs no loop: it may be made before one and be used after it, by several loops and by plain
/// threads. A thread is started when a job finds none idle, and ends after 10 seconds without work; a
/// panic ends its job, not the thread. Jobs begin in the order in which they were submitted. The queue
/// has no bound: whoever submits faster than the threads work should wait for results in between (a
/// [`Semaphore`](crate::sync::Semaphore) does).
///
/// Dropping the pool blocks until all its jobs have ended, queued ones included, as leaving Python's
/// `with ThreadPoolExecutor()` does. On a loop's thread that stops the loop, and for ever if a job
/// waits for that loop: use [`shutdown`](ThreadPool::shutdown) there. A job that drops the last owner of
/// its own pool waits for nobody.
///
/// ```
/// use oneloop::executor::ThreadPool;
/// let pool = ThreadPool::new(2);
/// let jobs: Vec<_> = (0..5).map(|n| pool.submit(move || n * n)).collect();
/// let squares: Vec<i32> = jobs.iter().map(|job| job.result(None).unwrap()).collect();
/// assert_eq!(squares, [0, 1, 4, 9, 16]);
/// ```
pub struct ThreadPool {
    shared: Arc<Shared>,
    /// Whether dropping it waits for the threads.
    joins: bool,
}

impl ThreadPool {
    /// Makes a pool of at most `threads` threads, none of which is started yet.
    ///
    /// # Panics
    /// When `threads` is 0.
    ///
    /// ```
    /// let pool = oneloop::executor::ThreadPool::new(5);
    /// assert_eq!(pool.threads(), 0);
    /// ```
    #[track_caller]
    pub fn new(threads: usize) -> ThreadPool {
        assert!(threads > 0, "a ThreadPool needs at least one thread");
        ThreadPool {
            shared: Arc::new(Shared {
                most: threads,
                idle: IDLE,
                state: Mutex::default(),
                work: Condvar::new(),
                ended: Condvar::new(),
            }),
            joins: true,
        }
    }

    /// The same, but dropping it leaves the threads to themselves: they end when the queue is empty.
    pub(super) fn detached(mut self) -> ThreadPool {
        self.joins = false;
        self
    }

    /// Runs `work` on one of the threads: Python's `submit`.
    ///
    /// ```
    /// let pool = oneloop::executor::ThreadPool::new(1);
    /// assert_eq!(pool.submit(|| "done").result(None).unwrap(), "done");
    /// ```
    pub fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JobHandle<T> {
        let job = Arc::new(Job::of(work));
        self.shared.push(job.clone());
        JobHandle { shared: job }
    }

    /// Returns how many threads there are at the moment.
    ///
    /// ```
    /// let pool = oneloop::executor::ThreadPool::new(5);
    /// pool.submit(|| ()).result(None).unwrap();
    /// assert_eq!(pool.threads(), 1);
    /// ```
    pub fn threads(&self) -> usize {
        self.shared.lock().threads
    }

    /// Waits, without blocking the loop, until all jobs have ended, queued ones included.
    ///
    /// Cancel safety: giving up the wait leaves the threads to themselves; they end when the queue is
    /// empty.
    ///
    /// ```
    /// use oneloop::executor::ThreadPool;
    /// oneloop::run(async {
    ///     let pool = ThreadPool::new(1);
    ///     let job = pool.submit(|| 1);
    ///     pool.shutdown().await;
    ///     assert!(job.done());
    /// });
    /// ```
    pub fn shutdown(mut self) -> impl Future<Output = ()> {
        self.joins = false;
        async move {
            self.shared.close();
            self.ended().await;
        }
    }

    /// Waits until there is no thread.
    pub(super) async fn ended(&self) {
        // While it lives, a paused clock does not jump over what the threads bring.
        let _expected = Loop::current().map(|handle| handle.remote());
        poll_fn(|context| {
            let waker = context.waker().clone();
            let mut state = self.shared.lock();
            if state.threads == 0 {
                return Poll::Ready(());
            }
            let old = state.waiting.replace(waker);
            drop(state);
            drop(old);
            Poll::Pending
        })
        .await;
    }

    /// Lets no thread wait for jobs any more: each ends when the queue is empty.
    pub(super) fn close(&self) {
        self.shared.close();
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.shared.close();
        let mut state = self.shared.lock();
        // A thread that drops its own pool must not wait for itself: it ends after its job.
        let own = state.ids.contains(&thread::current().id());
        if self.joins && !own {
            while state.threads > 0 {
                let ended = self.shared.ended.wait(state);
                state = ended.unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("ThreadPool")
            .field("most", &self.shared.most)
            .field("threads", &state.threads)
            .field("idle", &state.idle)
            .field("queued", &state.queue.len())
            .finish()
    }
}

struct Shared {
    /// How many threads there may be.
    most: usize,
    /// How long a thread waits for another job.
    idle: Duration,
    state: Mutex<State>,
    /// Tells idle threads that there is a job, or that none will come.
    work: Condvar,
    /// Tells whoever drops the pool that a thread has ended.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Arc<dyn Run>>,
    /// How many threads there are.
    threads: usize,
    /// Those that have begun to serve.
    ids: Vec<ThreadId>,
    /// How many of them wait for a job. Invariant: each job that is pushed while this is above the
    /// queue's length finds a thread that comes for it.
    idle: usize,
    /// How many threads were ever started: what the next one is called by.
    started: usize,
    /// No thread waits any more.
    closed: bool,
    /// Who waits in `shutdown`.
    waiting: Option<Waker>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(self: &Arc<Self>, job: Arc<dyn Run>) {
        let mut state = self.lock();
        state.queue.push_back(job);
        if state.idle >= state.queue.len() {
            // A thread that begins at once shall not find the lock taken.
            drop(state);
            self.work.notify_one();
            return;
        }
        if state.threads == self.most {
            return;
        }
        state.threads += 1;
        state.started += 1;
        let name = format!("oneloop-pool-{}", state.started);
        drop(state);
        let shared = self.clone();
        let started = thread::Builder::new()
            .name(name)
            .spawn(move || shared.serve());
        if let Err(error) = started {
            self.go_without(Arc::new(error));
        }
    }

    /// The system gave no thread: the others do the work, or nobody.
    #[cold]
    fn go_without(&self, error: Arc<std::io::Error>) {
        let mut state = self.lock();
        state.threads -= 1;
        let refused = match state.threads {
            0 => std::mem::take(&mut state.queue),
            _ => VecDeque::new(),
        };
        drop(state);
        for job in refused {
            job.refuse(JobError::NoThread(error.clone()));
        }
    }

    /// What a thread does.
    fn serve(&self) {
        let id = thread::current().id();
        let mut state = self.lock();
        state.ids.push(id);
        loop {
            if let Some(job) = state.queue.pop_front() {
                drop(state);
                job.run();
                quietly(|| drop(job)); // The drop of a value that nobody took is user code.
                state = self.lock();
                continue;
            }
            if state.closed {
                break;
            }
            state.idle += 1;
            let waited = self.work.wait_timeout(state, self.idle);
            let idled;
            (state, idled) = waited.unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
            if idled.timed_out() && state.queue.is_empty() {
                break;
            }
        }
        state.ids.retain(|one| *one != id);
        state.threads -= 1;
        let waiting = match state.threads {
            0 => state.waiting.take(),
            _ => None,
        };
        drop(state);
        self.ended.notify_all();
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }

    fn close(&self) {
        self.lock().closed = true;
        self.work.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Instant;

    #[test]
    fn a_thread_is_started_only_when_none_is_idle() {
        let pool = ThreadPool::new(3);
        let (open, gate) = mpsc::channel::<()>();
        let held = pool.submit(move || gate.recv());
        pool.submit(|| ()).result(None).unwrap();
        assert_eq!(pool.threads(), 2);
        // The other thread is idle, or about to be; a third job finds it as soon as it is.
        while pool.shared.lock().idle == 0 {
            thread::yield_now();
        }
        pool.submit(|| ()).result(None).unwrap();
        assert_eq!(pool.threads(), 2);
        open.send(()).unwrap();
        held.result(None).unwrap().unwrap();
    }

    #[test]
    fn an_idle_thread_ends_and_the_next_job_starts_another() {
        let mut pool = ThreadPool::new(1);
        Arc::get_mut(&mut pool.shared).unwrap().idle = Duration::ZERO;
        let name = || thread::current().name().map(str::to_owned);
        assert_eq!(
            pool.submit(name).result(None).unwrap().unwrap(),
            "oneloop-pool-1"
        );
        let late = Instant::now() + Duration::from_secs(30);
        while pool.threads() > 0 {
            assert!(Instant::now() < late, "the thread did not end");
            thread::yield_now();
        }
        assert_eq!(
            pool.submit(name).result(None).unwrap().unwrap(),
            "oneloop-pool-2"
        );
    }

    #[test]
    fn without_a_thread_a_job_gets_an_error_that_names_the_cure() {
        let pool = ThreadPool::new(1);
        let function = Arc::new(());
        let kept = function.clone();
        // As `push` leaves things when the system gives no thread.
        let job = Arc::new(Job::of(move || drop(kept)));
        {
            let mut state = pool.shared.lock();
            state.queue.push_back(job.clone());
            state.threads = 1;
        }
        pool.shared
            .go_without(Arc::new(std::io::Error::from_raw_os_error(11)));
        assert_eq!(Arc::strong_count(&function), 1, "the function was dropped");
        let error = JobHandle { shared: job }.result(None).unwrap_err();
        assert!(matches!(error, JobError::NoThread(_)));
        assert!(error.to_string().contains("ulimit -u"), "{error}");
    }

    #[test]
    fn a_job_whose_drop_panics_leaves_its_thread_alive() {
        struct Grenade;
        impl Drop for Grenade {
            fn drop(&mut self) {
                panic!("boom");
            }
        }
        let pool = ThreadPool::new(1);
        let grenade = Grenade;
        let job = pool.submit(move || drop(grenade));
        assert!(matches!(job.result(None), Err(JobError::Panicked(_))));
        // Nobody takes the value, and the thread is the last that has the job: it drops it.
        let (open, gate) = mpsc::channel::<()>();
        drop(pool.submit(move || {
            let _ = gate.recv();
            Grenade
        }));
        drop(open);
        assert_eq!(pool.submit(|| 1).result(None).unwrap(), 1);
        assert_eq!(pool.threads(), 1);
    }
}
