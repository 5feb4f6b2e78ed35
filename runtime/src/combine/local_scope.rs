//! [`local_scope`]: children that borrow from outside.
//!
//! Who uses it: programs whose concurrent parts share what is on the stack. Read next: `fan.rs`.
//!
//! The children live in the scope's own future and are polled by the task that awaits it: they are
//! no tasks, so they need not be `'static`. They come one by one: a newcomer waits in a list until
//! the scope's next poll takes it in.
//!
//! A child that fails stays for one more turn among those that were woken, and asks the others by that.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use super::children::{ChildEnd, Children};
use super::group_error::{GroupError, Whose};
use crate::cancel::{Catch, Visit, catch_in};
use crate::quietly::Payload;
use crate::task::scope::Construct;

/// Runs `body`, which may start children that borrow from outside, and waits until it and all
/// children have ended. trio's nursery, without tasks.
///
/// The first error of any of them asks the others to end, and is given with those that follow. As in a
/// [`TaskGroup`](crate::TaskGroup), the errors and values that are due in the same batch as a child's
/// failure all count: the others are asked in the next one. An error of the body asks at once.
///
/// # Errors
/// [`GroupError`] with every error, if the body or a child failed.
///
/// # Panics
/// When a child panics, with its panic, once all have ended.
///
/// Cancel safety: cancelling whoever awaits it cancels the body and the children, and waits for
/// them. Foreign code that drops it (not a request) drops them where they wait.
///
/// ```
/// oneloop::run(async {
///     let words = vec!["a", "bc"];
///     let total = std::cell::Cell::new(0);
///     oneloop::local_scope(async |scope| {
///         for word in &words {
///             scope.spawn(async {
///                 oneloop::yield_now().await;
///                 total.set(total.get() + word.len());
///                 Ok::<(), String>(())
///             });
///         }
///         Ok(())
///     })
///     .await
///     .unwrap();
///     assert_eq!(total.get(), 3);
/// });
/// ```
pub async fn local_scope<'env, T, E: 'env>(
    body: impl AsyncFnOnce(&LocalScope<'env, E>) -> Result<T, E>,
) -> Result<T, GroupError<E>> {
    let scope = LocalScope(Rc::new(Shared {
        newcomers: RefCell::default(),
        closed: Cell::new(false),
        waker: Cell::default(),
    }));
    let _close = CloseOnDrop(&scope.0);
    let mut body = pin!(catch_in(Construct::Body, body(&scope)));
    let mut value = None;
    let mut errors = Vec::new();
    let mut of_body = false;
    let mut children = Children::new(Construct::LocalScope, 1);
    let mut slots: Vec<Slot<'env, E>> = vec![Slot::Ended];
    let mut free = Vec::new();
    poll_fn(|context| {
        loop {
            let all_ended = children.poll_woken(context, |child, context| {
                let index = child.index();
                match child.visit {
                    Visit::Poll | Visit::Settle => {}
                    Visit::Drop => return Poll::Pending, // The others are asked, in a batch of their own.
                    Visit::Abandon => {
                        if index == 0 {
                            body.as_mut().abandon();
                        }
                        return Poll::Ready(ChildEnd::Value);
                    }
                }
                if index > 0 {
                    let end = ready!(slots[index].poll(context, &mut errors));
                    free.push(index);
                    return Poll::Ready(end);
                }
                Poll::Ready(match ready!(body.as_mut().poll(context)) {
                    Ok(Ok(returned)) => {
                        value = Some(returned);
                        ChildEnd::Value
                    }
                    Ok(Err(error)) => {
                        of_body = true;
                        errors.push(error);
                        ChildEnd::Decides
                    }
                    Err(cancelled) => ChildEnd::Cancelled(Box::new(cancelled)),
                })
            });
            scope.0.waker.set(Some(context.waker().clone()));
            let newcomers = scope.0.newcomers.take();
            if newcomers.is_empty() {
                return match all_ended {
                    true => children.conclude().map(drop),
                    false => Poll::Pending,
                };
            }
            for newcomer in newcomers {
                let index = children.add(free.pop());
                let child = Slot::Running(Box::pin(catch_in(Construct::Child, newcomer)));
                match slots.get_mut(index) {
                    Some(slot) => *slot = child,
                    None => slots.push(child),
                }
            }
        }
    })
    .await;
    match value {
        Some(value) if errors.is_empty() => Ok(value),
        _ => Err(GroupError {
            errors,
            of_body,
            whose: Whose::Scope,
        }),
    }
}

/// One child.
enum Slot<'env, E> {
    Running(Child<'env, E>),
    /// It has failed, perhaps by a panic, and the others are not asked for that yet.
    Failed(Option<Payload>),
    Ended,
}

impl<E> Slot<'_, E> {
    /// Polls the child. A failure is noted at once and told in the next poll, which the child is woken
    /// for: all that are due with it come first.
    fn poll(&mut self, context: &mut Context<'_>, errors: &mut Vec<E>) -> Poll<ChildEnd> {
        let panic = match self {
            Slot::Running(child) => {
                match catch_unwind(AssertUnwindSafe(|| child.as_mut().poll(context))) {
                    Ok(Poll::Pending) => return Poll::Pending,
                    Ok(Poll::Ready(Ok(Err(error)))) => {
                        errors.push(error);
                        None
                    }
                    Ok(Poll::Ready(output)) => {
                        *self = Slot::Ended;
                        return Poll::Ready(match output {
                            Ok(_) => ChildEnd::Value,
                            Err(cancelled) => ChildEnd::Cancelled(Box::new(cancelled)),
                        });
                    }
                    Err(payload) => {
                        child.as_mut().abandon();
                        Some(payload)
                    }
                }
            }
            Slot::Failed(panic) => {
                let panic = panic.take();
                *self = Slot::Ended;
                if let Some(payload) = panic {
                    resume_unwind(payload);
                }
                return Poll::Ready(ChildEnd::Decides);
            }
            Slot::Ended => return Poll::Ready(ChildEnd::Value),
        };
        *self = Slot::Failed(panic);
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

type Child<'env, E> = Pin<Box<Catch<Boxed<'env, E>>>>;
type Boxed<'env, E> = Pin<Box<dyn Future<Output = Result<(), E>> + 'env>>;

/// Where children are started. See [`local_scope`].
///
/// ```
/// use oneloop::combine::LocalScope;
/// async fn both<'env>(scope: &LocalScope<'env, String>) -> Result<(), String> {
///     scope.spawn(async { Ok(()) });
///     scope.spawn(async { Ok(()) });
///     Ok(())
/// }
/// oneloop::run(async { oneloop::local_scope(both).await.unwrap() });
/// ```
pub struct LocalScope<'env, E>(Rc<Shared<'env, E>>);

struct Shared<'env, E> {
    newcomers: RefCell<Vec<Boxed<'env, E>>>,
    closed: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl<'env, E> LocalScope<'env, E> {
    /// Starts a child, which runs as soon as those that are running are suspended. A scope that has
    /// ended drops it unpolled.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let seen = std::cell::Cell::new(false);
    ///     oneloop::local_scope(async |scope| {
    ///         scope.spawn(async { Ok::<(), String>(seen.set(true)) });
    ///         Ok(())
    ///     })
    ///     .await
    ///     .unwrap();
    ///     assert!(seen.get());
    /// });
    /// ```
    pub fn spawn(&self, child: impl Future<Output = Result<(), E>> + 'env) {
        if self.0.closed.get() {
            return;
        }
        self.0.newcomers.borrow_mut().push(Box::pin(child));
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }
}

/// Ends the scope, and with it the circle of a child that holds a clone of it.
struct CloseOnDrop<'a, 'env, E>(&'a Shared<'env, E>);

impl<E> Drop for CloseOnDrop<'_, '_, E> {
    fn drop(&mut self) {
        self.0.closed.set(true);
        let newcomers = self.0.newcomers.take();
        drop(newcomers);
    }
}

impl<E> Clone for LocalScope<'_, E> {
    fn clone(&self) -> Self {
        LocalScope(self.0.clone())
    }
}

impl<E> fmt::Debug for LocalScope<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalScope")
            .field("newcomers", &self.0.newcomers.borrow().len())
            .finish()
    }
}
