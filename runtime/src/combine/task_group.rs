//! [`TaskGroup`]: tasks that end together.
//!
//! Who uses it: programs whose tasks succeed or fail as one. Read next: `group_error.rs`.
//!
//! Each member is a task whose future is wrapped: the wrapper keeps an error or a panic for the
//! group, asks the others to end, and says when it is gone. The group's own future is the body,
//! with a stop of its own, and then a wait for all members.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::rc::Rc;
use std::task::{Poll, Waker};

use slab::Slab;

use super::group_error::{GroupClosed, GroupError};
use super::group_member::Member;
use crate::cancel::{Cancelled, Ended, Until, forwarding};
use crate::quietly::{Payload, keep_first};
use crate::task::Task;
use crate::task::raw::TaskRef;

/// Tasks that end together: asyncio's `TaskGroup`.
///
/// [`scope`](TaskGroup::scope) runs a body that makes tasks in the group, and comes back when the
/// body and all of them have ended. The first error of any of them asks all the others, and the
/// body, to end; they are waited for, and every error is given: those of the tasks in the order in
/// which they came, then that of the body, as in asyncio.
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
///         let _ = group.create_task(async { Err::<(), _>("no disk".to_string()) });
///         never.await.ok();
///         Ok(())
///     });
///     assert_eq!(failed.await.unwrap_err().errors(), ["no disk".to_string()]);
/// });
/// ```
pub struct TaskGroup<E>(Rc<Group<E>>);

pub(super) struct Group<E> {
    members: RefCell<Slab<Option<TaskRef>>>,
    errors: RefCell<Vec<E>>,
    panic: RefCell<Option<Payload>>,
    phase: Cell<Phase>,
    /// The body is to be asked to end.
    stop: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Open,
    /// All are asked to end; no new member starts.
    Aborting,
    Closed,
}

