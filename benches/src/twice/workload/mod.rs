//! The scenarios, each one async function, written once for all sides; the functions here find the one of a scenario.
//!
//! A workload takes a number of steps and says how long they took, without what it does once before and after. This
//! folder is compiled twice; `src/local.rs` says why.

pub mod messages;
pub mod resources;
pub mod sockets;
pub mod structure;
pub mod tasks;
pub mod timers;

use super::side::{
    Cancels, Channels, Combinators, Queues, Semaphores, Side, Sockets, Threads, Timers, Yields,
};
use crate::scenario::Scenario;
use crate::turn::Workload;

/// Every scenario, on a side that can do all.
pub fn of_everything<S>(scenario: Scenario) -> Option<Workload>
where
    S: Yields + Channels + Queues + Threads + Combinators + Cancels + Semaphores + Sockets,
{
    of_tasks::<S>(scenario)
        .or_else(|| of_yields::<S>(scenario))
        .or_else(|| of_channels::<S>(scenario))
        .or_else(|| of_queues::<S>(scenario))
        .or_else(|| of_threads::<S>(scenario))
        .or_else(|| of_timers::<S>(scenario))
        .or_else(|| of_combinators::<S>(scenario))
        .or_else(|| of_cancels::<S>(scenario))
        .or_else(|| of_semaphores::<S>(scenario))
        .or_else(|| of_sockets::<S>(scenario))
}

/// The scenarios that need tasks and wakers only.
///
/// Every workload has a loop of its own, so that the main task is no larger than the workload needs.
pub fn of_tasks<S: Side>(scenario: Scenario) -> Option<Workload> {
    Some(match scenario {
        Scenario::SpawnJoin => Workload::Timed(|steps| S::block_on(tasks::spawn_join::<S>(steps))),
        Scenario::SpawnAwait => {
            Workload::Timed(|steps| S::block_on(tasks::spawn_await::<S>(steps)))
        }
        Scenario::SpawnDetached => {
            Workload::Timed(|steps| S::block_on(tasks::spawn_detached::<S>(steps)))
        }
        Scenario::YieldSelf => Workload::Timed(|steps| S::block_on(tasks::yield_self::<S>(steps))),
        Scenario::Yield1000 => Workload::Timed(|steps| S::block_on(tasks::yield_1000::<S>(steps))),
        Scenario::PingPong => Workload::Timed(|steps| S::block_on(messages::pingpong::<S>(steps))),
        Scenario::WakeStorm => {
            Workload::Timed(|steps| S::block_on(messages::wake_storm::<S>(steps)))
        }
        Scenario::CrossThread => {
            Workload::Timed(|steps| S::block_on(messages::cross_thread(steps)))
        }
        Scenario::TaskBytes => {
            Workload::Bytes(|count| S::block_on(resources::task_bytes::<S>(count)))
        }
        _ => return None,
    })
}

/// The scenario of `Yields`.
pub fn of_yields<S: Yields>(scenario: Scenario) -> Option<Workload> {
    (scenario == Scenario::YieldNow).then_some(Workload::Timed(|steps| {
        S::block_on(tasks::yield_now::<S>(steps))
    }))
}

/// The scenarios of `Channels`.
pub fn of_channels<S: Channels>(scenario: Scenario) -> Option<Workload> {
    Some(Workload::Timed(match scenario {
        Scenario::Oneshot => |steps| S::block_on(messages::oneshot::<S>(steps)),
        Scenario::Channel => |steps| S::block_on(messages::channel::<S>(steps)),
        _ => return None,
    }))
}

/// The scenario of `Queues`.
pub fn of_queues<S: Queues>(scenario: Scenario) -> Option<Workload> {
    (scenario == Scenario::Queue).then_some(Workload::Timed(|steps| {
        S::block_on(messages::queue::<S>(steps))
    }))
}

/// The scenario of `Threads`.
pub fn of_threads<S: Threads>(scenario: Scenario) -> Option<Workload> {
    (scenario == Scenario::Executor).then_some(Workload::Timed(|steps| {
        S::block_on(messages::executor::<S>(steps))
    }))
}

/// The scenarios of `Timers`.
pub fn of_timers<S: Timers>(scenario: Scenario) -> Option<Workload> {
    Some(match scenario {
        Scenario::TimerCancel => {
            Workload::Timed(|steps| S::block_on(timers::timer_cancel::<S>(steps)))
        }
        Scenario::TimerEarliest => {
            Workload::Timed(|steps| S::block_on(timers::timer_earliest::<S>(steps)))
        }
        Scenario::Sleepers => Workload::Timed(|steps| S::block_on(timers::sleepers::<S>(steps))),
        Scenario::Sleep1Ms | Scenario::Sleep10Ms | Scenario::SleepRandom => {
            Workload::Late(|durations| S::block_on(crate::turn::late_by(durations, S::sleep)))
        }
        Scenario::TimeoutReady => {
            Workload::Timed(|steps| S::block_on(timers::timeout_ready::<S>(steps)))
        }
        Scenario::TimeoutPending => {
            Workload::Timed(|steps| S::block_on(timers::timeout_pending::<S>(steps)))
        }
        _ => return None,
    })
}

/// The scenarios of `Combinators`.
pub fn of_combinators<S: Combinators>(scenario: Scenario) -> Option<Workload> {
    Some(Workload::Timed(match scenario {
        Scenario::Gather1000 => |steps| S::block_on(structure::gather_1000::<S>(steps)),
        Scenario::Select => |steps| S::block_on(structure::select::<S>(steps)),
        _ => return None,
    }))
}

/// The scenario of `Cancels`.
pub fn of_cancels<S: Cancels>(scenario: Scenario) -> Option<Workload> {
    (scenario == Scenario::CancelCatch).then_some(Workload::Timed(|steps| {
        S::block_on(structure::cancel_catch::<S>(steps))
    }))
}

/// The scenario of `Semaphores`.
pub fn of_semaphores<S: Semaphores>(scenario: Scenario) -> Option<Workload> {
    (scenario == Scenario::Semaphore).then_some(Workload::Timed(|steps| {
        S::block_on(structure::semaphore::<S>(steps))
    }))
}

/// The scenarios of `Sockets`.
pub fn of_sockets<S: Sockets>(scenario: Scenario) -> Option<Workload> {
    Some(match scenario {
        Scenario::Echo1 => Workload::Timed(|steps| S::block_on(sockets::echo_1::<S>(steps))),
        Scenario::Echo100 => {
            Workload::Serve(|listener| S::block_on(sockets::echo_server::<S>(listener)))
        }
        Scenario::Bulk => Workload::Timed(|steps| S::block_on(sockets::bulk::<S>(steps))),
        Scenario::AcceptClose => {
            Workload::Timed(|steps| S::block_on(sockets::accept_close::<S>(steps)))
        }
        Scenario::ConnBytes => {
            Workload::Bytes(|count| S::block_on(resources::conn_bytes::<S>(count)))
        }
        _ => return None,
    })
}
