//! [`Connection`]: what goes from one request to the next to the same server.

use std::fmt;
use std::rc::Rc;

use bytes::BytesMut;

use super::origin::Origin;
use crate::scratch::Scratch;

/// A stream to a server, and what belongs to it. In a box, since it goes from request to request.
pub(super) struct Connection<S> {
    pub(super) stream: S,
    /// Where it goes.
    pub(super) origin: Rc<Origin>,
    /// What has come and was not yet taken.
    pub(super) input: BytesMut,
    /// The buffer of its loop.
    pub(super) scratch: Rc<Scratch>,
    /// It has served a request already.
    pub(super) reused: bool,
}

impl<S> Connection<S> {
    /// Wraps a new stream.
    pub(super) fn new(stream: S, origin: Rc<Origin>, scratch: Rc<Scratch>) -> Box<Connection<S>> {
        Box::new(Connection {
            stream,
            origin,
            input: BytesMut::new(),
            scratch,
            reused: false,
        })
    }
}

impl<S: fmt::Debug> fmt::Debug for Connection<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("stream", &self.stream)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
