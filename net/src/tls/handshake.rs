//! The handshake, within its time. Next: `stream.rs`.

use super::error::TlsError;
use super::explain::Side;
use super::session::Session;
use super::stream::TlsStream;
use super::verifier::Verifier;
use futures_io::{AsyncRead, AsyncWrite};
use rustls::Connection;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The time of the handshake.
    pub(super) handshake: Option<Duration>,
    /// The bytes on their way out.
    buffer: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            handshake: Some(Duration::from_secs(60)),
            buffer: 64 * 1024,
        }
    }
}

impl Limits {
    #[track_caller]
    pub(super) fn set_buffer(&mut self, bytes: usize) {
        assert!(bytes > 0, "a connection without a buffer carries nothing");
        self.buffer = bytes;
    }
}

pub(super) async fn handshake<S>(
    mut connection: Connection,
    side: Side,
    verifier: Option<Arc<Verifier>>,
    stream: S,
    limits: Limits,
) -> Result<TlsStream<S>, TlsError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    connection.set_buffer_limit(Some(limits.buffer));
    let mut session = Box::new(Session::new(connection, side, verifier, stream));
    let shaking = poll_fn(|context| session.poll_handshake(context));
    match limits.handshake {
        None => shaking.await?,
        Some(limit) => match oneloop::timeout(limit, shaking).await {
            Ok(shaken) => shaken?,
            Err(_) => return Err(session.too_slow(limit)),
        },
    }
    Ok(TlsStream::new(session))
}
