//! [`Stats`]: what a loop has done so far, and what it has in hand.

use super::Core;
use std::time::Instant;

/// The numbers of one loop: what it has done since it was made, and what there is now.
///
/// Counting costs the loop next to nothing. What there is now is found when it is asked for, by a look
/// at each task and source; so ask some times a second, not in each turn.
///
/// ```
/// oneloop::run(async {
///     oneloop::yield_now().await;
///     let stats = oneloop::Loop::current().unwrap().stats();
///     assert!(stats.turns >= 1 && stats.polls >= 1 && stats.wakes >= 1);
///     assert_eq!((stats.live_tasks, stats.ready), (1, 0));
/// });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    // ---- since the loop was made ----
    /// Turns taken.
    pub turns: u64,
    /// Entries taken from the ready queue: polls of tasks, and callbacks.
    pub polls: u64,
    /// Times a wake made a task ready.
    pub wakes: u64,
    /// Times another thread made something ready: wakes of tasks, and closures that were sent.
    pub remote_wakes: u64,
    /// Tasks and callbacks made, the futures of `block_on` and timers' callbacks among them.
    pub made: u64,
    /// Timers that came due.
    pub timers_fired: u64,
    /// Events that the kernel reported for sockets.
    pub io_events: u64,
    /// Times a task had to yield because its socket was always ready.
    pub io_yields: u64,
    /// Times a task was asked to end, by `cancel()` or by a request that was handed on to it.
    pub cancels: u64,
    /// Times a request, or a stop such as a deadline's, ended a body and gave control to the code
    /// around it.
    pub caught: u64,
    /// Tasks that ended cancelled.
    pub cancelled: u64,
    /// Steps that held the loop for too long. Counted in [debug mode](crate::Builder::debug).
    pub slow_steps: u64,

    // ---- now ----
    /// Tasks that have not ended.
    pub live_tasks: u64,
    /// Tasks that were asked to end and have not answered yet: they clean up, or have not been polled
    /// since.
    pub unwinding: u64,
    /// Callbacks that have neither run nor been cancelled.
    pub callbacks: u64,
    /// Tasks and callbacks in the ready queue.
    pub ready: u64,
    /// Closures that other threads sent and the loop has not taken over.
    pub inbox: u64,
    /// Timers in the wheel.
    pub timers: u64,
    /// When the first of them is due.
    pub next_deadline: Option<Instant>,
    /// Sources registered with the kernel.
    pub registered: u64,
    /// Waits for those, in either direction.
    pub io_waits: u64,
    /// What takes part in cancellation and has a place in its task's tree: scopes, awaits of tasks that hand
    /// requests on. A scope that is suspended alone has none until somebody looks there. None is left when
    /// all tasks have ended.
    pub participants: u64,
}

impl Core {
    pub(super) fn stats(&self) -> Stats {
        let (cancels, cancelled) = self.scheduler.cancels();
        Stats {
            turns: self.turns.get(),
            polls: self.scheduler.turned(),
            wakes: self.scheduler.wakes(),
            remote_wakes: self.scheduler.remote(),
            made: self.scheduler.made(),
            timers_fired: self.timers_fired.get(),
            io_events: self.io_events.get(),
            io_yields: self.reactor.io_yields(),
            cancels,
            caught: self.scheduler.scopes().caught(),
            cancelled,
            slow_steps: self.scheduler.slow_steps(),
            live_tasks: self.scheduler.live() as u64,
            unwinding: self.scheduler.asked() as u64,
            callbacks: self.scheduler.callbacks() as u64,
            ready: self.scheduler.ready() as u64,
            inbox: self.inbox.len() as u64,
            timers: self.timers.borrow().len() as u64,
            next_deadline: self.next_deadline().map(|ns| self.clock.ns_to_instant(ns)),
            registered: self.reactor.registered() as u64,
            io_waits: self.reactor.waiters() as u64,
            participants: self.scheduler.scopes().len() as u64,
        }
    }
}
