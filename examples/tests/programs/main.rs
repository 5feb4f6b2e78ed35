//! Runs the example programs as a reader would and compares the story that each one tells.
//!
//! Times are taken out of the lines, their order is not: it is what the programs are about. Read
//! `program.rs` first: how a program is found, run and listened to.

mod program;

mod first_steps;
mod from_scratch;
mod guests;
mod sockets;
