//! The floor: the same work by hand, without async, as a program that has nothing else to do would be written: a queue
//! of boxed callbacks (`callbacks.rs`), and a loop over a timerfd (`timer_loop.rs`)
//! or over a few sockets (`sockets.rs`).
//!
//! It is no runtime. It cannot wait for two things, cancel or wake from elsewhere, and what it costs is what no runtime
//! can be much cheaper than.

pub mod callbacks;

pub mod sockets;

#[cfg(target_os = "linux")]
pub mod timer_loop;

use crate::scenario::Scenario;
use crate::turn::Workload;

/// The scenario by hand, where there is such a thing.
pub fn workload(scenario: Scenario) -> Option<Workload> {
    Some(Workload::Timed(match scenario {
        Scenario::SpawnJoin => callbacks::start_joined,
        Scenario::SpawnDetached => callbacks::start_detached,
        Scenario::SpawnAwait => callbacks::start_one_by_one,
        Scenario::YieldSelf => |steps| callbacks::take_turns(1, steps),
        Scenario::Yield1000 => {
            |steps| callbacks::take_turns(crate::scenario::YIELDING_TASKS, steps)
        }
        Scenario::PingPong => callbacks::pingpong,
        Scenario::WakeStorm => callbacks::wake_storm,
        Scenario::TimerCancel | Scenario::TimerEarliest => callbacks::set_and_drop,
        Scenario::Echo1 => sockets::echo,
        Scenario::Bulk => sockets::bulk,
        Scenario::AcceptClose => sockets::accept_close,
        #[cfg(target_os = "linux")]
        Scenario::CrossThread => timer_loop::cross_thread,
        #[cfg(target_os = "linux")]
        Scenario::Sleepers => timer_loop::sleepers,
        #[cfg(target_os = "linux")]
        Scenario::Sleep1Ms | Scenario::Sleep10Ms | Scenario::SleepRandom => {
            return Some(Workload::Late(timer_loop::sleeps));
        }
        Scenario::Echo100 => return Some(Workload::Serve(sockets::echo_server)),
        Scenario::TaskBytes => return Some(Workload::Bytes(callbacks::bytes)),
        _ => return None,
    }))
}
