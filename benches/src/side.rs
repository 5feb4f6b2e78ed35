//! The peers: each fills in the traits of `twice/side.rs` as far as it can.
//!
//! A peer's own forms are taken, as its documentation shows them; where its users take another crate for something, so
//! does the comparison, and the peer's file says which.

#[cfg(feature = "trace")]
pub mod observed_side;
pub mod oneloop_side;
pub mod slowed_side;
pub mod tokio_side;

#[cfg(feature = "peers")]
pub mod futures_side;
#[cfg(feature = "peers")]
pub mod monoio_side;
#[cfg(feature = "peers")]
pub mod smol_side;

#[cfg(feature = "compio")]
pub mod compio_side;
#[cfg(feature = "glommio")]
pub mod glommio_side;

#[cfg(feature = "peers")]
pub mod optional;

#[cfg(feature = "trace")]
pub use observed_side::Observed;
pub use oneloop_side::Oneloop;
pub use slowed_side::Slowed;
pub use tokio_side::{TokioLocalSet, TokioPlain};
