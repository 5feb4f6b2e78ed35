//! [`ContextVar`]: a value of the task's, that goes to threads, too. Next: `token.rs`.

use super::context::Shared;
use super::token::{self, Number, Token};
use std::fmt;
use std::sync::Arc;

/// A variable whose value depends on who asks: Python's `contextvars.ContextVar`. Tasks and callbacks
/// start with a copy of what held where they were made, and so do functions on threads
/// ([`to_thread`](crate::to_thread)); so its values are `Send + Sync`. [`LocalVar`](super::LocalVar) is for
/// others.
///
/// It is made once, as a `static`: its values live as long as the contexts that hold them.
///
/// ```
/// use oneloop::contextvars::ContextVar;
/// static USER: ContextVar<String> = ContextVar::new("user");
/// oneloop::run(async {
///     USER.set("Ada".to_string());
///     let task = oneloop::create_task(async { USER.get() });
///     assert_eq!(task.await.unwrap(), "Ada");
///     assert_eq!(oneloop::to_thread(|| USER.get()).await.unwrap(), "Ada");
/// });
/// ```
pub struct ContextVar<T> {
    name: &'static str,
    default: Option<fn() -> T>,
    number: Number,
}

impl<T> ContextVar<T> {
    /// Makes a variable that holds nothing until it is set.
    ///
    /// ```
    /// use oneloop::contextvars::ContextVar;
    /// static USER: ContextVar<&str> = ContextVar::new("user");
    /// assert_eq!((USER.name(), USER.try_get()), ("user", None));
    /// ```
    pub const fn new(name: &'static str) -> ContextVar<T> {
        ContextVar {
            name,
            default: None,
            number: Number::new(),
        }
    }

    /// Makes a variable that holds what `default` gives, called each time, until it is set.
    ///
    /// ```
    /// use oneloop::contextvars::ContextVar;
    /// static USER: ContextVar<String> = ContextVar::with_default("user", || "nobody".to_string());
    /// assert_eq!(USER.get(), "nobody");
    /// ```
    pub const fn with_default(name: &'static str, default: fn() -> T) -> ContextVar<T> {
        ContextVar {
            name,
            default: Some(default),
            number: Number::new(),
        }
    }

    /// Returns the name that it was given, for messages.
    ///
    /// ```
    /// use oneloop::contextvars::ContextVar;
    /// assert_eq!(ContextVar::<u32>::new("depth").name(), "depth");
    /// ```
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<T: Clone + Send + Sync + 'static> ContextVar<T> {
    /// Returns a clone of what it holds here.
    ///
    /// # Panics
    /// When it was not set and has no default: Python's `LookupError`. See
    /// [`try_get`](ContextVar::try_get).
    ///
    /// ```
    /// use oneloop::contextvars::ContextVar;
    /// static DEPTH: ContextVar<u32> = ContextVar::new("depth");
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
    /// use oneloop::contextvars::ContextVar;
    /// static DEPTH: ContextVar<u32> = ContextVar::new("depth");
    /// assert_eq!(DEPTH.try_get().unwrap_or(7), 7);
    /// ```
    pub fn try_get(&self) -> Option<T> {
        let held = token::get::<Shared, T>(&self.number);
        held.or_else(|| self.default.map(|default| default()))
    }

    /// Lets it hold `value` from here on: for the task that runs and for what it starts after this.
    /// Returns a token, to put back what it held.
    ///
    /// ```
    /// use oneloop::contextvars::ContextVar;
    /// static DEPTH: ContextVar<u32> = ContextVar::with_default("depth", || 0);
    /// oneloop::run(async {
    ///     let before = oneloop::create_task(async { DEPTH.get() });
    ///     DEPTH.set(1);
    ///     let after = oneloop::create_task(async { DEPTH.get() });
    ///     assert_eq!((before.await.unwrap(), after.await.unwrap()), (0, 1));
    /// });
    /// ```
    pub fn set(&self, value: T) -> Token<T> {
        let value: Shared = Arc::new(value);
        token::set(&self.number, value)
    }

    /// Puts back what it held before the [`set`](ContextVar::set) that gave this token.
    ///
    /// # Panics
    /// When the token is another variable's, or was made in another context, as that of another task:
    /// Python's `ValueError`. That a token can be used only once is seen to by the compiler.
    ///
    /// ```
    /// use oneloop::contextvars::ContextVar;
    /// static DEPTH: ContextVar<u32> = ContextVar::new("depth");
    /// let token = DEPTH.set(1);
    /// DEPTH.reset(token);
    /// assert_eq!(DEPTH.try_get(), None);
    /// ```
    #[track_caller]
    pub fn reset(&self, token: Token<T>) {
        token::reset::<Shared, T>(&self.number, self.name, token);
    }
}

impl<T> fmt::Debug for ContextVar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextVar")
            .field("name", &self.name)
            .finish()
    }
}
