//! The loop's own pool: which one it is, and how a program's end waits for it. This ends the module.

use super::ThreadPool;
use crate::context::expect_core;
use crate::event_loop::{Handle, Loop};
use crate::task::{Report, ReportKind};
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::thread::available_parallelism;
use std::time::Duration;

/// The pool of one loop.
struct Own {
    /// The last one is in use. Those before it were replaced, and work off what they have.
    pools: RefCell<Vec<Rc<ThreadPool>>>,
}

impl Own {
    fn new() -> Own {
        let processors = available_parallelism().map_or(1, usize::from);
        Own::of(ThreadPool::new(32.min(processors + 4)))
    }

    fn of(pool: ThreadPool) -> Own {
        let pool = Rc::new(pool.detached());
        Own {
            pools: RefCell::new(vec![pool]),
        }
    }

    fn replace(&self, pool: ThreadPool) {
        let mut pools = self.pools.borrow_mut();
        for former in &*pools {
            former.close();
        }
        pools.retain(|former| former.threads() > 0);
        pools.push(Rc::new(pool.detached()));
    }
}

/// Shows `look` the pool of the current loop, which is made when it is asked for first.
#[track_caller]
pub(super) fn own_pool<R>(what: &'static str, look: impl FnOnce(&ThreadPool) -> R) -> R {
    let own = expect_core(what, |core| core.attached(Own::new, wait_for_jobs));
    let pool = own.pools.borrow().last().cloned();
    look(&pool.expect("there is always one in use"))
}

/// How long the end of a program waits for blocking functions, as CPython's `asyncio.run` does.
const PATIENCE: Duration = Duration::from_secs(300);

/// The end of `run` and `Runner`: jobs that were begun or queued come to their end, while the loop
/// turns, since they may need it.
fn wait_for_jobs(event_loop: &Loop, own: Rc<dyn Any>) {
    let Ok(own) = own.downcast::<Own>() else {
        return;
    };
    let pools = own.pools.borrow().clone();
    if pools.iter().all(|pool| pool.threads() == 0) {
        return;
    }
    pools.iter().for_each(|pool| pool.close());
    let place = std::panic::Location::caller();
    let ended = event_loop.turn_until(end(event_loop, &pools), place);
    if let Ok(false) = ended {
        let text = format!(
            "blocking functions still run {} s after the program's tasks have ended, and are left \
             to themselves: {pools:?}",
            PATIENCE.as_secs()
        );
        event_loop
            .handle()
            .call_exception_handler(&Report::of(ReportKind::Unfinished, text));
    }
}

/// Waits for the threads, and tells whether they ended in time, or before Ctrl-C ended the waiting.
async fn end(event_loop: &Loop, pools: &[Rc<ThreadPool>]) -> bool {
    let ended = crate::timeout(PATIENCE, async {
        for pool in pools {
            pool.ended().await;
        }
    });
    #[cfg(all(unix, feature = "signal"))]
    let Ok(ended) = crate::cancel::until(ended, crate::signal::interrupt::enough(event_loop)).await
    else {
        return true; // Nobody is told: the program ends.
    };
    #[cfg(not(all(unix, feature = "signal")))]
    let ended = {
        let _ = event_loop;
        ended.await
    };
    ended.is_ok()
}

impl Handle {
    /// Lets [`to_thread`](crate::to_thread) and [`run_in_executor`](crate::run_in_executor)`(None, …)` use
    /// this pool from here on: asyncio's `loop.set_default_executor`.
    ///
    /// The former one works off what it was given. [`run`](crate::run) and [`Runner`](crate::Runner) wait
    /// for the jobs of both at their ends. A loop that is dropped without that leaves the threads to
    /// themselves: they end when the queue is empty.
    ///
    /// ```
    /// use oneloop::{Loop, executor::ThreadPool};
    /// oneloop::run(async {
    ///     // A library that is used from one thread only.
    ///     Loop::current().unwrap().set_default_executor(ThreadPool::new(1));
    ///     let thread = || std::thread::current().id();
    ///     let both = oneloop::gather((oneloop::to_thread(thread), oneloop::to_thread(thread)));
    ///     let (one, other) = both.await;
    ///     assert_eq!(one.unwrap(), other.unwrap());
    /// });
    /// ```
    pub fn set_default_executor(&self, pool: ThreadPool) {
        match self.core().find_attached::<Own>() {
            Some(own) => own.replace(pool),
            None => self.core().attach(Rc::new(Own::of(pool)), wait_for_jobs),
        }
    }
}
