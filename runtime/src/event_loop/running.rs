//! The ways to turn a loop: once for a host, until a future is done, or until it is stopped.

use super::turn::{Ended, For, Turn};
use super::{AlreadyRunning, Loop};
use crate::context::check_free;
use std::future::Future;
use std::io;
use std::panic::Location;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

impl Loop {
    /// Turns the loop until `future` is done and returns its output: asyncio's
    /// `run_until_complete`.
    ///
    /// The future is polled as a task of its own and may borrow from outside. Other tasks run
    /// meanwhile. When it is done, what is ready takes its turn once more, so that a task made in its
    /// last step begins; what is left then stays for the next call.
    ///
    /// # Panics
    /// When a loop is running on this thread already; when the loop is stopped before the future
    /// is done; when the future panics, with its panic; and when the clock is paused and nobody can
    /// wake the tasks that are left (see [`deadlock_after`](crate::Builder::deadlock_after)).
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// let mut seen = vec![];
    /// event_loop.block_on(async { seen.push(1) });
    /// event_loop.block_on(async { seen.push(2) });
    /// assert_eq!(seen, [1, 2]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self.try_block_on(future) {
            Ok(output) => output,
            Err(error) => panic!("`block_on` was called inside a loop: {error}"),
        }
    }

    /// As [`block_on`](Loop::block_on), with an error where a loop is running already.
    ///
    /// # Errors
    /// When a loop is running on this thread already; the future is dropped unpolled.
    ///
    /// # Panics
    /// As [`block_on`](Loop::block_on), but for that.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// assert_eq!(event_loop.try_block_on(async { 1 }).unwrap(), 1);
    /// event_loop.block_on(async { assert!(event_loop.try_block_on(async {}).is_err()) });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn try_block_on<F: Future>(&self, future: F) -> Result<F::Output, AlreadyRunning> {
        check_free()?;
        let output = self.run_root(future);
        self.finish_last_batch();
        Ok(output)
    }

    /// Turns until `future` is done, and panics at the caller's place if it cannot be.
    #[track_caller]
    fn run_root<F: Future>(&self, future: F) -> F::Output {
        match self.turn_until(future, Location::caller()) {
            Ok(output) => output,
            Err(why) => panic!("{why}"),
        }
    }

    /// Turns until `future`, which was given at `place`, is done, or says why it cannot be: a panic in
    /// here would name a line of the library.
    pub(crate) fn turn_until<F: Future>(
        &self,
        future: F,
        place: &'static Location<'static>,
    ) -> Result<F::Output, String> {
        let mut future = pin!(future);
        self.core.enter(|| {
            let root = self.core.scheduler.root(place);
            let mut output = None;
            let mut poll_root = || {
                let poll = root.poll(|waker| future.as_mut().poll(&mut Context::from_waker(waker)));
                if let Poll::Ready(value) = poll {
                    output = Some(value);
                    return true;
                }
                false
            };
            loop {
                match self.core.turn(None, &mut For::Root(&mut poll_root)) {
                    Ok(Ended::GoOn) => {}
                    Ok(Ended::RootDone) => {
                        // A stop of this batch was for this call, as in asyncio.
                        self.core.scheduler.take_stop();
                        break;
                    }
                    Ok(Ended::Stopped) => {
                        self.core.scheduler.take_stop();
                        return Err(STOPPED.to_owned());
                    }
                    Ok(Ended::Stuck) => return Err(self.core.deadlock_text(Some(place))),
                    Err(error) => return Err(refused(&error)),
                }
            }
            Ok(output.expect("the loop above ends only when the root has an output"))
        })
    }

    /// Takes one turn that may wait, or says why nobody will come; in the way of real time, who takes
    /// longer than `patience` will not.
    pub(crate) fn turn_or_give_up(&self, patience: Duration) -> Result<(), String> {
        let core = &self.core;
        // Simulated time would be moved by a limit.
        let limit = (!core.clock.is_paused() || !core.is_isolated()).then_some(patience);
        let turned = core.scheduler.turned();
        let begin = Instant::now();
        let ended = core.enter(|| core.turn(limit, &mut For::Host));
        match ended.map_err(|error| refused(&error))? {
            Ended::Stuck => Err(core.deadlock_text(None)),
            Ended::GoOn | Ended::RootDone | Ended::Stopped => {
                match core.scheduler.turned() == turned && begin.elapsed() >= patience {
                    true => Err(format!("nothing happened for {patience:?}")),
                    false => Ok(()),
                }
            }
        }
    }

    /// Turns the loop until [`stop`](Loop::stop) is called: asyncio's `run_forever`.
    ///
    /// The loop can be run again afterwards.
    ///
    /// # Panics
    /// When a loop is running on this thread already; when the clock is paused and nobody can wake a
    /// task any more (see [`deadlock_after`](crate::Builder::deadlock_after)).
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// let handle = event_loop.handle();
    /// event_loop.handle().call_soon(move || handle.stop());
    /// event_loop.run_forever();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn run_forever(&self) {
        self.expect_free("run_forever");
        let ended = self.core.enter(|| {
            self.core.scheduler.run_by_batch();
            loop {
                match self.core.turn(None, &mut For::Host) {
                    Ok(Ended::Stopped) => {
                        self.core.scheduler.take_stop();
                        return Ok(());
                    }
                    Ok(Ended::Stuck) => return Err(self.core.deadlock_text(None)),
                    Ok(Ended::GoOn | Ended::RootDone) => {}
                    Err(error) => return Err(refused(&error)),
                }
            }
        });
        if let Err(why) = ended {
            panic!("{why}");
        }
    }

    /// Asks the loop to stop: [`run_forever`](Loop::run_forever) returns once the batch has run that is
    /// running, which is what was ready when it began. What has become ready since, before the call or
    /// after it, waits until the loop runs again. Called before `run_forever`, it lets it run what is
    /// ready once. See asyncio's `loop.stop`.
    ///
    /// [`block_on`](Loop::block_on) panics if its future is not done by then, and a host that calls
    /// [`turn`](Loop::turn) is not told: its turn ends. In these two, which do without the count of
    /// batches (it would cost each poll as much as all the rest), the whole queue at the moment of the
    /// stop is taken for the batch: what became ready in the batch before it runs, too.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// event_loop.stop();
    /// event_loop.run_forever();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stop(&self) {
        self.core.scheduler.stop();
        self.core.nudge();
    }

    /// Takes one turn: waits for at most `max_wait` (`None`: until something happens) if nothing
    /// is ready, then runs what is. It may come back early, having run nothing. This is what hosts of
    /// an embedded loop call, with `Some(Duration::ZERO)`, whenever the loop's descriptor is readable.
    ///
    /// On a paused clock `max_wait` is simulated time: if nothing is ready, the clock goes to the
    /// next timer, or by `max_wait` if that is earlier, and no real time passes. (While a socket is
    /// registered or a `Remote` lives, the clock stands still, and the wait is a real one, as
    /// [`paused_clock`](crate::Builder::paused_clock) says.) [`advance`](Loop::advance) goes on until
    /// the whole time is over.
    ///
    /// # Errors
    /// When the kernel refuses to be asked for events.
    ///
    /// # Panics
    /// When a loop is running on this thread already.
    ///
    /// ```
    /// use std::time::Duration;
    /// let event_loop = oneloop::Loop::new()?;
    /// let task = event_loop.handle().create_task(async { oneloop::yield_now().await });
    /// while event_loop.turn(Some(Duration::ZERO))?.live_tasks > 0 {}
    /// assert!(task.done());
    ///
    /// let simulated = oneloop::Loop::builder().paused_clock().build()?;
    /// let start = simulated.handle().now();
    /// let _idle = simulated.turn(Some(Duration::from_secs(60)))?;
    /// assert_eq!(simulated.handle().now() - start, Duration::from_secs(60));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn turn(&self, max_wait: Option<Duration>) -> io::Result<Turn> {
        self.expect_free("turn");
        let core = &self.core;
        let before = core.scheduler.turned();
        core.enter(|| core.turn(max_wait, &mut For::Host))?;
        Ok(Turn {
            ran: (core.scheduler.turned() - before) as usize,
            ready: core.scheduler.ready(),
            next_deadline: self.next_deadline(),
            live_tasks: core.scheduler.live(),
        })
    }

    /// Runs `body` with this loop as the current one, so that it may call `create_task`, `sleep`
    /// and the like. Nothing is turned.
    ///
    /// # Panics
    /// When a loop is running on this thread already.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// let task = event_loop.enter(|| oneloop::create_task(async { 1 }));
    /// assert_eq!(event_loop.block_on(task).unwrap(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn enter<R>(&self, body: impl FnOnce() -> R) -> R {
        self.expect_free("enter");
        self.core.enter(body)
    }

    /// Panics at the caller's place if a loop is running here: `what` was called.
    #[track_caller]
    pub(super) fn expect_free(&self, what: &str) {
        if let Err(error) = check_free() {
            panic!("`{what}` was called inside a loop: {error}");
        }
    }
}

/// Why a `block_on` that was stopped cannot return.
const STOPPED: &str = "the loop was stopped before the future of `block_on` was done: `stop` is \
    for `run_forever`, and `PanicPolicy::StopLoop` stops it when a task panics";

/// What is said when a turn fails, which no program can do anything about.
fn refused(error: &io::Error) -> String {
    format!("the kernel refused to be asked for events: {error}")
}
