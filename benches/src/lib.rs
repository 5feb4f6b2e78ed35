//! oneloop measured beside its peers: what the programs under `src/bin` and the criterion benches share.
//!
//! `side` is the two runtimes behind one trait, `workload` the operations written once for both; read these first.
//! The rest is pure: `callgrind` reads instruction counts, `goals` judges them, `statistics`, `table` and `machine`
//! serve the reports. How to run everything, and what was measured, stands in `benches/README.md`.
#![forbid(unsafe_code)]

pub mod side;
pub mod workload;

pub mod neutral;

pub mod callgrind;
pub mod cargo;
pub mod goals;
pub mod statistics;

pub mod machine;
pub mod table;
