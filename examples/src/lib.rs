//! The programs beside this folder are the examples; `README.md` lists them in reading order.
//!
//! What they share is how they print: [`println!`](crate::println). As a doctest this file holds the
//! README at the top, whose programs must compile without a warning, and run.

#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]
#![cfg_attr(doctest, doc = include_str!("../../README.md"))]

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Prints a line as std's macro of this name, but ends the program in peace when nobody reads on.
///
/// std's panics then, so that a program seems to fail under `| head`. A program that imports this one
/// works with std's as well: leave the line out when you copy it.
///
/// ```
/// use oneloop_examples::println;
///
/// let name = "you";
/// println!("hello, {name}");
/// println!();
/// ```
#[macro_export]
macro_rules! println {
    () => { $crate::print_line(format_args!("")) };
    ($($text:tt)*) => { $crate::print_line(format_args!($($text)*)) };
}

/// What [`println!`](crate::println) calls.
///
/// ```
/// oneloop_examples::print_line(format_args!("{} lines", 1));
/// ```
///
/// # Panics
/// When standard output fails otherwise than because its reader is gone.
pub fn print_line(text: Arguments<'_>) {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => panic!("can't print: {error}"),
    }
}
