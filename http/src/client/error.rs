//! What can go wrong with a request, and how far it had come.

use std::fmt;
use std::io;
use std::time::Duration;

use oneloop::NoRunningLoop;

use crate::wire::{BodyError, FramingError, HeadError};
use crate::{BoxError, HeaderError};

/// Tells why a request failed, in which phase, and what had been sent by then.
///
/// For a request that must not be done twice, [`bytes_sent`](ClientError::bytes_sent) decides: 0
/// means that the server can't have seen anything of it.
///
/// ```
/// use oneloop_http::client::{ClientSession, Phase};
///
/// oneloop::run(async {
///     let error = ClientSession::new().get("http://127.0.0.1:1/").await.unwrap_err();
///     assert!(error.is_connect(), "nobody listens there: {error}");
///     assert_eq!((error.phase(), error.reused(), error.bytes_sent()), (Phase::Connect, false, 0));
/// });
/// ```
pub struct ClientError {
    /// Boxed, so that a `Result` of a response is not as large as this.
    story: Box<Story>,
}

/// What is known of a failed request.
struct Story {
    kind: Kind,
    phase: Phase,
    reused: bool,
    bytes_sent: u64,
    /// The method and the URL, as far as they are known.
    request: String,
    /// Why it was sent a second time.
    first_try: Option<ClientError>,
}

/// Names the part of a request's life in which it failed.
///
/// ```
/// use oneloop_http::client::{ClientSession, Phase};
///
/// oneloop::run(async {
///     let error = ClientSession::new().get("ftp://example.org/").await.unwrap_err();
///     assert_eq!(error.phase(), Phase::Build, "nothing was sent: {error}");
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The request could not be made of what was given: its URL, a header; or no loop was running.
    Build,
    /// The host was being looked up, or the connection was being made.
    Connect,
    /// The request was being sent, and no head had come back.
    Send,
    /// The request was sent, and the head of the response was waited for.
    Head,
    /// The head had come, and the body was being read.
    Body,
}

/// Which limit ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// The time for the whole request, from its start to the end of the response's body.
    Total(Duration),
    /// The time for making a connection.
    Connect(Duration),
    /// The time between two pieces that come.
    Read(Duration),
}

/// What went wrong.
#[derive(Debug)]
pub(super) enum Kind {
    /// The request can't be made of what was given.
    Unusable(String),
    /// It was awaited outside a loop.
    NoLoop(NoRunningLoop),
    /// A call to the system failed.
    Io(io::Error),
    /// A limit ran out.
    TimedOut(Limit),
    /// The server closed the connection before its answer was complete.
    Closed,
    /// The head of the response is malformed or too large.
    Head(HeadError),
    /// Interim responses (1xx) came without end.
    TooManyInterim,
    /// Where the body of the response ends can't be known.
    Framing(FramingError),
    /// The body of the response is malformed or cut short.
    Body(BodyError),
    /// The body of the response is larger than `max_body`, this many octets.
    TooLarge(u64),
    /// The body of the response is not text in a charset that is known.
    NotText(String),
    /// The producer of the request's body failed.
    Producer(BoxError),
    /// The body had failed before; the first error told why.
    FailedBefore,
}

impl ClientError {
    pub(super) fn new(kind: Kind, phase: Phase) -> ClientError {
        ClientError {
            story: Box::new(Story {
                kind,
                phase,
                reused: false,
                bytes_sent: 0,
                request: String::new(),
                first_try: None,
            }),
        }
    }

    pub(super) fn unusable(what: impl Into<String>) -> ClientError {
        ClientError::new(Kind::Unusable(what.into()), Phase::Build)
    }

    /// Adds what the connection knows.
    pub(super) fn on_connection(mut self, reused: bool, bytes_sent: u64) -> ClientError {
        self.story.reused = reused;
        self.story.bytes_sent = bytes_sent;
        self
    }

    /// Adds which request it was, unless that is known.
    pub(super) fn of_request(mut self, request: impl FnOnce() -> String) -> ClientError {
        if self.story.request.is_empty() {
            self.story.request = request();
        }
        self
    }

    /// Adds why the request was sent a second time, which is what failed now.
    pub(super) fn after(mut self, mut first: ClientError) -> ClientError {
        first.story.request.clear(); // It is the same.
        self.story.first_try = Some(first);
        self
    }

    /// The phase in which the request failed.
    pub fn phase(&self) -> Phase {
        self.story.phase
    }

    /// Whether the connection had served an earlier request.
    pub fn reused(&self) -> bool {
        self.story.reused
    }

    /// How many octets of the request, head and body, the system took to be sent.
    pub fn bytes_sent(&self) -> u64 {
        self.story.bytes_sent
    }

