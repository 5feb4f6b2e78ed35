//! [`ProcessPool`]: workers that are started as they are needed. This ends the module.

use super::function::request;
use super::serve::{Queue, Server};
use super::{Function, Job, PoolError, job};
use oneloop::Loop;
use oneloop::sync::Event;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::time::Duration;

/// How long one argument or result may be, in bytes, unless told otherwise.
const MESSAGE_LIMIT: usize = 64 * 1024 * 1024;

/// How long a worker may take to get to `init`, unless told otherwise. It takes milliseconds; a machine that
/// has much else to do may need a thousand times as long.
const START_LIMIT: Duration = Duration::from_secs(30);

/// At most so many worker processes that run functions: Python's `ProcessPoolExecutor`.
///
/// A worker is started when a job finds none idle, and lives as long as the pool. Jobs begin in the
/// order in which they were submitted. The queue has no bound: whoever submits faster than the workers
/// work should await results in between. A pool belongs to the loop in which it is used first.
///
/// Dropping the pool lets the jobs that somebody awaits come to their end, and ends the workers then;
/// [`shutdown`](ProcessPool::shutdown) waits for that. The end of the loop kills them. None
/// becomes a zombie.
///
/// ```standalone_crate
/// use oneloop_net::process_pool::{Function, ProcessPool};
/// # oneloop_net::process_pool::init(&[&SQUARE]);
/// const SQUARE: Function<u64, u64> = Function::new("square", |n| n * n);
/// oneloop::run(async {
///     let pool = ProcessPool::new(2);
///     let jobs: Vec<_> = (0..5).map(|n| pool.submit(&SQUARE, &n)).collect();
///     let squares: Vec<u64> = oneloop::try_gather(jobs).await.unwrap();
///     assert_eq!(squares, [0, 1, 4, 9, 16]);
///     pool.shutdown().await;
/// });
/// ```
pub struct ProcessPool {
    queue: Rc<Queue>,
    most: usize,
}

impl ProcessPool {
    /// Makes a pool of at most `workers` processes, none of which is started yet.
    ///
    /// # Panics
    /// When `workers` is 0.
    ///
    /// ```
    /// let pool = oneloop_net::process_pool::ProcessPool::new(4);
    /// assert_eq!(pool.workers(), 0);
    /// ```
    #[track_caller]
    pub fn new(workers: usize) -> ProcessPool {
        ProcessPool::builder().build(workers)
    }

    /// Begins with the usual settings.
    pub fn builder() -> Builder {
        Builder {
            arguments: Vec::new(),
            limit: MESSAGE_LIMIT,
            start_limit: START_LIMIT,
            quiet: false,
        }
    }

    /// Hands a call of `function` to a worker, and returns the future of its result: Python's
    /// `loop.run_in_executor(pool, f, argument)`.
    ///
    /// # Panics
    /// Outside a loop.
    ///
    /// ```standalone_crate
    /// # use oneloop_net::process_pool::{Function, ProcessPool, PoolError, init};
    /// # init(&[&HALF]);
    /// const HALF: Function<u32, u32> = Function::new("half", |n| match n % 2 {
    ///     0 => n / 2,
    ///     _ => panic!("{n} is odd"),
    /// });
    /// oneloop::run(async {
    ///     let pool = ProcessPool::new(1);
    ///     assert_eq!(pool.submit(&HALF, &8).await.unwrap(), 4);
    ///     let error = pool.submit(&HALF, &7).await.unwrap_err();
    ///     assert!(matches!(error, PoolError::Panicked(text) if text == "7 is odd"));
    /// });
    /// ```
    #[track_caller]
    pub fn submit<A: Serialize, R: DeserializeOwned>(
        &self,
        function: &Function<A, R>,
        argument: &A,
    ) -> Job<R> {
        let handle = match Loop::current() {
            Ok(handle) => handle,
            Err(error) => panic!("`ProcessPool::submit` was called outside a loop: {error}"),
        };
        let queue = &self.queue;
        let job = job::Shared::new(self.encode(function.name(), argument));
        queue.jobs.borrow_mut().push_back(job.clone());
        if queue.idle.get() < queue.jobs.borrow().len() && queue.servers.get() < self.most {
            let server = Server::new(queue.clone());
            drop(handle.drive(server.serve()));
        }
        self.tell();
        Job {
            shared: job,
            result: PhantomData,
        }
    }

    fn encode(&self, name: &str, argument: &impl Serialize) -> Result<Vec<u8>, PoolError> {
        let limit = self.queue.limit;
        let argument = postcard::to_stdvec(argument)
            .map_err(|error| PoolError::Format(format!("the argument: {error}")))?;
        request(name, &argument, limit).ok_or(PoolError::TooLong {
            bytes: argument.len(),
            limit,
        })
    }

    /// Lets the idle servers look for jobs.
    fn tell(&self) {
        self.queue.arrived.set();
        self.queue.arrived.clear();
    }

