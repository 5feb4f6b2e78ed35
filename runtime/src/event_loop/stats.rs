//! [`Stats`]: what a loop has done so far.

use super::Core;

/// Counters of one loop, since it was made. Reading them costs nothing while it runs.
///
/// ```
/// oneloop::run(async {
///     oneloop::yield_now().await;
///     let stats = oneloop::Loop::current().unwrap().stats();
///     assert!(stats.turns >= 1 && stats.polls >= 1 && stats.wakes >= 1);
///     assert_eq!(stats.live_tasks, 1);
/// });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Turns taken.
    pub turns: u64,
    /// Entries taken from the ready queue: polls of tasks, and callbacks.
    pub polls: u64,
    /// Times a wake made a task ready.
    pub wakes: u64,
    /// Timers that came due.
    pub timers_fired: u64,
    /// Events that the kernel reported for sockets.
    pub io_events: u64,
    /// Times a task had to yield because its socket was always ready.
    pub io_yields: u64,
    /// Tasks that have not ended.
    pub live_tasks: u64,
    /// Timers in the wheel.
    pub timers: u64,
    /// Sources registered with the kernel.
    pub registered: u64,
    /// What takes part in cancellation: scopes, awaits of tasks that hand requests on. None is left
    /// when all tasks have ended.
    pub participants: u64,
}

impl Core {
    pub(super) fn stats(&self) -> Stats {
        Stats {
            turns: self.turns.get(),
            polls: self.scheduler.turned(),
            wakes: self.scheduler.wakes(),
            timers_fired: self.timers_fired.get(),
            io_events: self.io_events.get(),
            io_yields: self.reactor.io_yields(),
            live_tasks: self.scheduler.live() as u64,
            timers: self.timers.borrow().len() as u64,
            registered: self.reactor.registered() as u64,
            participants: self.scheduler.scopes().len() as u64,
        }
    }
}
