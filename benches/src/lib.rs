//! oneloop measured beside its peers: what the programs under `src/bin` and the criterion benches share.
//!
//! `scenario` names what is measured. `twice/side.rs` is a runtime as the scenarios see it, `twice/workload` the
//! scenarios, written once for all of them; `side` fills the traits in for each peer, `floor` does the same work by
//! hand, and `peer` says which peer runs what. Read these first, in this order.
//! `worker` is the process in which a peer runs a scenario, `python` how those of another language do.
//! The rest serves the reports: `turn` is a measurement, `callgrind` reads instruction counts, `goals` and
//! `baseline` judge them, `verdicts` is their table.
//! How to run everything, and how to read the numbers, stands in `benches/README.md`.
#![forbid(unsafe_code)]

pub mod scenario;

pub mod neutral;

pub mod local;
pub mod sendable;

pub mod floor;
pub mod peer;
pub mod side;

mod python;
pub mod turn;
pub mod worker;

#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "tls")]
pub mod tls;

pub mod baseline;
pub mod callgrind;
pub mod cargo;
pub mod goals;
pub mod statistics;
pub mod verdicts;

pub mod machine;
pub mod table;
