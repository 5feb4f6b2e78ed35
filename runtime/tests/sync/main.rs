//! Oneshots, channels and promises, mostly polled by hand with wakers that count, or that call back.
//!
//! Read next: `hand.rs`, the helpers; then each file for its type.

mod channel;
mod hand;
mod oneshot;
mod promise;
