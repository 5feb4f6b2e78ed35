//! Runs the example programs as a reader would and compares the story that each one tells.
//!
//! Start it with `cargo test -p oneloop-examples`. With `--test programs` behind it, cargo would not
//! build the programs anew, and an old one would be examined.
//!
//! Times are taken out of the lines, their order is not: it is what the programs are about. Read
//! `program.rs` first: how a program is found, run and listened to.

mod program;
mod unignoring;

mod first_steps;
mod from_scratch;
mod guests;
mod http;
mod pipes;
mod processes;
mod looking_inside;
mod sockets;
mod tasks_together;
mod tour;
mod twins;
