//! [`Resolver`]: remembers answers and merges equal questions, around any [`Resolve`].
//! Next: `failure.rs`.

use super::cache::{Cache, Limits, Outcome};
use super::failure::{failure, no_address, no_name};
use super::look_up::LookUp;
use super::{Blocking, Resolve};
use crate::address::literal;
use oneloop::Loop;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How many bytes a name has at most (RFC 1035, section 3.1, without dots at both ends).
const LONGEST: usize = 253;
/// How many addresses of an answer are kept. An answer may bring thousands, and each costs whoever
/// connects a socket and a quarter of a second.
const ADDRESSES: usize = 64;

/// Looks names up, remembers the answers for a while, and asks once where several want the same.
///
/// It can be cloned: all clones are one. Case does not count in names.
///
/// ```
/// use oneloop_net::names::{Blocking, Resolver};
/// use std::time::Duration;
/// oneloop::run(async {
///     let table = |_: &str| Ok(vec!["192.0.2.1:0".parse().unwrap()]);
///     let resolver = Resolver::builder()
///         .ttl(Duration::from_secs(60))
///         .build(Blocking::new(2, table));
///     let addresses = resolver.getaddrinfo("A.example", 443).await?;
///     assert_eq!(addresses, ["192.0.2.1:443".parse().unwrap()]);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Resolver {
    shared: Rc<Shared>,
}

struct Shared {
    backend: Box<dyn Resolve>,
    cache: RefCell<Cache>,
    /// What is being looked up. Each leaves with the last who waits for it.
    under_way: RefCell<BTreeMap<Box<str>, Rc<LookUp>>>,
}

impl Resolver {
    /// Makes a resolver that asks `backend`, with the default times and sizes.
    pub fn new(backend: impl Resolve + 'static) -> Resolver {
        Resolver::builder().build(backend)
    }

    /// Makes a resolver that asks the system, on at most 8 threads of its own.
    pub fn system() -> Resolver {
        Resolver::new(Blocking::default())
    }

    /// Starts with the default times and sizes.
    pub fn builder() -> ResolverBuilder {
        ResolverBuilder {
            limits: Limits {
                names: 256,
                answer: Duration::from_secs(10),
                failure: Duration::from_secs(1),
            },
        }
    }

    /// Looks a host up, as [`names::getaddrinfo`](super::getaddrinfo) does by the loop's resolver.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Cancel safety
    /// As there.
    pub async fn getaddrinfo(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        if let Some(addresses) = literal(host, port) {
            return Ok(addresses);
        }
        // The address of a neighbor says by which of our interfaces: `fe80::1%2` (RFC 4007, section 11).
        if let Ok(neighbor) = format!("[{host}]:{port}").parse() {
            return Ok(vec![neighbor]);
        }
        if host.is_empty() || host.len() > LONGEST {
            return Err(no_name(host));
        }
        let name = host.to_ascii_lowercase();
        match self.look_up(&name).await? {
            Ok(addresses) => {
                let mut addresses = addresses.to_vec();
                addresses
                    .iter_mut()
                    .for_each(|address| address.set_port(port));
                Ok(addresses)
            }
            Err(cause) => Err(failure(host, &cause)),
        }
    }

    /// Forgets what was looked up; look-ups that are under way go on.
    pub fn clear_cache(&self) {
        self.shared.cache.borrow_mut().clear();
    }

    /// Asks memory, then those who ask already, and then the backend.
    async fn look_up(&self, name: &str) -> io::Result<Outcome> {
        let handle = Loop::current().map_err(io::Error::other)?;
        if let Some(known) = self.shared.cache.borrow().get(name, handle.now()) {
            return Ok(known);
        }
        let found = self.shared.under_way.borrow().get(name).cloned();
        let look_up = match found.filter(|look_up| look_up.is_under_way()) {
            Some(look_up) => look_up,
            None => {
                let work = self.shared.backend.resolve(name);
                let (shared, of, clock) = (self.shared.clone(), name.to_owned(), handle.clone());
                let started = LookUp::start(handle, work, move |brought| {
                    let outcome = judge(brought);
                    let mut cache = shared.cache.borrow_mut();
                    cache.put(&of, outcome.clone(), clock.now());
                    outcome
                });
                let mut under_way = self.shared.under_way.borrow_mut();
                under_way.insert(name.into(), started.clone());
                started
            }
        };
        let leaving = Leaving(&self.shared, name, look_up);
        Ok(leaving.2.wait().await)
    }
}

/// What an answer comes to: some addresses, or a failure.
fn judge(brought: io::Result<Vec<SocketAddr>>) -> Outcome {
    match brought {
        Ok(addresses) if addresses.is_empty() => Err(Arc::new(no_address())),
        Ok(mut addresses) => {
            addresses.truncate(ADDRESSES);
            Ok(addresses.into())
        }
        Err(error) => Err(Arc::new(error)),
    }
}

/// Takes a look-up off the list when it has ended, or nobody waits for it any more.
struct Leaving<'a>(&'a Shared, &'a str, Rc<LookUp>);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let Leaving(shared, name, look_up) = self;
        let mut under_way = shared.under_way.borrow_mut();
        let listed = under_way.get(*name);
        // Another one may stand in its place.
        if listed.is_some_and(|listed| Rc::ptr_eq(listed, look_up)) && look_up.has_ended() {
            under_way.remove(*name);
        }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver")
            .field("known", &self.shared.cache.borrow().len())
            .field("under_way", &self.shared.under_way.borrow().len())
            .finish()
    }
}

/// Times and sizes of a [`Resolver`] to be made.
///
/// ```
/// use oneloop_net::names::{Blocking, Resolver, ResolverBuilder};
/// use std::time::Duration;
/// // One that remembers nothing.
/// let builder: ResolverBuilder = Resolver::builder();
/// let resolver = builder.ttl(Duration::ZERO).failure_ttl(Duration::ZERO).build(Blocking::default());
/// assert_eq!(format!("{resolver:?}"), "Resolver { known: 0, under_way: 0 }");
/// ```
#[derive(Clone)]
#[must_use = "it makes nothing until `build` is called"]
pub struct ResolverBuilder {
    limits: Limits,
}

impl ResolverBuilder {
    /// Sets for how long an answer is good: 10 seconds. Zero lets each question be asked.
    pub fn ttl(mut self, time: Duration) -> ResolverBuilder {
        self.limits.answer = time;
        self
    }

    /// Sets for how long a failure is good: 1 second.
    pub fn failure_ttl(mut self, time: Duration) -> ResolverBuilder {
        self.limits.failure = time;
        self
    }

    /// Sets how many names are remembered: 256. The one that is good for the shortest time makes room.
    pub fn capacity(mut self, names: usize) -> ResolverBuilder {
        self.limits.names = names;
        self
    }

    /// Makes the resolver, which asks `backend`.
    pub fn build(self, backend: impl Resolve + 'static) -> Resolver {
        Resolver {
            shared: Rc::new(Shared {
                backend: Box::new(backend),
                cache: RefCell::new(Cache::new(self.limits)),
                under_way: RefCell::default(),
            }),
        }
    }
}

impl fmt::Debug for ResolverBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolverBuilder")
            .field("ttl", &self.limits.answer)
            .field("failure_ttl", &self.limits.failure)
            .field("capacity", &self.limits.names)
            .finish()
    }
}
