//! [`Context`]: the values of all variables, for whoever runs in it. Next: `variable.rs`.

use super::follow::{self, Following};
use super::map::Map;
use crate::context::{replace_variables, with_variables};
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// A value that may go to other threads, and one that stays.
pub(super) type Shared = Arc<dyn Any + Send + Sync>;
pub(super) type Local = Rc<dyn Any>;

/// All values, as they were when this was taken.
#[derive(Clone, Default)]
pub(super) struct Values {
    pub(super) shared: Map<Shared>,
    pub(super) local: Map<Local>,
}

impl Values {
    fn is_empty(&self) -> bool {
        self.shared.is_empty() && self.local.is_empty()
    }

    /// Those that hold here; `None` if there are none.
    pub(super) fn here() -> Option<Values> {
        let values = with_variables(|context| context.map(|context| context.0.borrow().clone()));
        values.filter(|values| !values.is_empty())
    }
}

/// What the variables hold for whoever runs in it: Python's `contextvars.Context`.
///
/// Each task has one of its own, and so has the thread outside of tasks. A clone is the same context
/// once more, in which a change is seen by all who run in it; [`copy`](Context::copy) makes another one.
///
/// ```
/// use oneloop::contextvars::{Context, ContextVar, copy_context};
/// static USER: ContextVar<&str> = ContextVar::with_default("user", || "nobody");
///
/// USER.set("outside");
/// let context: Context = copy_context();
/// context.run(|| USER.set("inside"));
/// assert_eq!(USER.get(), "outside");
/// assert_eq!(context.run(|| USER.get()), "inside");
/// ```
#[derive(Clone, Default)]
pub struct Context(Rc<RefCell<Values>>);

impl Context {
    /// Makes a context in which nothing is set.
    ///
    /// ```
    /// use oneloop::contextvars::{Context, ContextVar};
    /// static USER: ContextVar<&str> = ContextVar::new("user");
    /// USER.set("outside");
    /// assert_eq!(Context::new().run(|| USER.try_get()), None);
    /// ```
    pub fn new() -> Context {
        Context::default()
    }

    pub(super) fn of(values: Values) -> Context {
        Context(Rc::new(RefCell::new(values)))
    }

    /// Calls `body` in this context: what it sets is kept here, and what it starts copies it.
    ///
    /// `body` is a plain function; for a future there is
    /// [`task::Builder::context`](crate::task::Builder::context). Python refuses to enter a context
    /// that is entered already; here that does no harm.
    ///
    /// ```
    /// use oneloop::contextvars::{Context, ContextVar};
    /// static STEPS: ContextVar<u32> = ContextVar::with_default("steps", || 0);
    /// let context = Context::new();
    /// for _ in 0..3 {
    ///     context.run(|| STEPS.set(STEPS.get() + 1));
    /// }
    /// assert_eq!((context.run(|| STEPS.get()), STEPS.get()), (3, 0));
    /// ```
    pub fn run<R>(&self, body: impl FnOnce() -> R) -> R {
        struct Leave(Option<Context>);
        impl Drop for Leave {
            fn drop(&mut self) {
                follow::flush();
                drop(replace_variables(self.0.take()));
            }
        }
        let _following = Following::begin();
        follow::flush();
        let _leave = Leave(replace_variables(Some(self.clone())));
        body()
    }

    /// Makes another context that holds what this one holds now: Python's `Context.copy`.
    ///
    /// ```
    /// use oneloop::contextvars::{Context, ContextVar};
    /// static STEPS: ContextVar<u32> = ContextVar::with_default("steps", || 0);
    /// let first = Context::new();
    /// let second = first.copy();
    /// second.run(|| STEPS.set(1));
    /// assert_eq!((first.run(|| STEPS.get()), second.run(|| STEPS.get())), (0, 1));
    /// ```
    pub fn copy(&self) -> Context {
        Context::of(self.values())
    }

    pub(super) fn values(&self) -> Values {
        self.0.borrow().clone()
    }

    /// Looks at a value, or changes one. No user code may run in `look`.
    pub(super) fn with<R>(&self, look: impl FnOnce(&mut Values) -> R) -> R {
        look(&mut self.0.borrow_mut())
    }

    /// The present context, which is made if nothing was set here yet.
    pub(super) fn current() -> Context {
        let known = with_variables(|context| context.cloned());
        known.unwrap_or_else(|| {
            let context = Context::new();
            replace_variables(Some(context.clone()));
            context
        })
    }

    /// Who it is, for a token.
    pub(super) fn downgrade(&self) -> Weak<RefCell<Values>> {
        Rc::downgrade(&self.0)
    }

    pub(super) fn is(&self, other: &Weak<RefCell<Values>>) -> bool {
        std::ptr::eq(Rc::as_ptr(&self.0), other.as_ptr())
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// Copies the context that holds here: of the task that runs, or of the thread outside of tasks.
/// Python's `contextvars.copy_context`.
///
/// ```
/// use oneloop::contextvars::{ContextVar, copy_context};
/// static USER: ContextVar<&str> = ContextVar::new("user");
/// oneloop::run(async {
///     USER.set("Ada");
///     let before = copy_context();
///     USER.set("Grace");
///     assert_eq!(before.run(|| USER.get()), "Ada");
/// });
/// ```
pub fn copy_context() -> Context {
    Context::of(Values::here().unwrap_or_default())
}

/// A context to be, for a function that is called later on this thread.
pub(crate) struct Snapshot(Option<Values>);

impl Snapshot {
    pub(crate) fn take() -> Snapshot {
        Snapshot(Values::here())
    }

    pub(crate) fn run<R>(self, body: impl FnOnce() -> R) -> R {
        match (self.0, Following::is_on()) {
            (None, false) => body(),
            (values, _) => Context::of(values.unwrap_or_default()).run(body),
        }
    }
}

/// The part of a context that goes to another thread.
pub(crate) struct Carried(Option<Map<Shared>>);

impl Carried {
    pub(crate) fn take() -> Carried {
        let shared = Values::here().map(|values| values.shared);
        Carried(shared.filter(|shared| !shared.is_empty()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn run<R>(self, body: impl FnOnce() -> R) -> R {
        let Some(shared) = self.0 else {
            return body();
        };
        let local = Map::default();
        Context::of(Values { shared, local }).run(body)
    }
}
