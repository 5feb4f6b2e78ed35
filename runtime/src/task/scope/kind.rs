//! Who takes part in a task's tree: bodies, and leaves that hand requests on. Next: `node.rs`, how they
//! hang together.

use super::super::raw::TaskRef;
use super::construct::Construct;
use super::request::Request;
use std::rc::Rc;

/// What kind of participant a node is.
pub(crate) enum Kind {
    /// A task, as a whole.
    Root(TaskRef),
    /// A body that can be dropped where it waits: what a `catch` or an `until` holds.
    Scope(Construct),
    /// Several children, each with a scope of its own. Never dropped by a request itself.
    Fan(Construct),
    /// A body that requests wait outside of.
    Masked,
    /// A body, or several, that are not asked and only stop being polled.
    Paused(Construct),
    /// Hands requests on and waits for what comes of them. It is a leaf, but for a body that is not
    /// asked itself.
    Forward(Target),
}

/// What is called with a request. False: it cannot arrive there.
pub(crate) type OnRequest = Rc<dyn Fn(&Request) -> bool>;

/// To whom a [`Kind::Forward`] hands requests on.
#[derive(Clone)]
pub(crate) enum Target {
    /// A task that is awaited.
    Task(TaskRef),
    /// Anything else.
    Call(OnRequest, Construct),
}

impl Target {
    /// Whether there is nobody left to be asked.
    pub(super) fn has_ended(&self) -> bool {
        match self {
            Target::Task(task) => task.is_done(),
            Target::Call(..) => false,
        }
    }
}
