//! Which scenarios the peers have that only some builds know: those of the feature `peers`, and those of a feature of
//! their own.

use super::futures_side::Futures;
use super::monoio_side::Monoio;
use super::smol_side::Smol;
use super::tokio_side::TokioMulti;
use crate::local::side::{Channels, Combinators, Queues, Semaphores, Sockets};
use crate::local::workload::*;
use crate::peer::{Peer, Reason};
use crate::scenario::Scenario;
use crate::sendable;
use crate::turn::Workload;

/// The scenario on a peer, if that has it; the error says why this build or this machine cannot run the peer at all.
pub(crate) fn workload(peer: Peer, scenario: Scenario) -> Result<Option<Workload>, Reason> {
    Ok(match peer {
        Peer::TokioMulti => sendable::workload::of_everything::<TokioMulti>(scenario),
        Peer::Smol => of_everything::<Smol>(scenario),
        Peer::Futures => of_tasks::<Futures>(scenario)
            .or_else(|| of_channels::<Futures>(scenario))
            .or_else(|| of_queues::<Futures>(scenario))
            .or_else(|| of_combinators::<Futures>(scenario)),
        Peer::Monoio => of_monoio::<Monoio>(scenario),
        #[cfg(feature = "monoio-uring")]
        Peer::MonoioUring => {
            super::monoio_side::probe_uring().map_err(without_io_uring)?;
            of_monoio::<Monoio<super::monoio_side::Uring>>(scenario)
        }
        #[cfg(feature = "compio")]
        Peer::Compio => {
            use super::compio_side::{Compio, probe};
            probe().map_err(without_io_uring)?;
            of_tasks::<Compio>(scenario)
                .or_else(|| of_threads::<Compio>(scenario))
                .or_else(|| of_timers::<Compio>(scenario))
                .or_else(|| of_combinators::<Compio>(scenario))
                .or_else(|| of_cancels::<Compio>(scenario))
                .or_else(|| of_sockets::<Compio>(scenario))
        }
        #[cfg(feature = "glommio")]
        Peer::Glommio => {
            use super::glommio_side::{Glommio, probe};
            probe().map_err(without_io_uring)?;
            of_tasks::<Glommio>(scenario)
                .or_else(|| of_yields::<Glommio>(scenario))
                .or_else(|| of_channels::<Glommio>(scenario))
                .or_else(|| of_queues::<Glommio>(scenario))
                .or_else(|| of_threads::<Glommio>(scenario))
                .or_else(|| of_timers::<Glommio>(scenario))
                .or_else(|| of_combinators::<Glommio>(scenario))
                .or_else(|| of_cancels::<Glommio>(scenario))
                .or_else(|| of_semaphores::<Glommio>(scenario))
                // Its listener starts anew, and who was told the port would meet none.
                .or_else(|| match scenario {
                    Scenario::Echo100 => None,
                    _ => of_sockets::<Glommio>(scenario),
                })
        }
        other => return Err(other.not_built()),
    })
}

/// What monoio has, on whichever driver.
fn of_monoio<S>(scenario: Scenario) -> Option<Workload>
where
    S: Channels + Queues + Combinators + Semaphores + Sockets,
{
    of_tasks::<S>(scenario)
        .or_else(|| of_channels::<S>(scenario))
        .or_else(|| of_queues::<S>(scenario))
        .or_else(|| of_timers::<S>(scenario))
        .or_else(|| of_combinators::<S>(scenario))
        .or_else(|| of_semaphores::<S>(scenario))
        .or_else(|| of_sockets::<S>(scenario))
}

/// What a kernel said that gives no ring, for the cell of the table.
#[cfg(any(feature = "monoio-uring", feature = "compio", feature = "glommio"))]
fn without_io_uring(error: impl std::fmt::Display) -> Reason {
    format!("this machine gives it no io_uring: {error}").into()
}
