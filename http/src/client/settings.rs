//! What a session can be told before it is used.

use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use super::{ClientError, ClientSession};
use crate::wire::Limits;

/// The settings of a session.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) total: Option<Duration>,
    pub(super) connect: Option<Duration>,
    pub(super) read: Option<Duration>,
    pub(super) keep_alive: Duration,
    pub(super) retry: Retry,
    pub(super) limits: Rc<Limits>,
    pub(super) max_body: u64,
    /// Hosts in small letters, and where they are.
    pub(super) resolved: HashMap<String, Vec<IpAddr>>,
}

/// Says whether a request may be sent a second time.
///
/// A server may close an idle connection at the moment when the next request is sent on it. No
/// answer comes then, and nobody can tell whether the request was seen.
///
/// ```
/// use oneloop_http::client::{ClientSession, Retry};
///
/// let session = ClientSession::builder().retry(Retry::Never).build();
/// # drop(session);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Sends it once more, over a new connection, if it failed that way on a connection that was
    /// used before, without an octet of an answer; and if its method may be done twice (GET, HEAD,
    /// PUT, DELETE, OPTIONS, TRACE), or no octet of it had been sent.
    #[default]
    Idempotent,
    /// Never: the error tells all that is known.
    Never,
}

/// Makes a [`ClientSession`] with other settings than the usual ones.
///
/// ```
/// use std::time::Duration;
/// use oneloop_http::client::ClientSession;
///
/// let session = ClientSession::builder()
///     .default_header("user-agent", "example/1.0")?
///     .timeout(Duration::from_secs(10))
///     .read_timeout(Duration::from_secs(2))
///     .resolve("example.org", [127, 0, 0, 1])
///     .build();
/// # drop(session);
/// # Ok::<(), oneloop_http::client::ClientError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "build makes the session"]
pub struct SessionBuilder {
    settings: Settings,
    /// What is sent with every request.
    headers: HeaderMap,
}

impl SessionBuilder {
    pub(super) fn new() -> SessionBuilder {
        SessionBuilder {
            settings: Settings {
                total: Some(Duration::from_secs(300)),
                connect: Some(Duration::from_secs(30)),
                read: None,
                keep_alive: Duration::from_secs(15),
                retry: Retry::Idempotent,
                limits: Rc::new(Limits::default()),
                max_body: 64 * 1024 * 1024,
                resolved: HashMap::new(),
            },
            headers: HeaderMap::new(),
        }
    }

    /// Sends this header with every request that does not set one of the same name.
    ///
    /// # Errors
    ///
    /// The name is no token, or the value has a control character.
    pub fn default_header<V>(
        mut self,
        name: impl AsRef<[u8]>,
        value: V,
    ) -> Result<SessionBuilder, ClientError>
    where
        V: TryInto<HeaderValue>,
    {
        let (name, value) = crate::field::read(name, value)?;
        self.headers.append(name, value);
        Ok(self)
    }

    /// Limits each request as a whole, from `send` to the end of the response's body; 300 seconds
    /// unless set.
    pub fn timeout(mut self, limit: Duration) -> SessionBuilder {
        self.settings.total = Some(limit);
        self
    }

    /// Takes the limit for whole requests away.
    pub fn no_timeout(mut self) -> SessionBuilder {
        self.settings.total = None;
        self
    }

    /// Limits making a connection, all addresses of a host together; 30 seconds unless set.
    pub fn connect_timeout(mut self, limit: Duration) -> SessionBuilder {
        self.settings.connect = Some(limit);
        self
    }

    /// Limits the wait for the next piece of a response, and for the server to take the next piece
    /// of a request; it starts anew with each piece. There is none unless set.
    pub fn read_timeout(mut self, limit: Duration) -> SessionBuilder {
        self.settings.read = Some(limit);
        self
    }

    /// Keeps idle connections for at most this time; 15 seconds unless set. `Duration::ZERO` keeps
    /// none.
    pub fn keep_alive(mut self, limit: Duration) -> SessionBuilder {
        self.settings.keep_alive = limit;
        self
    }

    /// Says whether a request may be sent a second time.
    pub fn retry(mut self, retry: Retry) -> SessionBuilder {
        self.settings.retry = retry;
        self
    }

    /// Bounds the heads and the chunked coding of responses.
    pub fn limits(mut self, limits: Limits) -> SessionBuilder {
        self.settings.limits = Rc::new(limits);
        self
    }

    /// Bounds the bodies that are read as a whole, by [`bytes`](super::ClientResponse::bytes) and
    /// [`text`](super::ClientResponse::text); 64 MiB unless set. Reading piece by piece has no
    /// bound.
    pub fn max_body(mut self, octets: u64) -> SessionBuilder {
        self.settings.max_body = octets;
        self
    }

    /// Says where a host is, so that nobody is asked: curl's `--resolve`. Several addresses are tried
    /// in the order in which they were given.
    ///
    /// Other hosts are looked up by the loop's resolver, which
    /// [`set_resolver`](oneloop_net::names::set_resolver) exchanges; literal addresses and `localhost`
    /// never are.
    pub fn resolve(mut self, host: &str, address: impl Into<IpAddr>) -> SessionBuilder {
        self.settings
            .resolved
            .entry(host.to_ascii_lowercase())
            .or_default()
            .push(address.into());
        self
    }

    /// Makes the session.
    pub fn build(self) -> ClientSession {
        ClientSession::with_settings(self.settings, self.headers)
    }
}
