//! [`TaskGroup`]: tasks that end together.
//!
//! Who uses it: programs whose tasks succeed or fail as one. Read next: `group.rs`.
//!
//! Each member is a task whose future is wrapped: the wrapper keeps an error or a panic for the
//! group, asks the others to end in the next batch, and says when it is gone. The group's own future is the body, with
//! a scope that is asked by whoever fails, and then a wait for all members.

use std::fmt;
use std::future::{Future, pending};
use std::rc::Rc;

use super::group::{CloseOnDrop, End, Group, Phase};
use super::group_error::{GroupClosed, GroupError, Whose, Why};
use crate::cancel::{Cancelled, forwarding_in};
use crate::debug::{Members, Noted, What};
use crate::task::scope::Construct;
use crate::task::{Builder, Task};

/// Tasks that end together: asyncio's `TaskGroup`.
///
/// [`scope`](TaskGroup::scope) runs a body that makes tasks in the group, and comes back when the
/// body and all of them have ended. The first error of any of them asks all the others, and the
/// body, to end; they are waited for, and every error is given: those of the tasks in the order in
/// which they came, then that of the body, as in asyncio. A body that awaits the failing task is ended
/// at that await, so what comes after it can count on the task's value.
///
/// A task's failure is noticed in one batch of ready tasks, and the others are asked in the next: the
/// errors and values that are due in the same batch all count, and a task that was made before begins.
/// An error of the body, and [`cancel`](TaskGroup::cancel), ask at once.
///
/// A clone is another handle of the same group; a task may make further tasks through one.
///
/// ```
/// use oneloop::TaskGroup;
/// oneloop::run(async {
///     let sum = TaskGroup::scope(async |group| {
///         let one = group.create_task(async { Ok(1) });
///         let two = group.create_task(async { Ok::<i32, String>(2) });
///         Ok(one.await.unwrap() + two.await.unwrap())
///     });
///     assert_eq!(sum.await.unwrap(), 3);
///
///     let failed = TaskGroup::scope(async |group| {
///         let never = group.create_task(std::future::pending::<Result<(), _>>());
///         group.spawn(async { Err::<(), _>("no disk".to_string()) });
///         never.await.ok();
///         Ok(())
///     });
///     assert_eq!(failed.await.unwrap_err().errors(), ["no disk".to_string()]);
/// });
/// ```
pub struct TaskGroup<E>(Rc<Group<E>>);

