//! [`GroupError`] and [`GroupClosed`]: how task groups fail, and refuse. Next: `group_member.rs`.

use std::error::Error;
use std::fmt;

/// Every error of a group, in the order in which they came: asyncio's `ExceptionGroup`.
///
/// ```
/// use oneloop::combine::GroupError;
/// use oneloop::TaskGroup;
/// oneloop::run(async {
///     let failed: Result<(), GroupError<String>> =
///         TaskGroup::scope(async |_group| Err("the body".to_string())).await;
///     assert_eq!(failed.unwrap_err().into_errors(), ["the body"]);
/// });
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct GroupError<E> {
    pub(super) errors: Vec<E>,
    /// One of the errors is the body's own.
    pub(super) of_body: bool,
    pub(super) whose: Whose,
}

/// Whose errors they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Of a `TaskGroup`.
    Group,
    /// Of a `local_scope`, whose children are no tasks.
    Scope,
}

impl<E> GroupError<E> {
    /// The errors, oldest first. None if the group was cancelled.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     let failed = TaskGroup::scope(async |_| Err::<(), _>(1)).await;
    ///     assert_eq!(failed.unwrap_err().errors(), [1]);
    /// });
    /// ```
    pub fn errors(&self) -> &[E] {
        &self.errors
    }

    /// Takes the errors, oldest first.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     let failed = TaskGroup::scope(async |_| Err::<(), _>(1)).await;
    ///     assert_eq!(failed.unwrap_err().into_errors(), vec![1]);
    /// });
    /// ```
    pub fn into_errors(self) -> Vec<E> {
        self.errors
    }

    /// Parts the errors into those that `matches`, and the rest: Python's `except*`.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     let failed = TaskGroup::scope(async |_| Err::<(), _>(1)).await;
    ///     let (ones, rest) = failed.unwrap_err().split(|error| *error == 1);
    ///     assert_eq!((ones, rest), (vec![1], vec![]));
    /// });
    /// ```
    pub fn split(self, matches: impl FnMut(&E) -> bool) -> (Vec<E>, Vec<E>) {
        self.errors.into_iter().partition(matches)
    }
}

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, rest @ ..] = &self.errors[..] else {
            return f.write_str("the task group was cancelled");
        };
        let (group, one, many) = match self.whose {
            Whose::Group => ("group", "a task", "tasks"),
            Whose::Scope => ("scope", "a child", "children"),
        };
        let body = if self.of_body { "the body" } else { "" };
        let and = if self.of_body { " and " } else { "" };
        match self.errors.len() - usize::from(self.of_body) {
            0 => write!(f, "{body}")?,
            1 => write!(f, "{body}{and}{one}")?,
            number => write!(f, "{body}{and}{number} {many}")?,
        }
        write!(f, " of the {group} failed: {first}")?;
        rest.iter().try_for_each(|error| write!(f, "; {error}"))
    }
}

impl<E: fmt::Debug> fmt::Debug for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupError")
            .field("errors", &self.errors)
            .finish()
    }
}

impl<E: fmt::Display + fmt::Debug> Error for GroupError<E> {}

/// The group takes no new tasks: it is on its way out, or has ended. asyncio's `RuntimeError` of
/// `TaskGroup.create_task`.
///
/// `Display` says why, and what to do.
///
/// ```
/// use oneloop::TaskGroup;
/// oneloop::run(async {
///     let group = TaskGroup::<String>::scope(async |group| Ok(group.clone())).await.unwrap();
///     let refused = group.try_create_task(async { Ok(()) }).unwrap_err();
///     assert!(refused.to_string().contains("has ended"));
/// });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupClosed {
    pub(super) why: Why,
}

/// Why a group takes no new tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    MemberFailed,
    BodyFailed,
    /// By its own `cancel`.
    Cancelled,
    /// Whoever awaits it was asked to end.
    AwaiterCancelled,
    /// All of it is over.
    Ended,
}

impl fmt::Display for GroupClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let because = match self.why {
            Why::MemberFailed => "a task of it failed",
            Why::BodyFailed => "its body failed",
            Why::Cancelled => "its `cancel` was called",
            Why::AwaiterCancelled => "whoever awaits it was cancelled",
            Why::Ended => {
                return f.write_str(
                    "the task group has ended: make its tasks while its `scope` runs, and others \
                     with `oneloop::create_task`",
                );
            }
        };
        write!(
            f,
            "the task group is shutting down, because {because}: clean up with plain awaits, or in \
             a task of `oneloop::create_task`, which the group does not cancel",
        )
    }
}

impl Error for GroupClosed {}
