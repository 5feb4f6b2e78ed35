//! Time: which timers exist, which of them are due, and what time it is.
//!
//! Read `clock` first (one page: nanoseconds since the loop began), then `wheel`, the structure that
//! every timer of a loop lies in. Both are plain data: they know of no loop and no task, and
//! are told the time or tell it.

mod clock;
mod wheel;
