//! Help for tests: a scenario under many orders.

mod explore;

pub use explore::explore;