impl<E> TaskGroup<E> {
    /// Runs `body` with a new group, and waits until it and all tasks of the group have ended.
    ///
    /// # Errors
    /// [`GroupError`] with every error, if the body or a task failed; without any, if the group was
    /// [cancelled](TaskGroup::cancel) before the body returned a value. A request from outside then
    /// waits for the next suspension; without errors it goes on at once.
    ///
    /// # Panics
    /// When a task of the group panics, with its panic, once all have ended.
    ///
    /// Cancel safety: cancelling whoever awaits it cancels the body and all tasks, and waits for
    /// them. Foreign code that drops it (not a request) drops the body and asks the tasks to end.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     let done = std::rc::Rc::new(std::cell::Cell::new(false));
    ///     let seen = done.clone();
    ///     TaskGroup::<String>::scope(async |group| {
    ///         drop(group.create_task(async move {
    ///             oneloop::yield_now().await;
    ///             done.set(true);
    ///             Ok(())
    ///         }));
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
        let group = TaskGroup(Rc::new(Group {
            members: RefCell::default(),
            errors: RefCell::default(),
            panic: RefCell::default(),
            phase: Cell::new(Phase::Open),
            stop: Cell::new(false),
            waker: Cell::default(),
        }));
        let _end = CloseOnDrop(&group.0);
        let mut value = None;
        let mut failed = None;
        let mut caught: Option<Cancelled> = None;
        match Until::new(body(&group), group.0.stopped()).await {
            Ended::Done(Ok(returned)) => value = Some(returned),
            Ended::Done(Err(error)) => {
                failed = Some(error);
                group.0.abort();
            }
            Ended::Stopped(()) => {}
            Ended::Cancelled(cancelled) => {
                caught = Some(cancelled);
                group.0.abort();
            }
        }
        let asked = group.0.clone();
        let ((), later) = forwarding(group.0.emptied(), move |_| asked.ask_all()).await;
        group.0.phase.set(Phase::Closed);
        let panic = group.0.panic.take();
        if let Some(payload) = panic {
            drop((caught, later));
            resume_unwind(payload);
        }
        let mut errors = group.0.errors.take();
        errors.extend(failed);
        if errors.is_empty()
            && let Some(cancelled) = caught.or(later)
        {
            cancelled.resume().await;
        }
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            _ => Err(GroupError { errors }),
        }
    }

    /// Makes a task in the group. An error of it ends the group; the task itself then counts as
    /// cancelled, since the error belongs to the group.
    ///
    /// In a group that is on its way out, or has ended, the task never starts and ends cancelled.
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
        let open = self.0.phase.get() == Phase::Open;
        let task = self.0.clone().add(future);
        if !open {
            task.cancel();
        }
        task
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
        match self.0.phase.get() {
            Phase::Open => Ok(self.0.clone().add(future)),
            Phase::Aborting => Err(GroupClosed { ended: false }),
            Phase::Closed => Err(GroupClosed { ended: true }),
        }
    }

    /// Ends the group early: its tasks and its body are asked to end, which is no error.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     let result = TaskGroup::<String>::scope(async |group| {
    ///         drop(group.create_task(std::future::pending::<Result<(), _>>()));
    ///         group.cancel();
    ///         Ok("ended early")
    ///     });
    ///     assert_eq!(result.await.unwrap(), "ended early");
    /// });
    /// ```
    pub fn cancel(&self) {
        if self.0.phase.get() == Phase::Open {
            self.0.stop_body();
            self.0.abort();
        }
    }

    /// Returns how many tasks of the group have not ended.
    ///
    /// ```
    /// use oneloop::TaskGroup;
    /// oneloop::run(async {
    ///     TaskGroup::<String>::scope(async |group| {
    ///         drop(group.create_task(async { Ok(()) }));
    ///         assert_eq!(group.len(), 1);
    ///         Ok(())
    ///     })
    ///     .await
    ///     .unwrap();
    /// });
    /// ```
    pub fn len(&self) -> usize {
        self.0.members.borrow().len()
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

impl<E> Group<E> {
    #[track_caller]
    fn add<T: 'static>(
        self: Rc<Self>,
        future: impl Future<Output = Result<T, E>> + 'static,
    ) -> Task<T>
    where
        E: 'static,
    {
        let number = self.members.borrow_mut().insert(None);
        let member = Member::new(future, self.clone(), number);
        let task = crate::create_task(member);
        if let Some(place) = self.members.borrow_mut().get_mut(number) {
            *place = Some(task.task_ref());
        }
        task
    }

    pub(super) fn fail(&self, error: E) {
        self.errors.borrow_mut().push(error);
        self.fall();
    }

    pub(super) fn panicked(&self, payload: Payload) {
        keep_first(&self.panic, payload);
        self.fall();
    }

    /// A member's future is gone.
    pub(super) fn forget_member(&self, number: usize) {
        let member = self.members.borrow_mut().try_remove(number);
        drop(member);
        if self.members.borrow().is_empty() {
            self.wake();
        }
    }

    /// A member or the body failed: everybody is asked to end, once.
    fn fall(&self) {
        if self.phase.get() == Phase::Open {
            self.abort();
            self.stop_body();
        }
    }

    fn stop_body(&self) {
        self.stop.set(true);
        self.wake();
    }

    fn abort(&self) {
        if self.phase.get() == Phase::Open {
            self.phase.set(Phase::Aborting);
            self.ask_all();
        }
    }

    /// Asks all members to end, those that clean up already too.
    fn ask_all(&self) {
        if self.phase.get() == Phase::Open {
            self.phase.set(Phase::Aborting);
        }
        let members: Vec<TaskRef> = self
            .members
            .borrow()
            .iter()
            .filter_map(|(_, member)| member.clone())
            .collect();
        for member in members {
            member.cancel();
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Done when the body is to be asked to end.
    fn stopped(&self) -> impl Future<Output = ()> {
        poll_fn(|context| match self.stop.get() {
            true => Poll::Ready(()),
            false => {
                self.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
    }

    /// Done when no member is left.
    fn emptied(&self) -> impl Future<Output = ()> {
        poll_fn(|context| match self.members.borrow().is_empty() {
            true => Poll::Ready(()),
            false => {
                self.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
    }
}

/// Ends the group with its scope, whoever dropped that.
struct CloseOnDrop<'a, E>(&'a Group<E>);

impl<E> Drop for CloseOnDrop<'_, E> {
    fn drop(&mut self) {
        if self.0.phase.get() != Phase::Closed {
            self.0.ask_all();
            self.0.phase.set(Phase::Closed);
        }
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
            .field("phase", &self.0.phase.get())
            .finish()
    }
}
