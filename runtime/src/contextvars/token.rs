//! [`Token`]: what a variable held before, and the code that the two kinds of variables share.
//! Next: `local.rs`.

use super::context::{Context, Local, Shared, Values};
use super::follow::{self, Following};
use super::map::Map;
use crate::context::with_variables;
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Weak;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What a variable held before it was set, to be put back by `reset`: Python's `contextvars.Token`.
/// Dropping it changes nothing.
///
/// ```
/// use oneloop::contextvars::{ContextVar, Token};
/// static DEPTH: ContextVar<u32> = ContextVar::with_default("depth", || 0);
/// let token: Token<u32> = DEPTH.set(1);
/// DEPTH.reset(token);
/// assert_eq!(DEPTH.get(), 0);
/// ```
pub struct Token<T> {
    variable: usize,
    context: Weak<RefCell<Values>>,
    /// A [`Shared`] or a [`Local`], as the variable has them.
    old: Option<Box<dyn Any>>,
    value: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Token<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("was_set", &self.old.is_some())
            .finish()
    }
}

/// A pointer to a value: [`Shared`] or [`Local`].
pub(super) trait Pointer: Clone + 'static {
    fn map(values: &mut Values) -> &mut Map<Self>;
    fn value<T: Clone + 'static>(&self) -> Option<T>;
}

impl Pointer for Shared {
    fn map(values: &mut Values) -> &mut Map<Shared> {
        &mut values.shared
    }

    fn value<T: Clone + 'static>(&self) -> Option<T> {
        self.downcast_ref().cloned()
    }
}

impl Pointer for Local {
    fn map(values: &mut Values) -> &mut Map<Local> {
        &mut values.local
    }

    fn value<T: Clone + 'static>(&self) -> Option<T> {
        self.downcast_ref().cloned()
    }
}

/// A variable's number: 0 until it is used for the first time, since a `static` cannot count.
pub(super) struct Number(AtomicUsize);

/// The next number to hand out, in the whole process.
static NEXT: AtomicUsize = AtomicUsize::new(1);

impl Number {
    pub(super) const fn new() -> Number {
        Number(AtomicUsize::new(0))
    }

    pub(super) fn get(&self) -> usize {
        match self.0.load(Relaxed) {
            0 => {
                let new = NEXT.fetch_add(1, Relaxed);
                // Another thread may have been faster: then its number counts.
                match self.0.compare_exchange(0, new, Relaxed, Relaxed) {
                    Ok(_) => new,
                    Err(known) => known,
                }
            }
            known => known,
        }
    }
}

/// What a variable holds here.
pub(super) fn get<P: Pointer, T: Clone + 'static>(number: &Number) -> Option<T> {
    let number = number.get();
    let find = |context: &Context| context.with(|values| P::map(values).get(number).cloned());
    // The pointer is taken out first: the clone of the value is a user's code.
    let pointer = with_variables(|context| context.and_then(find))?;
    pointer.value()
}

/// What a variable holds, or a panic at the caller's place that says what to do about it.
#[track_caller]
pub(super) fn expect_set<T>(held: Option<T>, name: &str) -> T {
    match held {
        Some(value) => value,
        None => panic!(
            "the context variable `{name}` is not set here: set it in this task or in one that \
             started it, ask by `try_get`, or make it by `with_default`"
        ),
    }
}

/// Lets a variable hold something else from here on.
pub(super) fn set<P: Pointer, T>(number: &Number, pointer: P) -> Token<T> {
    let variable = number.get();
    let (context, old) = replace(variable, Some(pointer));
    Token {
        variable,
        context: context.downgrade(),
        old: old.map(|old| Box::new(old) as Box<dyn Any>),
        value: PhantomData,
    }
}

/// Puts back what it held before.
#[track_caller]
pub(super) fn reset<P: Pointer, T>(number: &Number, name: &str, token: Token<T>) {
    let variable = number.get();
    if token.variable != variable {
        panic!(
            "`{name}` was reset by a token of another variable: pass the token that `set` of this one \
             returned"
        );
    }
    if !with_variables(|context| context.is_some_and(|context| context.is(&token.context))) {
        panic!(
            "`{name}` was reset in another context than it was set in: reset it in the same task, or \
             in the same `Context::run`"
        );
    }
    let old = token.old.and_then(|old| old.downcast::<P>().ok());
    let (_context, dropped) = replace(variable, old.map(|old| *old));
    drop(dropped);
}

/// The context that was changed, and what it held.
fn replace<P: Pointer>(variable: usize, pointer: Option<P>) -> (Context, Option<P>) {
    let _following = Following::begin();
    // What was made before this keeps what holds now.
    follow::flush();
    let context = Context::current();
    let old = context.with(|values| P::map(values).replace(variable, pointer));
    (context, old)
}
