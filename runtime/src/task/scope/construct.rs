//! [`Construct`]: what a participant is called in pictures. Next: `kind.rs`, who may be asked.

/// What made a participant, or whatever else stands between a task and those that it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Construct {
    /// One of the futures that are awaited together.
    Child,
    /// The body of a task group or of a `local_scope`.
    Body,
    Gather,
    TryGather,
    Race,
    Select,
    LocalScope,
    TaskGroup,
    Wait,
    AsCompleted,
    Shield,
    Timeout,
    Until,
    Catch,
    Finally,
    WithResource,
    ExitStack,
    Generator,
    /// A condition, which gives its lock back while it is waited for.
    Condition,
    Masked,
    Paused,
    Forwarding,
    /// A task that another thread made.
    RemoteTask,
    /// What `run` puts around the main future to end it at an interrupt. Nobody wrote it, so it is
    /// not drawn.
    #[cfg(feature = "signal")]
    Interruptible,
}

impl Construct {
    /// Its name in the program, or what it is.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Construct::Child => "a child",
            Construct::Body => "its body",
            Construct::Gather => "gather",
            Construct::TryGather => "try_gather",
            Construct::Race => "race",
            Construct::Select => "select!",
            Construct::LocalScope => "local_scope",
            Construct::TaskGroup => "TaskGroup",
            Construct::Wait => "wait",
            Construct::AsCompleted => "as_completed",
            Construct::Shield => "shield",
            Construct::Timeout => "timeout",
            Construct::Until => "until",
            Construct::Catch => "catch",
            Construct::Finally => "finally",
            Construct::WithResource => "with_resource",
            Construct::ExitStack => "ExitStack",
            Construct::Generator => "generator",
            Construct::Condition => "Condition",
            Construct::Masked => "masked",
            Construct::Paused => "paused",
            Construct::Forwarding => "forwarding",
            Construct::RemoteTask => "a RemoteTask",
            #[cfg(feature = "signal")]
            Construct::Interruptible => "run",
        }
    }

    /// Whether the program's author never wrote it.
    pub(crate) fn is_hidden(self) -> bool {
        #[cfg(feature = "signal")]
        return matches!(self, Construct::Interruptible);
        #[cfg(not(feature = "signal"))]
        return false;
    }

    /// Whether it has a waker of its own: what is waited for with that is waited for in here.
    pub(super) fn has_a_waker(self) -> bool {
        matches!(self, Construct::Child | Construct::Body)
    }
}