    /// Why the first try had failed, if the request was sent a second time (see
    /// [`Retry`](super::Retry)); all else that this error tells is about the second try.
    pub fn first_try(&self) -> Option<&ClientError> {
        self.story.first_try.as_ref()
    }

    /// Whether a time limit ran out; [`phase`](ClientError::phase) tells what was waited for.
    pub fn is_timeout(&self) -> bool {
        match &self.story.kind {
            Kind::TimedOut(_) => true,
            Kind::Io(error) => error.kind() == io::ErrorKind::TimedOut,
            _ => false,
        }
    }

    /// Whether no connection could be made.
    pub fn is_connect(&self) -> bool {
        self.story.phase == Phase::Connect
    }

    /// Whether the request could not be made of what was given; nothing was sent.
    pub fn is_build(&self) -> bool {
        self.story.phase == Phase::Build
    }

    /// Whether the server closed the connection, in order or by a reset, before its answer was
    /// complete.
    pub fn is_closed(&self) -> bool {
        match &self.story.kind {
            Kind::Closed | Kind::Body(BodyError::Incomplete) => true,
            Kind::Io(error) => is_closing(error),
            _ => false,
        }
    }

    /// Whether the server broke the rules of HTTP, or went beyond a limit of the session.
    pub fn is_malformed(&self) -> bool {
        match &self.story.kind {
            Kind::Head(_) | Kind::TooManyInterim | Kind::Framing(_) | Kind::TooLarge(_) => true,
            Kind::Body(error) => *error != BodyError::Incomplete,
            _ => false,
        }
    }
}

/// Tells whether a call failed because the other side is gone.
pub(super) fn is_closing(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
    )
}

impl From<HeaderError> for ClientError {
    fn from(error: HeaderError) -> ClientError {
        ClientError::unusable(error.to_string())
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Story {
            kind,
            phase,
            reused,
            bytes_sent,
            request,
            first_try,
        } = &*self.story;
        if !request.is_empty() {
            write!(formatter, "{request}: ")?;
        }
        formatter.write_str(match phase {
            Phase::Build => "the request can't be made: ",
            Phase::Connect => "no connection: ",
            Phase::Send => "while the request was sent: ",
            Phase::Head => "while the head of the response was waited for: ",
            Phase::Body => "while the body of the response was read: ",
        })?;
        write!(formatter, "{kind}")?;
        if !matches!(phase, Phase::Build | Phase::Connect) {
            let connection = if *reused { "a reused" } else { "a new" };
            write!(
                formatter,
                " ({connection} connection, {bytes_sent} bytes sent)"
            )?;
        }
        match first_try {
            Some(first) => write!(formatter, "; the first try: {first}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Unusable(what) => formatter.write_str(what),
            Kind::NoLoop(error) => error.fmt(formatter),
            Kind::Io(error) => error.fmt(formatter),
            Kind::TimedOut(Limit::Total(limit)) => {
                write!(
                    formatter,
                    "the time for the whole request, {limit:?}, is over"
                )
            }
            Kind::TimedOut(Limit::Connect(limit)) => {
                write!(formatter, "nobody answered within {limit:?}")
            }
            Kind::TimedOut(Limit::Read(limit)) => {
                write!(formatter, "nothing came within {limit:?}")
            }
            Kind::Closed => {
                formatter.write_str("the server closed the connection without an answer")
            }
            Kind::Head(error) => error.fmt(formatter),
            Kind::TooManyInterim => formatter.write_str("too many interim responses"),
            Kind::Framing(error) => error.fmt(formatter),
            Kind::Body(error) => error.fmt(formatter),
            Kind::TooLarge(most) => write!(
                formatter,
                "the body is larger than the session's max_body, {most} bytes"
            ),
            Kind::NotText(why) => formatter.write_str(why),
            Kind::Producer(error) => write!(
                formatter,
                "the producer of the request's body failed: {error}"
            ),
            Kind::FailedBefore => formatter.write_str("reading had failed before"),
        }
    }
}

impl fmt::Debug for ClientError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Story {
            kind,
            phase,
            reused,
            bytes_sent,
            request,
            first_try,
        } = &*self.story;
        formatter
            .debug_struct("ClientError")
            .field("request", request)
            .field("kind", kind)
            .field("phase", phase)
            .field("reused", reused)
            .field("bytes_sent", bytes_sent)
            .field("first_try", first_try)
            .finish()
    }
}

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.story.kind {
            Kind::NoLoop(error) => Some(error),
            Kind::Io(error) => Some(error),
            Kind::Head(error) => Some(error),
            Kind::Framing(error) => Some(error),
            Kind::Body(error) => Some(error),
            Kind::Producer(error) => Some(&**error),
            _ => None,
        }
    }
}