impl<E> TaskGroup<E> {
    /// Runs `body` with a new group, and waits until it and all tasks of the group have ended.
    ///
    /// # Errors
    /// [`GroupError`] with every error, if the body or a task failed; without any, if the group was
    /// [cancelled](TaskGroup::cancel) before the body returned a value. A request from outside then
    /// waits for the next suspension; without errors it goes on at once.
    ///
    /// # Panics
    /// When the body or a task of the group panics, with the first panic, once all have ended.
    ///
    /// Cancel safety: cancelling whoever awaits it cancels the body and all tasks, and waits for
    /// them. Each task is asked once: a request that comes when they have been asked already, by a failure
    /// or by an earlier request, leaves their clean-up alone and is for the scope's end, as in asyncio.
    /// Foreign code that drops it (not a request) drops the body and asks the tasks to end.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     let done = std::rc::Rc::new(std::cell::Cell::new(false));
    ///     let seen = done.clone();
    ///     TaskGroup::<String>::scope(async |group| {
    ///         group.spawn(async move {
    ///             oneloop::yield_now().await;
    ///             done.set(true);
    ///             Ok(())
    ///         });
    ///         Ok(())
    ///     })
    ///     .await
    ///     .unwrap();
    ///     assert!(seen.get(), "it was waited for");
    /// });
    /// ```
    pub async fn scope<T>(
        body: impl AsyncFnOnce(&TaskGroup<E>) -> Result<T, E>,
    ) -> Result<T, GroupError<E>>
    where
        E: 'static,
    {
        let group = TaskGroup(Rc::new(Group::new()));
        let _end = CloseOnDrop(&group.0);
        let shown: Rc<dyn Members> = group.0.clone();
        let _noted = Noted::new(What::Group(Rc::downgrade(&shown)));
        drop(shown);
        let mut value = None;
        let mut failed = None;
        let mut caught: Option<Cancelled> = None;
        match group.0.run_body(body(&group)).await {
            End::Returned(Ok(returned)) => value = Some(returned),
            End::Returned(Err(error)) => {
                failed = Some(error);
                group.0.abort(Why::BodyFailed);
            }
            End::Cancelled(cancelled) => {
                caught = Some(cancelled);
                group.0.abort(Why::AwaiterCancelled);
            }
            End::Stopped | End::Panicked => {}
        }
        let asked = group.0.clone();
        let ((), later) = forwarding_in(Construct::TaskGroup, group.0.emptied(), move |_| {
            asked.asked_from_outside()
        })
        .await;
        let mut errors = group.0.conclude();
        let of_body = failed.is_some();
        errors.extend(failed);
        // A request from outside goes on: at once, or at the next suspension if there are errors.
        let requests = [caught, later].into_iter().flatten();
        let requested = requests.map(Cancelled::go_on).count() > 0;
        if requested && errors.is_empty() {
            pending::<()>().await;
        }
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            _ => Err(GroupError {
                errors,
                of_body,
                whose: Whose::Group,
            }),
        }
    }

    /// Makes a task in the group. An error of it ends the group; the task itself then counts as cancelled,
    /// since the error belongs to the group.
    ///
    /// In a group that is on its way out, or has ended, the task never starts and ends cancelled; its
    /// [`JoinError`](crate::JoinError) says why, as [`try_create_task`](TaskGroup::try_create_task)
    /// does at once.
    ///
    /// # Panics
    /// When no loop is running on this thread.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     let result = TaskGroup::<String>::scope(async |group| {
    ///         let task = group.create_task(async { Ok("a value") });
    ///         Ok(task.await.unwrap())
    ///     });
    ///     assert_eq!(result.await.unwrap(), "a value");
    /// });
    /// ```
    #[track_caller]
    pub fn create_task<T: 'static>(
        &self,
        future: impl Future<Output = Result<T, E>> + 'static,
    ) -> Task<T>
    where
        E: 'static,
    {
        let (member, number) = self.0.admit(future);
        self.admitted(number, crate::create_task(member))
    }

    /// As [`create_task`](TaskGroup::create_task), of a task with a name, or in a context of its own:
    /// asyncio's `tg.create_task(coro, name=…, context=…)`.
    ///
    /// # Panics
    /// When no loop is running on this thread.
    ///
    /// ```
    /// use oneloop::{TaskGroup, task::Builder};
    /// oneloop::run(async {
    ///     let result = TaskGroup::<String>::scope(async |group| {
    ///         let builder = Builder::new().name("reader");
    ///         let task = group.create_task_with(builder, async { Ok(1) });
    ///         assert_eq!(task.name(), "reader");
    ///         Ok(task.await.unwrap())
    ///     });
    ///     assert_eq!(result.await.unwrap(), 1);
    /// });
    /// ```
    #[track_caller]
    pub fn create_task_with<T: 'static>(
        &self,
        builder: Builder,
        future: impl Future<Output = Result<T, E>> + 'static,
    ) -> Task<T>
    where
        E: 'static,
    {
        let (member, number) = self.0.admit(future);
        self.admitted(number, builder.create_task(member))
    }

    /// The task of a member, which a group that takes none asks to end.
    fn admitted<T>(&self, number: usize, task: Task<T>) -> Task<T> {
        let task = self.0.admitted(number, task);
        if let Phase::Closed(why) = self.0.phase() {
            task.cancel_with(&GroupClosed { why }.to_string());
        }
        task
    }

    /// As [`create_task`](TaskGroup::create_task), for a task that nobody else awaits: the group does, and
    /// has its error. asyncio's `tg.create_task(…)` whose result is not kept.
    ///
    /// # Panics
    /// When no loop is running on this thread.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     let failed = TaskGroup::scope(async |group| {
    ///         for part in ["1", "two", "3"] {
    ///             group.spawn(async move { part.parse::<u32>() });
    ///         }
    ///         Ok(())
    ///     });
    ///     assert_eq!(failed.await.unwrap_err().errors().len(), 1);
    /// });
    /// ```
    #[track_caller]
    pub fn spawn<T: 'static>(&self, future: impl Future<Output = Result<T, E>> + 'static)
    where
        E: 'static,
    {
        drop(self.create_task(future));
    }

    /// As [`create_task`](TaskGroup::create_task), with an error where the group takes none.
    ///
    /// # Errors
    /// When the group is on its way out, or has ended; the future is dropped unpolled.
    ///
    /// # Panics
    /// When no loop is running on this thread.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     let result = TaskGroup::<String>::scope(async |group| {
    ///         let task = group.try_create_task(async { Ok(1) }).unwrap();
    ///         Ok(task.await.unwrap())
    ///     });
    ///     assert_eq!(result.await.unwrap(), 1);
    /// });
    /// ```
    #[track_caller]
    pub fn try_create_task<T: 'static>(
        &self,
        future: impl Future<Output = Result<T, E>> + 'static,
    ) -> Result<Task<T>, GroupClosed>
    where
        E: 'static,
    {
        match self.0.phase() {
            Phase::Open => Ok(self.create_task(future)),
            Phase::Closed(why) => Err(GroupClosed { why }),
        }
    }

    /// Ends the group early: its tasks and its body are asked to end, which is no error.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     let result = TaskGroup::<String>::scope(async |group| {
    ///         group.spawn(std::future::pending::<Result<(), _>>());
    ///         group.cancel();
    ///         Ok("ended early")
    ///     });
    ///     assert_eq!(result.await.unwrap(), "ended early");
    /// });
    /// ```
    pub fn cancel(&self) {
        self.0.fall(Why::Cancelled);
    }

    /// Returns how many tasks of the group have not ended.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     TaskGroup::<String>::scope(async |group| {
    ///         group.spawn(async { Ok(()) });
    ///         assert_eq!(group.len(), 1);
    ///         Ok(())
    ///     })
    ///     .await
    ///     .unwrap();
    /// });
    /// ```
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether all tasks of the group have ended.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     let empty = TaskGroup::<String>::scope(async |group| Ok(group.is_empty()));
    ///     assert!(empty.await.unwrap());
    /// });
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<E> Clone for TaskGroup<E> {
    fn clone(&self) -> TaskGroup<E> {
        TaskGroup(self.0.clone())
    }
}

impl<E> fmt::Debug for TaskGroup<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup")
            .field("tasks", &self.len())
            .field("phase", &self.0.phase())
            .finish()
    }
}
