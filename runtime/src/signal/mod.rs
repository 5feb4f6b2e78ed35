//! Signals of the system: a pipe that hears of them, and Ctrl-C as asyncio's `run` takes it. Needs the
//! feature `signal`, and Unix.
//!
//! With the feature, [`run`](crate::run) and [`Runner`](crate::Runner) do what asyncio's do with
//! SIGINT, which a terminal sends for Ctrl-C:
//!
//! - **the first** asks `main` to end, as a stop of [`until`](crate::cancel::until) does: its clean-up runs,
//!   awaits included, and then the other tasks are cancelled and awaited, as always at the end of `run`.
//!   After that the program ends as Ctrl-C ends a program: by SIGINT, which a shell tells as status 130.
//!   Where asyncio raises `KeyboardInterrupt`, which can be caught, [`run_interruptible`] gives an
//!   error. A `main` that suppresses the request goes on, and its value is `run`'s;
//! - **the second** stops waiting: it lists the tasks that still run, drops them where they wait, and ends
//!   the program. So does the first that comes when `main` has ended and others clean up;
//! - **the third**, and the second while a step does not end and so the loop can't look, is the system's: it
//!   ends the program at once. (In asyncio a step that doesn't end is broken by the second.)
//!
//! This goes for the program's main thread, as in Python, unless it was started with SIGINT ignored
//! (in a shell's background, or by `nohup`). While a [`SignalPipe`] for SIGINT lives, which
//! `oneloop_net::signal` is made of, Ctrl-C is its owner's alone. Without the feature `run` leaves SIGINT
//! to the system.
//!
//! Read `pipe.rs` first, then `interrupt.rs`; between them, `reactor/interrupts.rs`.

pub(crate) mod interrupt;
pub(crate) mod pipe;

pub use interrupt::{Interrupted, run_interruptible};
pub use pipe::SignalPipe;
pub use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
