//! [`Blocking`]: a resolver that blocks, on threads of its own. Next: `cache.rs`.

use super::{Resolve, Resolving};
use oneloop::executor::ThreadPool;
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

/// How many threads ask the system at most, unless told otherwise.
const THREADS: usize = 8;

/// A function that looks names up and blocks meanwhile.
type Function = dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// Looks names up by a function that blocks, on threads that nothing else runs on: a slow name server
/// holds up no other job. [`Blocking::system`] is the system's resolver.
///
/// A thread is started when a look-up finds none idle, and ends after 10 seconds without one. Further
/// look-ups wait in line, and one that is given up there never begins. What runs can't be interrupted:
/// it ends by itself, on its thread, while the program goes on. Dropping this waits for nobody.
///
/// ```
/// use oneloop_net::names::{Blocking, Resolver, set_resolver};
/// oneloop::run(async {
///     // A program that looks up very much gives it more threads.
///     set_resolver(Resolver::new(Blocking::system(32)))
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Blocking {
    /// Taken by `drop` only.
    pool: Option<ThreadPool>,
    function: Arc<Function>,
}

impl Blocking {
    /// Looks names up by `function`, on at most so many threads.
    ///
    /// # Panics
    /// When `threads` is 0.
    #[track_caller]
    pub fn new(
        threads: usize,
        function: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Blocking {
        Blocking {
            pool: Some(ThreadPool::new(threads)),
            function: Arc::new(function),
        }
    }

    /// Asks the system, on at most so many threads: `getaddrinfo`, which reads `/etc/hosts` and asks name
    /// servers.
    ///
    /// # Panics
    /// When `threads` is 0.
    #[track_caller]
    pub fn system(threads: usize) -> Blocking {
        Blocking::new(threads, ask_system)
    }
}

impl Default for Blocking {
    /// Asks the system, on at most 8 threads.
    fn default() -> Blocking {
        Blocking::system(THREADS)
    }
}

impl Resolve for Blocking {
    fn resolve(&self, host: &str) -> Resolving {
        let (function, host) = (self.function.clone(), host.to_owned());
        let pool = self.pool.as_ref().expect("only `drop` takes the pool");
        let job = pool.submit(move || function(&host)).into_future();
        Box::pin(async move {
            job.await
                .unwrap_or_else(|error| Err(io::Error::other(error)))
        })
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        // Dropping a pool waits for its jobs, and so would block the loop; given up, its shutdown
        // leaves the threads to themselves.
        let ending = self.pool.take().map(ThreadPool::shutdown);
        drop(ending);
    }
}

impl fmt::Debug for Blocking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Blocking").field(&self.pool).finish()
    }
}

/// One call of `getaddrinfo`.
fn ask_system(host: &str) -> io::Result<Vec<SocketAddr>> {
    match (host, 0).to_socket_addrs() {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) if is_unknown(&error) => Err(io::Error::new(io::ErrorKind::NotFound, error)),
        Err(error) => Err(error),
    }
}

/// Tells whether the system says that there is no such name, which std does by the text alone: that
/// of glibc and musl, and that of Apple's and the BSDs' libraries.
fn is_unknown(error: &io::Error) -> bool {
    const TEXTS: [&str; 4] = [
        "Name or service not known",
        "Name does not resolve",
        "No address associated with hostname",
        "nodename nor servname provided",
    ];
    let text = error.to_string();
    TEXTS.iter().any(|known| text.contains(known))
}
