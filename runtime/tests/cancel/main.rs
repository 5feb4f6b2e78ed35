//! Cancellation as users meet it, through the public API: one scenario after another, each on a
//! paused clock, each with the whole story that it must tell.
//!
//! Read `story.rs` first, what they have in common. Random programs stand in `../cancel_fuzz`.

mod story;
mod basics;
mod resources;
mod exit_stacks;
mod counts;
mod forwarding;
mod moved_awaits;
mod shields;
mod second_request;
mod messages;
mod tokens;
mod timeouts;
mod gather;
mod idle;
mod idle_alone;
mod idle_places;
mod idle_ends;
mod groups;
mod group_ends;
mod group_requests;
mod group_batches;
mod foreign;
mod late_branches;
mod masked;
mod resumed_inside;
mod resumed_elsewhere;
mod panics;
mod callers;
mod borrowing;
