//! [`ServingError`]: what went wrong while a request was served, and which request it was.

use std::any::Any;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use http::Method;

use crate::body::BoxError;
use crate::wire::RequestHead;

/// An error that no answer tells, as [`Server::on_error`](super::Server::on_error) hears of it.
///
/// Its text names method, path and peer, and then the cause, which is also its
/// [`source`](std::error::Error::source). It leaves out the query, which may hold what is not for
/// logs.
///
/// ```
/// # use futures_lite::AsyncReadExt;
/// # oneloop::run(async {
/// use oneloop_http::{HandlerError, Request, serve, server::ServingError};
///
/// async fn fails(_: Request) -> Result<&'static str, HandlerError> {
///     Err(std::io::Error::other("the disk is full"))?
/// }
///
/// let listener = oneloop_net::TcpListener::bind("127.0.0.1:0").await?;
/// let address = listener.local_addr()?;
/// let _server = serve(listener, fails)
///     .on_error(|error: &ServingError| {
///         assert_eq!(error.target(), Some("/page?id=1"));
///         assert!(error.to_string().starts_with("GET /page from 127.0.0.1:"));
///         assert!(error.to_string().ends_with(": the disk is full"));
///     })
///     .start();
/// # let mut peer = oneloop_net::TcpStream::connect(address).await?;
/// # peer.write_all(b"GET /page?id=1 HTTP/1.1\r\nHost: h\r\n\r\n").await?;
/// # let mut answer = String::new();
/// # peer.read_to_string(&mut answer).await?;
/// # assert!(answer.starts_with("HTTP/1.1 500 "));
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct ServingError {
    /// `None` when it is the listener that failed.
    asked: Option<Asked>,
    cause: BoxError,
}

/// What a report tells of a request.
#[derive(Debug)]
struct Asked {
    head: Rc<RequestHead>,
    peer: Option<SocketAddr>,
}

impl ServingError {
    pub(super) fn of_listener(error: io::Error) -> ServingError {
        ServingError {
            asked: None,
            cause: Box::new(error),
        }
    }

    /// Says what became of a request.
    pub(super) fn of_request(
        head: &Rc<RequestHead>,
        peer: Option<SocketAddr>,
        cause: BoxError,
    ) -> ServingError {
        let head = Rc::clone(head);
        ServingError {
            asked: Some(Asked { head, peer }),
            cause,
        }
    }

    /// Returns the method of the request; `None` when it is the listener that failed.
    pub fn method(&self) -> Option<&Method> {
        self.asked.as_ref().map(|asked| asked.head.method())
    }

    /// Returns the target of the request as it was sent, with its query; `None` when it is the
    /// listener that failed.
    pub fn target(&self) -> Option<&str> {
        self.asked.as_ref().map(|asked| asked.head.target())
    }

    /// Returns where the request came from, if that is known.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.asked.as_ref()?.peer
    }
}

impl fmt::Display for ServingError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(asked) = &self.asked else {
            return write!(formatter, "the server accepts no more: {}", self.cause);
        };
        let path = asked.head.target().split('?').next().unwrap_or_default();
        write!(formatter, "{} {path}", asked.head.method())?;
        if let Some(peer) = asked.peer {
            write!(formatter, " from {peer}")?;
        }
        write!(formatter, ": {}", self.cause)
    }
}

impl std::error::Error for ServingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.cause)
    }
}

/// Makes an error of a panic: who panicked, and with which words.
pub(super) fn panicked(who: &str, payload: &(dyn Any + Send)) -> BoxError {
    let words = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    match words {
        Some(words) => format!("{who} panicked: {words}").into(),
        None => format!("{who} panicked").into(),
    }
}
