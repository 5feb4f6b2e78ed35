//! Who gives jobs to one worker after the other. Next: `pool.rs`.
//!
//! The loop drives a server for each worker there may be. It starts its worker with the first job, takes
//! job after job from the queue that all of them share, and replaces a worker that has died.

use super::PoolError;
use super::job;
use super::line::Line;
use oneloop::sync::Event;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// Shared by a pool and its servers.
pub(super) struct Queue {
    pub(super) jobs: RefCell<VecDeque<Rc<job::Shared>>>,
    /// Set for a moment when there is a job, or when none will come any more.
    pub(super) arrived: Event,
    /// Set for a moment when a server has ended.
    pub(super) left: Event,
    /// No job will come any more.
    pub(super) closed: Cell<bool>,
    /// How many servers there are, and how many of them have nothing to do.
    pub(super) servers: Cell<usize>,
    pub(super) idle: Cell<usize>,
    /// How many workers were started.
    pub(super) started: Cell<usize>,
    pub(super) arguments: Vec<OsString>,
    pub(super) limit: usize,
    /// How long a worker may take until it says hello.
    pub(super) start_limit: Duration,
    pub(super) quiet: bool,
}

/// Counts a server, and says so when it ends: with its queue, or with the loop.
pub(super) struct Server(Rc<Queue>);

impl Server {
    pub(super) fn new(queue: Rc<Queue>) -> Server {
        queue.servers.set(queue.servers.get() + 1);
        Server(queue)
    }

    /// Serves until no job will come any more, and then ends the worker.
    pub(super) async fn serve(self) {
        let queue = &self.0;
        let mut worker: Option<Line> = None;
        while let Some(job) = queue.next().await {
            let Some(request) = job.begin() else { continue };
            let mut call = pin!(queue.call(&mut worker, &request));
            let mut given_up = pin!(job.given_up.wait());
            let outcome = poll_fn(|context| match call.as_mut().poll(context) {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending => given_up.as_mut().poll(context).map(|()| None),
            });
            // Given up, the call is dropped, and with it the worker, which kills it.
            if let Some(outcome) = outcome.await {
                job.finish(outcome);
            }
        }
        if let Some(worker) = worker {
            worker.close().await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let queue = &self.0;
        queue.servers.set(queue.servers.get() - 1);
        queue.left.set();
        queue.left.clear();
    }
}

/// Counts a server that has nothing to do, also if its loop ends meanwhile: the pool may see another one.
struct Idle<'a>(&'a Queue);

impl Idle<'_> {
    fn new(queue: &Queue) -> Idle<'_> {
        queue.idle.set(queue.idle.get() + 1);
        Idle(queue)
    }
}

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.idle.set(self.0.idle.get() - 1);
    }
}

impl Queue {
    /// Waits for the next job; `None` if there will be none.
    async fn next(&self) -> Option<Rc<job::Shared>> {
        loop {
            if let Some(job) = self.jobs.borrow_mut().pop_front() {
                return Some(job);
            }
            if self.closed.get() {
                return None;
            }
            let _idle = Idle::new(self);
            self.arrived.wait().await;
        }
    }

    /// Has a request answered by the worker, or by another one if there is none that can. It is put back only
    /// when it can take another request.
    async fn call(&self, place: &mut Option<Line>, request: &[u8]) -> Result<Vec<u8>, PoolError> {
        // One that has died while nobody looked has taken no job with it.
        let mut line = match place.take().filter(Line::is_idle) {
            Some(line) => line,
            None => {
                self.started.set(self.started.get() + 1);
                Line::open(self).await?
            }
        };
        let answer = line.call(request).await?;
        *place = Some(line);
        answer
    }
}
