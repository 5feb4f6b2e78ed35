//! [`LocalVar`]: a value of the task's, that stays on its thread. Next: `map.rs`.

use super::context::Local;
use super::token::{self, Number, Token};
use std::fmt;
use std::rc::Rc;

/// A [`ContextVar`](super::ContextVar) whose values need not be `Send`: an `Rc`, say. Tasks and
/// callbacks inherit it in the same way; [`to_thread`](crate::to_thread) and other threads do not get it.
/// Python has no such thing.
///
/// It is made once, as a `static`: its values live as long as the contexts that hold them.
///
/// ```
/// use oneloop::contextvars::LocalVar;
/// use std::{cell::RefCell, rc::Rc};
/// static LOG: LocalVar<Rc<RefCell<Vec<&str>>>> = LocalVar::with_default("log", Rc::default);
/// oneloop::run(async {
///     LOG.set(Rc::default());
///     oneloop::create_task(async { LOG.get().borrow_mut().push("from a task") }).await.unwrap();
///     assert_eq!(*LOG.get().borrow(), ["from a task"]);
///     let there = oneloop::to_thread(|| LOG.get().borrow().len());
///     assert_eq!(there.await.unwrap(), 0);
/// });
/// ```
pub struct LocalVar<T> {
    name: &'static str,
    default: Option<fn() -> T>,
    number: Number,
}

impl<T> LocalVar<T> {
    /// Makes a variable that holds nothing until it is set.
    ///
    /// ```
    /// use oneloop::contextvars::LocalVar;
    /// static USER: LocalVar<&str> = LocalVar::new("user");
    /// assert_eq!((USER.name(), USER.try_get()), ("user", None));
    /// ```
    pub const fn new(name: &'static str) -> LocalVar<T> {
        LocalVar {
            name,
            default: None,
            number: Number::new(),
        }
    }

    /// Makes a variable that holds what `default` gives, called each time, until it is set.
    ///
    /// ```
    /// use oneloop::contextvars::LocalVar;
    /// static USER: LocalVar<String> = LocalVar::with_default("user", || "nobody".to_string());
    /// assert_eq!(USER.get(), "nobody");
    /// ```
    pub const fn with_default(name: &'static str, default: fn() -> T) -> LocalVar<T> {
        LocalVar {
            name,
            default: Some(default),
            number: Number::new(),
        }
    }

    /// Returns the name that it was given, for messages.
    ///
    /// ```
    /// use oneloop::contextvars::LocalVar;
    /// assert_eq!(LocalVar::<u32>::new("depth").name(), "depth");
    /// ```
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<T: Clone + 'static> LocalVar<T> {
    /// Returns a clone of what it holds here.
    ///
    /// # Panics
    /// When it was not set and has no default: Python's `LookupError`. See
    /// [`try_get`](LocalVar::try_get).
    ///
    /// ```
    /// use oneloop::contextvars::LocalVar;
    /// static DEPTH: LocalVar<u32> = LocalVar::new("depth");
    /// DEPTH.set(3);
    /// assert_eq!(DEPTH.get(), 3);
    /// ```
    #[track_caller]
    pub fn get(&self) -> T {
        token::expect_set(self.try_get(), self.name)
    }

    /// Returns a clone of what it holds here, or its default; `None` if it has neither.
    ///
    /// ```
    /// use oneloop::contextvars::LocalVar;
    /// static DEPTH: LocalVar<u32> = LocalVar::new("depth");
    /// assert_eq!(DEPTH.try_get().unwrap_or(7), 7);
    /// ```
    pub fn try_get(&self) -> Option<T> {
        let held = token::get::<Local, T>(&self.number);
        held.or_else(|| self.default.map(|default| default()))
    }

    /// Lets it hold `value` from here on: for the task that runs and for what it starts after this.
    /// Returns a token, to put back what it held.
    ///
    /// ```
    /// use oneloop::contextvars::LocalVar;
    /// static DEPTH: LocalVar<u32> = LocalVar::with_default("depth", || 0);
    /// oneloop::run(async {
    ///     let before = oneloop::create_task(async { DEPTH.get() });
    ///     DEPTH.set(1);
    ///     let after = oneloop::create_task(async { DEPTH.get() });
    ///     assert_eq!((before.await.unwrap(), after.await.unwrap()), (0, 1));
    /// });
    /// ```
    pub fn set(&self, value: T) -> Token<T> {
        let value: Local = Rc::new(value);
        token::set(&self.number, value)
    }

    /// Puts back what it held before the [`set`](LocalVar::set) that gave this token.
    ///
    /// # Panics
    /// When the token is another variable's, or was made in another context, as that of another task:
    /// Python's `ValueError`. That a token can be used only once is seen to by the compiler.
    ///
    /// ```
    /// use oneloop::contextvars::LocalVar;
    /// static DEPTH: LocalVar<u32> = LocalVar::new("depth");
    /// let token = DEPTH.set(1);
    /// DEPTH.reset(token);
    /// assert_eq!(DEPTH.try_get(), None);
    /// ```
    #[track_caller]
    pub fn reset(&self, token: Token<T>) {
        token::reset::<Local, T>(&self.number, self.name, token);
    }
}

impl<T> fmt::Debug for LocalVar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalVar")
            .field("name", &self.name)
            .finish()
    }
}
