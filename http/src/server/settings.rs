//! What a server allows, with the defaults; the setters are [`Server`](super::Server)'s.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::report::ServingError;
use crate::request::DEFAULT_MAX_BODY;
use crate::wire::Limits;

/// Hears of errors.
type ErrorListener = Box<dyn Fn(&ServingError)>;

/// Settings of a server, the same for all of its connections.
pub(super) struct Settings {
    /// Limits of heads, chunk extensions and trailers.
    pub(super) limits: Rc<Limits>,
    /// How large a body `Request::bytes` accepts, in octets.
    pub(super) max_body: u64,
    /// How many connections may be open; beyond it nothing is accepted.
    pub(super) max_connections: usize,
    /// How long a head may take from its first octet to its last.
    pub(super) header_timeout: Duration,
    /// How long a body that is being read may make no progress.
    pub(super) body_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub(super) idle_timeout: Duration,
    /// How long the peer may take nothing while an answer waits to be written.
    pub(super) write_timeout: Duration,
    /// Who hears of errors that no answer tells.
    pub(super) on_error: ErrorListener,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            limits: Rc::new(Limits::default()),
            max_body: DEFAULT_MAX_BODY,
            max_connections: usize::MAX,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(60),
            on_error: Box::new(|error| eprintln!("oneloop-http: {error}")),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("limits", &self.limits)
            .field("max_body", &self.max_body)
            .field("max_connections", &self.max_connections)
            .field("header_timeout", &self.header_timeout)
            .field("body_timeout", &self.body_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("write_timeout", &self.write_timeout)
            .finish_non_exhaustive()
    }
}
