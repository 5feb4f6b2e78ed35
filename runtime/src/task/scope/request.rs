//! One request to end: where it came from, and what was said with it.
//! Next: `construct.rs`.

use std::sync::Arc;

/// A request on its way. The same request may reach a scope by two ways; its number tells.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Counted up in each loop, from 1.
    pub(crate) number: u64,
    /// It comes from a construct's own stop (a deadline), over which a result of the same moment wins:
    /// no leaf declines for it. A sibling's failure or a lost race is none of these.
    pub(crate) stop: bool,
    /// It comes from the end of `run`, and does not interrupt tasks that clean up already.
    pub(crate) ending: bool,
    /// It reached a task that waits. What is asked after that, and before it is delivered, does not change
    /// its message: in CPython the future that a task awaits takes the first message, and a task that is
    /// ready takes the last one.
    pub(crate) settled: bool,
    /// By which number it is known where it goes to a remote task, and perhaps comes back. 0: it has not
    /// been to one.
    pub(crate) origin: u64,
    /// What `cancel_with` was given. It ends in a `JoinError`, which may cross threads.
    pub(crate) message: Option<Arc<str>>,
}

/// What a participant that was asked says in the end.
#[derive(Debug)]
pub(super) enum Answer {
    /// The request is used up: it was suppressed, or it ended somebody inside.
    Done,
    /// It is to go on outward.
    Raised(Request),
    /// It was not delivered: whoever was asked ended before it could be.
    Returned(Request),
}

/// A request that lies at a scope.
#[derive(Clone, Debug)]
pub(super) enum Letter {
    /// For the next suspension in here (LAID).
    Asked(Request),
    /// For this scope: its body is to be dropped (RAISED).
    Raised(Request),
}

impl Letter {
    pub(super) fn into_request(self) -> Request {
        match self {
            Letter::Asked(request) | Letter::Raised(request) => request,
        }
    }
}
