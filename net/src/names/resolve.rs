//! [`Resolve`]: who knows the addresses of a name. Next: `blocking.rs`, the system's.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

/// What [`Resolve::resolve`] returns: a look-up that runs while it is polled, and is given up when it
/// is dropped.
///
/// ```
/// use oneloop_net::names::Resolving;
/// let answer = Ok(vec!["192.0.2.1:0".parse().unwrap()]);
/// let at_once: Resolving = Box::pin(std::future::ready(answer));
/// ```
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>>>>;

/// Finds the addresses of a host: the system's resolver, a table in a test, a DNS client.
///
/// A [`Resolver`](super::Resolver) around it remembers answers and merges equal questions. It asks for
/// names only, never for literal addresses, and drops the look-up as soon as nobody waits for it.
///
/// ```
/// use oneloop_net::names::{Resolve, Resolver, Resolving};
/// use std::time::Duration;
///
/// /// Answers after a second.
/// struct Slow;
///
/// impl Resolve for Slow {
///     fn resolve(&self, _host: &str) -> Resolving {
///         Box::pin(async {
///             oneloop::sleep(Duration::from_secs(1)).await;
///             Ok(vec!["192.0.2.1:0".parse().unwrap()])
///         })
///     }
/// }
///
/// let event_loop = oneloop::Loop::builder().paused_clock().build()?;
/// event_loop.block_on(async {
///     let begin = oneloop::now();
///     let resolver = Resolver::new(Slow);
///     for _ in 0..2 {
///         let addresses = resolver.getaddrinfo("a.example", 80).await?;
///         assert_eq!(addresses, ["192.0.2.1:80".parse().unwrap()]);
///     }
///     assert_eq!(oneloop::now() - begin, Duration::from_secs(1), "the second is known");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Resolve {
    /// Looks `host` up. The ports of the addresses mean nothing: the caller's takes their place. A name
    /// that does not exist is an error of kind [`NotFound`](io::ErrorKind::NotFound); so is an answer
    /// without an address.
    ///
    /// It is called on the loop's thread, and so is the future polled: it must not block. For a
    /// function that blocks there is [`Blocking`](super::Blocking).
    fn resolve(&self, host: &str) -> Resolving;
}

impl<R: Resolve + ?Sized> Resolve for std::rc::Rc<R> {
    fn resolve(&self, host: &str) -> Resolving {
        (**self).resolve(host)
    }
}
