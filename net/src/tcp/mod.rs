//! TCP: streams, how they are connected and accepted, and the options they have.
//!
//! Read `stream.rs` and `traits.rs` first, then `connect.rs`, `eyeballs.rs` and `listener.rs`, which make
//! streams.

mod connect;
mod eyeballs;
mod listener;
mod options;
mod stream;
mod traits;

pub use connect::ConnectBuilder;
pub use listener::{ListenerBuilder, TcpListener};
pub use options::Keepalive;
pub use stream::TcpStream;
