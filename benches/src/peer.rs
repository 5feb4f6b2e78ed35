//! Who is compared, and who can do what: from a peer's name and a scenario to the workload, or to the reason why there
//! is none.

use crate::floor;
use crate::scenario::{Group, Scenario};
use crate::side::{Oneloop, Slowed, TokioLocalSet, TokioPlain};
use crate::turn::Workload;
use crate::{local, sendable};

/// One column of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// This project.
    Oneloop,
    /// What tokio's users take for futures that are not `Send`: the base of every ratio.
    TokioLocalSet,
    /// tokio on one thread, with `Send` futures.
    TokioPlain,
    /// tokio on all processors: another thing, for context.
    TokioMulti,
    /// async-executor's `LocalExecutor` on async-io.
    Smol,
    /// The `LocalPool` of the futures crate.
    Futures,
    /// monoio on its polling driver.
    Monoio,
    /// The same work by hand, without async.
    Floor,
    /// oneloop made slower on purpose: no column, but what `count` must notice.
    Slowed,
}

impl Peer {
    /// Every peer, in the order of the columns.
    pub const ALL: [Peer; 8] = [
        Peer::Oneloop,
        Peer::TokioLocalSet,
        Peer::TokioPlain,
        Peer::TokioMulti,
        Peer::Smol,
        Peer::Futures,
        Peer::Monoio,
        Peer::Floor,
    ];

    /// Whom `--quick` compares.
    pub const QUICK: [Peer; 3] = [Peer::Oneloop, Peer::TokioLocalSet, Peer::Floor];

    /// The name on the command line, in tables and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Peer::Oneloop => "oneloop",
            Peer::TokioLocalSet => "tokio-localset",
            Peer::TokioPlain => "tokio-plain",
            Peer::TokioMulti => "tokio-multi",
            Peer::Smol => "smol",
            Peer::Futures => "futures",
            Peer::Monoio => "monoio",
            Peer::Floor => "floor",
            Peer::Slowed => "oneloop-slowed",
        }
    }

    /// The peer of that name.
    pub fn from_name(name: &str) -> Option<Peer> {
        let mut peers = Peer::ALL.into_iter().chain([Peer::Slowed]);
        peers.find(|peer| peer.name() == name)
    }

    /// Whether it runs on all processors, and so must not be kept on one.
    pub fn takes_all_processors(self) -> bool {
        self == Peer::TokioMulti
    }

    /// The scenario on this peer, or the reason why it has none.
    pub fn workload(self, scenario: Scenario) -> Result<Workload, &'static str> {
        let workload = match self {
            Peer::Oneloop => local_everything::<Oneloop>(scenario),
            Peer::TokioLocalSet => local_everything::<TokioLocalSet>(scenario),
            Peer::TokioPlain => sendable_everything::<TokioPlain>(scenario),
            Peer::Floor => floor::workload(scenario),
            Peer::Slowed => local::workload::of_tasks::<Slowed>(scenario),
            #[cfg(feature = "peers")]
            _ => self.optional(scenario),
            #[cfg(not(feature = "peers"))]
            _ => return Err("not built: it takes the feature `peers`"),
        };
        workload.ok_or_else(|| self.reason(scenario))
    }

    #[cfg(feature = "peers")]
    fn optional(self, scenario: Scenario) -> Option<Workload> {
        use crate::side::futures_side::Futures;
        use crate::side::monoio_side::Monoio;
        use crate::side::smol_side::Smol;
        use crate::side::tokio_side::TokioMulti;
        use local::workload::*;
        match self {
            Peer::TokioMulti => sendable_everything::<TokioMulti>(scenario),
            Peer::Smol => local_everything::<Smol>(scenario),
            Peer::Futures => of_tasks::<Futures>(scenario)
                .or_else(|| of_channels::<Futures>(scenario))
                .or_else(|| of_queues::<Futures>(scenario))
                .or_else(|| of_combinators::<Futures>(scenario)),
            Peer::Monoio => of_tasks::<Monoio>(scenario)
                .or_else(|| of_channels::<Monoio>(scenario))
                .or_else(|| of_queues::<Monoio>(scenario))
                .or_else(|| of_timers::<Monoio>(scenario))
                .or_else(|| of_combinators::<Monoio>(scenario))
                .or_else(|| of_semaphores::<Monoio>(scenario))
                .or_else(|| of_sockets::<Monoio>(scenario)),
            _ => None,
        }
    }

    /// Why there is no workload, for the cell of the table.
    fn reason(self, scenario: Scenario) -> &'static str {
        match (self, scenario) {
            (Peer::Floor, Scenario::YieldNow) => "by hand, this is yield_self",
            (Peer::Floor, _) => "by hand, there is nothing to do it with",
            (Peer::Slowed, _) => "it is there for two scenarios only",
            (_, Scenario::YieldNow) => "it has no yield of its own",
            (Peer::Futures, Scenario::TimeoutReady | Scenario::TimeoutPending) => {
                "it has no timers"
            }
            (Peer::Futures, _) if scenario.group() == Group::Timers => "it has no timers",
            (Peer::Futures, _) if scenario.group() == Group::Lateness => "it has no timers",
            (Peer::Futures, Scenario::ConnBytes) => "it has no sockets",
            (Peer::Futures, _) if scenario.group() == Group::Network => "it has no sockets",
            (Peer::Futures, Scenario::Semaphore) => "it has no semaphore",
            (Peer::Futures, Scenario::Executor) => "its pool runs futures, not functions",
            (Peer::Futures, Scenario::CancelCatch) => "a dropped handle cancels unheard",
            (Peer::Monoio, Scenario::CancelCatch) => "tasks cannot be cancelled from outside",
            (Peer::Monoio, Scenario::Executor) => "its pool is for the program to bring",
            _ => "it cannot",
        }
    }
}