    /// Returns how many workers were started and may be running.
    ///
    /// ```standalone_crate
    /// # use oneloop_net::process_pool::{Function, ProcessPool, init};
    /// # init(&[&DOUBLE]);
    /// # const DOUBLE: Function<i32, i32> = Function::new("double", |n| 2 * n);
    /// # oneloop::run(async {
    /// let pool = ProcessPool::new(4);
    /// pool.submit(&DOUBLE, &1).await.unwrap();
    /// pool.submit(&DOUBLE, &2).await.unwrap();
    /// assert_eq!(pool.workers(), 1, "the first was idle again");
    /// # });
    /// ```
    pub fn workers(&self) -> usize {
        self.queue.servers.get()
    }

    /// Lets all jobs that somebody awaits come to their end, and waits until all workers have ended.
    ///
    /// Cancel safety: given up, it leaves the rest to the loop.
    ///
    /// ```
    /// # oneloop::run(async {
    /// let pool = oneloop_net::process_pool::ProcessPool::new(4);
    /// pool.shutdown().await;
    /// # });
    /// ```
    pub async fn shutdown(self) {
        let queue = self.queue.clone();
        drop(self);
        while queue.servers.get() > 0 {
            queue.left.wait().await;
        }
    }
}

impl Drop for ProcessPool {
    fn drop(&mut self) {
        self.queue.closed.set(true);
        self.tell();
    }
}

impl fmt::Debug for ProcessPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessPool")
            .field("most", &self.most)
            .field("workers", &self.workers())
            .field("idle", &self.queue.idle.get())
            .field("queued", &self.queue.jobs.borrow().len())
            .field("started", &self.queue.started.get())
            .finish()
    }
}

/// The settings of a pool.
///
/// ```standalone_crate
/// use oneloop_net::process_pool::{Function, PoolError, ProcessPool};
/// # oneloop_net::process_pool::init(&[&LENGTH]);
/// const LENGTH: Function<String, usize> = Function::new("length", |text| text.len());
/// oneloop::run(async {
///     let pool = ProcessPool::builder().message_limit(1000).build(1);
///     let error = pool.submit(&LENGTH, &"x".repeat(2000)).await.unwrap_err();
///     assert!(matches!(error, PoolError::TooLong { limit: 1000, .. }));
/// });
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    arguments: Vec<OsString>,
    limit: usize,
    start_limit: Duration,
    quiet: bool,
}

impl Builder {
    /// Sets how long one argument or result may be when it is encoded, in bytes: 64 MiB, if nothing is said.
    pub fn message_limit(mut self, bytes: usize) -> Builder {
        self.limit = bytes;
        self
    }

    /// Sets how long a worker may take from its start until it gets to [`init`](super::init): 30 seconds, if
    /// nothing is said. One that takes longer is killed, and the job for which it was started fails with
    /// [`PoolError::NoWorker`](super::PoolError::NoWorker).
    ///
    /// ```standalone_crate
    /// use oneloop_net::process_pool::{Function, ProcessPool};
    /// use std::time::Duration;
    /// const LENGTH: Function<String, usize> = Function::new("length", |text| text.len());
    /// // A program that forgot `init`, and so runs on and on where it should work.
    /// if std::env::args().len() > 1 {
    ///     std::thread::sleep(Duration::from_secs(1000));
    /// }
    /// oneloop::run(async {
    ///     let pool = ProcessPool::builder().start_limit(Duration::from_millis(200)).build(1);
    ///     let error = pool.submit(&LENGTH, &"pears".to_owned()).await.unwrap_err();
    ///     assert!(error.to_string().contains("did not say hello within 200ms"), "{error}");
    /// });
    /// ```
    pub fn start_limit(mut self, limit: Duration) -> Builder {
        self.start_limit = limit;
        self
    }

    /// Sets whether what workers print to their standard output is thrown away. It is not, if nothing is
    /// said: a worker shares ours.
    pub fn quiet(mut self, quiet: bool) -> Builder {
        self.quiet = quiet;
        self
    }

    /// Starts the workers with arguments, for a program that does not get to [`init`](super::init) without.
    ///
    /// A test program is one: started without arguments it would run all its tests. Let one of them be
    /// `#[test] fn worker() { init(&[…]) }`, and name it here: `["--exact", "worker"]`. Make them
    /// [quiet](Builder::quiet), too, since test programs print.
    pub fn arguments<S: Into<OsString>>(
        mut self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Builder {
        self.arguments = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// Makes a pool of at most `workers` processes.
    ///
    /// # Panics
    /// When `workers` is 0.
    #[track_caller]
    pub fn build(self, workers: usize) -> ProcessPool {
        assert!(workers > 0, "a ProcessPool needs at least one worker");
        ProcessPool {
            queue: Rc::new(Queue {
                jobs: RefCell::new(VecDeque::new()),
                arrived: Event::new(),
                left: Event::new(),
                closed: Cell::new(false),
                servers: Cell::new(0),
                idle: Cell::new(0),
                started: Cell::new(0),
                arguments: self.arguments,
                limit: self.limit,
                start_limit: self.start_limit,
                quiet: self.quiet,
            }),
            most: workers,
        }
    }
}
