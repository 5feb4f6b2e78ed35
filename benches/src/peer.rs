//! Who is compared, and who can do what: from a peer's name and a scenario to the workload, or to the reason why there
//! is none.

use std::borrow::Cow;

use crate::floor;
use crate::local::workload::of_everything;
use crate::scenario::{Group, Scenario};
use crate::sendable::workload::of_everything as of_everything_sendable;
use crate::side::{Oneloop, Slowed, TokioLocalSet, TokioPlain};
use crate::turn::Workload;

/// Why a peer has no workload for a scenario, in words for the cell of a table.
pub type Reason = Cow<'static, str>;

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
    /// monoio on io_uring, with the feature `monoio-uring`.
    MonoioUring,
    /// compio on io_uring, with the feature `compio`.
    Compio,
    /// glommio, which has io_uring only, with the feature `glommio`.
    Glommio,
    /// Python's asyncio: another language, for context. Its worker is `python/worker.py`.
    Asyncio,
    /// The same program on uvloop.
    Uvloop,
    /// The same work by hand, without async.
    Floor,
    /// oneloop made slower on purpose: no column, but what `count` must notice.
    Slowed,
    /// oneloop with somebody who watches: no column either, but in the rows about tracing.
    Observed,
}

impl Peer {
    /// Every peer that this build compares, in the order of the columns.
    pub const ALL: &[Peer] = &[
        Peer::Oneloop,
        Peer::TokioLocalSet,
        Peer::TokioPlain,
        Peer::TokioMulti,
        Peer::Smol,
        Peer::Futures,
        Peer::Monoio,
        #[cfg(feature = "monoio-uring")]
        Peer::MonoioUring,
        #[cfg(feature = "compio")]
        Peer::Compio,
        #[cfg(feature = "glommio")]
        Peer::Glommio,
        Peer::Asyncio,
        Peer::Uvloop,
        Peer::Floor,
    ];

    /// Those that are a column only in a build that asks for them.
    const BY_FEATURE: [Peer; 3] = [Peer::MonoioUring, Peer::Compio, Peer::Glommio];

    /// Whom `--quick` compares.
    pub const QUICK: &[Peer] = &[Peer::Oneloop, Peer::TokioLocalSet, Peer::Floor];

