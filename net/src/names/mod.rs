//! Host names: asyncio's `getaddrinfo`, which here asks the system on threads of its own.
//!
//! Connecting takes a name where it takes an address, so that few programs need more of this module:
//!
//! ```
//! use oneloop_net::names::{Resolver, set_resolver};
//! use oneloop_net::{TcpListener, TcpStream};
//! oneloop::run(async {
//! #     // So that the example needs no network.
//! #     let known = |_: &str| Ok(vec!["127.0.0.1:0".parse().unwrap()]);
//! #     set_resolver(Resolver::new(oneloop_net::names::Blocking::new(1, known)))?;
//!     let listener = TcpListener::bind("127.0.0.1:0").await?;
//!     let port = listener.local_addr()?.port();
//!     let stream = TcpStream::connect(("server.example", port)).await?;
//!     assert_eq!(stream.peer_addr()?, listener.local_addr()?);
//!     Ok::<(), std::io::Error>(())
//! })?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! - Each loop has a [`Resolver`] of its own, made when a name is looked up first. It asks the system's
//!   `getaddrinfo`, which blocks, on at most 8 threads; the loop goes on meanwhile.
//! - An answer is good for 10 seconds (`getaddrinfo` does not tell how long it really is), a failure
//!   for 1. Who asks for a name that is just being looked up waits for the same answer.
//! - Giving up a look-up gives up nobody else's; one that nobody waits for any more is dropped, and
//!   never begins if it waits for a thread.
//! - Literal addresses and `localhost` are never looked up.
//! - Another [`Resolve`] takes the system's place by [`set_resolver`] for all of a loop, and by
//!   [`ConnectBuilder::resolver`](crate::tcp::ConnectBuilder::resolver) for one connection: a fixed
//!   table in a test, a resolver of one's own.
//!
//! asyncio's `getnameinfo`, which asks for the name of an address, is not here: neither std nor the
//! libraries below have it without `unsafe`.
//!
//! Read the source in the order `resolve.rs`, `blocking.rs`, `cache.rs`, `look_up.rs`, `resolver.rs`,
//! `failure.rs`.

mod blocking;
mod cache;
mod failure;
mod look_up;
mod resolve;
mod resolver;

pub use blocking::Blocking;
pub use resolve::{Resolve, Resolving};
pub use resolver::{Resolver, ResolverBuilder};

use oneloop::{Handle, Loop};
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;

/// Looks a host up, and returns its addresses with the port: asyncio's `getaddrinfo`. It asks the
/// resolver of the loop.
///
/// The addresses stand in the order in which the system would try them (RFC 6724); never are there more
/// than 64, and never none. A literal address comes back as it is, and `localhost` is the loopback's
/// addresses.
///
/// # Errors
/// What the resolver says, with the host in its text; of kind [`NotFound`](io::ErrorKind::NotFound) for
/// a name that does not exist. [`InvalidInput`](io::ErrorKind::InvalidInput) for what can be no name:
/// nothing, or more than 253 bytes. Fails outside a loop.
///
/// # Cancel safety
/// Giving it up changes nothing for others who wait for the same name.
///
/// ```
/// use oneloop_net::names::getaddrinfo;
/// oneloop::run(async {
///     let addresses = getaddrinfo("localhost", 80).await?;
///     assert!(addresses.iter().all(|address| address.ip().is_loopback()));
///     assert_eq!(addresses[0].port(), 80);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn getaddrinfo(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    resolver()?.getaddrinfo(host, port).await
}

/// The resolver that a loop keeps.
#[derive(Default)]
struct Own(RefCell<Option<Resolver>>);

/// Returns the resolver of the running loop, which is the system's unless another one was set.
///
/// # Errors
/// Outside a loop.
///
/// ```
/// oneloop::run(async {
///     // Forget what was looked up: the network has changed.
///     oneloop_net::names::resolver()?.clear_cache();
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn resolver() -> io::Result<Resolver> {
    let own = current()?.attached(Own::default);
    let mut own = own.0.borrow_mut();
    Ok(own.get_or_insert_with(Resolver::system).clone())
}

/// Lets the running loop look names up by this resolver from now on.
///
/// # Errors
/// Outside a loop.
///
/// ```
/// use oneloop_net::names::{Blocking, Resolver, getaddrinfo, set_resolver};
/// oneloop::run(async {
///     let table = |host: &str| match host {
///         "db.internal" => Ok(vec!["10.0.0.7:0".parse().unwrap()]),
///         _ => Err(std::io::ErrorKind::NotFound.into()),
///     };
///     set_resolver(Resolver::new(Blocking::new(1, table)))?;
///     let addresses = getaddrinfo("db.internal", 5432).await?;
///     assert_eq!(addresses, ["10.0.0.7:5432".parse().unwrap()]);
///     let error = getaddrinfo("web.internal", 80).await.unwrap_err();
///     assert!(error.to_string().starts_with("look up \"web.internal\": "));
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn set_resolver(resolver: Resolver) -> io::Result<()> {
    let own = current()?.attached(Own::default);
    // Dropped with nothing borrowed: it may be the user's.
    let old = own.0.replace(Some(resolver));
    drop(old);
    Ok(())
}

fn current() -> io::Result<Handle> {
    Loop::current().map_err(io::Error::other)
}