/// Every scenario, on a side that can do all and takes any future.
fn local_everything<S>(scenario: Scenario) -> Option<Workload>
where
    S: local::side::Yields
        + local::side::Channels
        + local::side::Queues
        + local::side::Threads
        + local::side::Timers
        + local::side::Combinators
        + local::side::Cancels
        + local::side::Semaphores
        + local::side::Sockets,
{
    use local::workload::*;
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

/// Every scenario, on a side that can do all and takes futures that may be sent.
fn sendable_everything<S>(scenario: Scenario) -> Option<Workload>
where
    S: sendable::side::Yields
        + sendable::side::Channels
        + sendable::side::Queues
        + sendable::side::Threads
        + sendable::side::Timers
        + sendable::side::Combinators
        + sendable::side::Cancels
        + sendable::side::Semaphores
        + sendable::side::Sockets,
{
    use sendable::workload::*;
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Peer;
    use crate::scenario::Scenario;
    use crate::turn::Workload;

    #[test]
    fn every_peer_is_found_by_its_name() {
        for peer in Peer::ALL {
            assert_eq!(Peer::from_name(peer.name()), Some(peer));
        }
        assert_eq!(Peer::from_name("nobody"), None);
    }

    #[test]
    fn oneloop_and_the_base_of_the_ratios_can_do_everything() {
        for &scenario in Scenario::ALL {
            for peer in [Peer::Oneloop, Peer::TokioLocalSet, Peer::TokioPlain] {
                assert!(peer.workload(scenario).is_ok(), "{}", scenario.name());
            }
        }
    }

    #[test]
    fn every_workload_ends() {
        for peer in Peer::ALL {
            for &scenario in Scenario::ALL {
                match peer.workload(scenario) {
                    // A hundred thousand tasks take their time in a build without optimization.
                    Ok(_) if scenario == Scenario::Sleepers => {}
                    Ok(Workload::Timed(run)) => {
                        assert!(run(3) > Duration::ZERO);
                    }
                    Ok(Workload::Late(run)) => {
                        assert_eq!(run(vec![Duration::from_millis(1); 2]).len(), 2);
                    }
                    Ok(Workload::Bytes(run)) => {
                        run(10);
                    }
                    Ok(Workload::Serve(_)) => {}
                    Err(reason) => assert!(!reason.is_empty()),
                }
            }
        }
    }
}