    /// Whose instructions stand beside each other.
    pub const COUNTED: &[Peer] = &[
        Peer::Oneloop,
        Peer::TokioLocalSet,
        Peer::Smol,
        Peer::Futures,
        Peer::Monoio,
    ];

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
            Peer::MonoioUring => "monoio-uring",
            Peer::Compio => "compio",
            Peer::Glommio => "glommio",
            Peer::Asyncio => "asyncio",
            Peer::Uvloop => "uvloop",
            Peer::Floor => "floor",
            Peer::Slowed => "oneloop-slowed",
            Peer::Observed => "oneloop-observed",
        }
    }

    /// The peer of that name.
    pub fn from_name(name: &str) -> Option<Peer> {
        let all = Peer::ALL.iter().copied();
        let mut peers = all
            .chain(Peer::BY_FEATURE)
            .chain([Peer::Slowed, Peer::Observed]);
        peers.find(|peer| peer.name() == name)
    }

    /// The features that this build has for the peers that need one, for the build of a worker that has them too.
    pub fn features() -> Vec<&'static str> {
        let columns = Peer::ALL.iter();
        let by_feature = columns.filter(|peer| Peer::BY_FEATURE.contains(peer));
        by_feature.map(|peer| peer.name()).collect()
    }

    /// Whether it runs on all processors, and so must not be kept on one.
    pub fn takes_all_processors(self) -> bool {
        self == Peer::TokioMulti
    }

    /// Whether its worker is a Python program.
    pub fn is_python(self) -> bool {
        matches!(self, Peer::Asyncio | Peer::Uvloop)
    }

    /// Whether an instruction in user space is what the others have, too: who runs on many threads waits differently
    /// each time, valgrind knows no io_uring, and what is done by hand is not done by a runtime.
    pub fn is_counted(self) -> bool {
        let not_counted = [Peer::TokioMulti, Peer::Asyncio, Peer::Uvloop, Peer::Floor];
        !not_counted.contains(&self) && !Peer::BY_FEATURE.contains(&self)
    }

    /// The scenario on this peer, or the reason why it has none.
    pub fn workload(self, scenario: Scenario) -> Result<Workload, Reason> {
        let workload = match self {
            Peer::Oneloop => of_everything::<Oneloop>(scenario),
            Peer::TokioLocalSet => of_everything::<TokioLocalSet>(scenario),
            Peer::TokioPlain => of_everything_sendable::<TokioPlain>(scenario),
            Peer::Floor => floor::workload(scenario),
            Peer::Slowed => crate::local::workload::of_tasks::<Slowed>(scenario),
            #[cfg(feature = "trace")]
            Peer::Observed => crate::local::workload::of_tasks::<crate::side::Observed>(scenario),
            #[cfg(not(feature = "trace"))]
            Peer::Observed => return Err(self.not_built()),
            Peer::Asyncio | Peer::Uvloop => None,
            #[cfg(feature = "peers")]
            _ => crate::side::optional::workload(self, scenario)?,
            #[cfg(not(feature = "peers"))]
            _ => return Err(self.not_built()),
        };
        workload.ok_or_else(|| Cow::Borrowed(self.reason(scenario)))
    }

    /// What to do where the build has it not.
    pub(crate) fn not_built(self) -> Reason {
        let feature = match self {
            by_feature if Peer::BY_FEATURE.contains(&self) => by_feature.name(),
            Peer::Observed => "trace",
            _ => "peers",
        };
        Cow::Owned(format!("not built: it takes the feature `{feature}`"))
    }

    /// Why there is no workload, for the cell of the table.
    fn reason(self, scenario: Scenario) -> &'static str {
        let needs_sockets = scenario.group() == Group::Network || scenario == Scenario::ConnBytes;
        match (self, scenario) {
            (Peer::Asyncio | Peer::Uvloop, _) => "it is measured by a program in Python",
            (Peer::Floor, Scenario::YieldNow) => "by hand, this is yield_self",
            (Peer::Floor, _) => "by hand, there is nothing to do it with",
            (Peer::Slowed, _) => "it is there for two scenarios only",
            (_, Scenario::YieldNow) => "it has no yield of its own",
            (Peer::Futures, Scenario::TimeoutReady | Scenario::TimeoutPending) => {
                "it has no timers"
            }
            (Peer::Futures, _) if scenario.group() == Group::Timers => "it has no timers",
            (Peer::Futures, _) if scenario.group() == Group::Lateness => "it has no timers",
            (Peer::Futures, _) if needs_sockets => "it has no sockets",
            (Peer::Futures | Peer::Compio, Scenario::Semaphore) => "it has no semaphore",
            (Peer::Futures, Scenario::Executor) => "its pool runs futures, not functions",
            (Peer::Futures, Scenario::CancelCatch) => "a dropped handle cancels unheard",
            (Peer::Monoio | Peer::MonoioUring, Scenario::CancelCatch) => {
                "tasks cannot be cancelled from outside"
            }
            (Peer::Monoio | Peer::MonoioUring, Scenario::Executor) => {
                "its pool is for the program to bring"
            }
            (Peer::Compio, Scenario::Oneshot | Scenario::Channel | Scenario::Queue) => {
                "it has no channels"
            }
            (Peer::Glommio, Scenario::Echo100) => {
                "it takes over no listening socket without unsafe code"
            }
            _ => "it cannot",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Peer;
    use crate::scenario::Scenario;
    use crate::turn::Workload;

    #[test]
    fn every_peer_is_found_by_its_name() {
        for &peer in Peer::ALL.iter().chain(&Peer::BY_FEATURE) {
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
        for &peer in Peer::ALL {
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
