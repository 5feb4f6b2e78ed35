//! [`ExitStack`]: resources whose number is known only when the program runs. Next: `masked.rs`.

use super::catch::catch_in;
use super::masked::masked;
use super::resource::Exit;
use super::token::Cancelled;
use crate::event_loop::report_close_error;
use crate::task::scope::Construct;
use std::fmt;
use std::fmt::Debug;
use std::future::Future;
use std::mem;
use std::pin::Pin;

/// What an exit does to what it was told of: the return value of Python's `__aexit__`.
///
/// ```
/// use oneloop::cancel::{Exit, ExitStack, Leave};
/// oneloop::run(async {
///     let ended = ExitStack::scope(async |stack| {
///         stack.push(async |exit: Exit<'_, (), &str>| match exit {
///             Exit::Error(&"harmless") => Ok(Leave::Swallow),
///             _ => Ok(Leave::GoOn),
///         });
///         Err::<(), _>("harmless")
///     });
///     assert_eq!(ended.await, Ok(None));
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Nothing: a value, an error or a cancellation goes on outward.
    GoOn,
    /// It makes an end of an error or a cancellation: those further out, and whoever awaits, see none.
    Swallow,
}

/// One exit of a stack, kept until its time.
trait Leaves<E> {
    fn leave<'x>(
        self: Box<Self>,
        exit: Exit<'x, (), E>,
    ) -> Pin<Box<dyn Future<Output = Result<Leave, E>> + 'x>>
    where
        Self: 'x;
}

impl<E, F: AsyncFnOnce(Exit<'_, (), E>) -> Result<Leave, E>> Leaves<E> for F {
    fn leave<'x>(
        self: Box<Self>,
        exit: Exit<'x, (), E>,
    ) -> Pin<Box<dyn Future<Output = Result<Leave, E>> + 'x>>
    where
        Self: 'x,
    {
        Box::pin(async move { self(exit).await })
    }
}

/// Closes whatever was entered, last in, first out, and learns how it ended: asyncio's
/// `AsyncExitStack`.
///
/// [`scope`](ExitStack::scope) is its `async with`. Where the number of resources is known,
/// [`with_resource`](super::with_resource) nests, and gives each away by value.
///
/// Each exit may await and is [`masked`](super::masked): bound it with a timeout inside if it may hang.
/// One that fails does not keep the others from their turn. A panic does: it runs destructors only.
///
/// ```
/// use oneloop::cancel::{ExitStack, Leave};
/// use std::cell::RefCell;
/// oneloop::run(async {
///     let log = RefCell::new(vec![]);
///     let sum = ExitStack::scope(async |stack| {
///         let mut sum = 0;
///         for number in [1, 2] {
///             let open = async move { Ok::<_, String>(number) };
///             sum += stack
///                 .enter_context(open, async |number, _exit| {
///                     log.borrow_mut().push(number);
///                     Ok(Leave::GoOn)
///                 })
///                 .await?;
///         }
///         stack.callback(|| log.borrow_mut().push(3));
///         Ok(sum)
///     });
///     assert_eq!(sum.await, Ok(Some(3)));
///     assert_eq!(log.into_inner(), [3, 2, 1]);
/// });
/// ```
#[must_use = "dropping an ExitStack runs none of its exits: await `close`, or use `ExitStack::scope`"]
pub struct ExitStack<'a, E> {
    exits: Vec<Box<dyn Leaves<E> + 'a>>,
}

/// How what is inside has ended, as far as those further out are concerned.
enum Ending<T, E> {
    Value(T),
    Swallowed,
    Error(E),
    Cancelled(Cancelled),
}

impl<'a, E: Debug> ExitStack<'a, E> {
    /// Makes an empty stack, for whoever calls [`close`](ExitStack::close) himself.
    ///
    /// ```
    /// use oneloop::cancel::ExitStack;
    /// let mut stack = ExitStack::<String>::new();
    /// stack.callback(|| println!("closed"));
    /// oneloop::run(async move { stack.close().await.unwrap() });
    /// ```
    pub fn new() -> ExitStack<'a, E> {
        ExitStack { exits: Vec::new() }
    }

    /// Runs `body` with a stack, and then the exits, whatever became of the body: asyncio's
    /// `async with AsyncExitStack() as stack`.
    ///
    /// It gives the body's value, or `None` if an exit [swallowed](Leave::Swallow) the error or the
    /// cancellation that came in its place.
    ///
    /// # Errors
    /// The body's, unless it was swallowed; or that of an exit, which takes the place of a value and of
    /// an error. Beside a cancellation, an exit's error goes to the loop's
    /// [exception handler](crate::Handle::set_exception_handler), as a
    /// [`ReportKind::CloseError`](crate::ReportKind::CloseError).
    ///
    /// Cancel safety: cancelled in the body, it runs the exits, and the cancellation goes on. Foreign
    /// code that drops this future (not a request) drops the exits without running them.
    ///
    /// ```
    /// use oneloop::cancel::ExitStack;
    /// oneloop::run(async {
    ///     let ended = ExitStack::scope(async |stack| {
    ///         stack.callback(|| println!("closed"));
    ///         Err::<(), _>("failed")
    ///     });
    ///     assert_eq!(ended.await, Err("failed"));
    /// });
    /// ```
    pub async fn scope<T>(
        body: impl AsyncFnOnce(&mut ExitStack<'a, E>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let mut stack = ExitStack::new();
        let ending = match catch_in(Construct::ExitStack, body(&mut stack)).await {
            Ok(Ok(value)) => Ending::Value(value),
            Ok(Err(error)) => Ending::Error(error),
            Err(cancelled) => Ending::Cancelled(cancelled),
        };
        match stack.unwind(ending).await {
            Ending::Value(value) => Ok(Some(value)),
            Ending::Swallowed => Ok(None),
            Ending::Error(error) => Err(error),
            Ending::Cancelled(cancelled) => cancelled.resume().await,
        }
    }

    /// Opens a resource, gives a clone of it (an `Rc`, say), and closes it in its turn:
    /// asyncio's `enter_async_context`.
    ///
    /// # Errors
    /// Those of `open`; then there is nothing to close.
    ///
    /// Cancel safety: cancelled while it opens, it drops `open` where it waits, and `close` is not called.
    ///
    /// ```
    /// use oneloop::cancel::{Exit, ExitStack, Leave};
    /// use std::rc::Rc;
    /// oneloop::run(async {
    ///     let length = ExitStack::scope(async |stack| {
    ///         let open = async { Ok::<_, String>(Rc::new(vec![1, 2])) };
    ///         let close = async |list: Rc<Vec<i32>>, _exit: Exit<'_, (), String>| {
    ///             drop(list);
    ///             Ok(Leave::GoOn)
    ///         };
    ///         let list = stack.enter_context(open, close).await?;
    ///         Ok(list.len())
    ///     });
    ///     assert_eq!(length.await, Ok(Some(2)));
    /// });
    /// ```
    pub async fn enter_context<R: Clone + 'a>(
        &mut self,
        open: impl Future<Output = Result<R, E>>,
        close: impl AsyncFnOnce(R, Exit<'_, (), E>) -> Result<Leave, E> + 'a,
    ) -> Result<R, E> {
        let resource = open.await?;
        let kept = resource.clone();
        self.push(async move |exit: Exit<'_, (), E>| close(kept, exit).await);
        Ok(resource)
    }

    /// Adds an exit that is told how what is inside of it ended: asyncio's `push_async_exit`.
    ///
    /// ```
    /// use oneloop::cancel::{Exit, ExitStack, Leave};
    /// oneloop::run(async {
    ///     let ended = ExitStack::scope(async |stack| {
    ///         stack.push(async |exit: Exit<'_, (), &str>| {
    ///             assert!(matches!(exit, Exit::Error(&"first")));
    ///             Err("second")
    ///         });
    ///         Err::<(), _>("first")
    ///     });
    ///     assert_eq!(ended.await, Err("second"));
    /// });
    /// ```
    pub fn push(&mut self, exit: impl AsyncFnOnce(Exit<'_, (), E>) -> Result<Leave, E> + 'a) {
        self.exits.push(Box::new(exit));
    }

    /// Adds a function to be called in its turn: asyncio's `callback`.
    ///
    /// ```
    /// use oneloop::cancel::ExitStack;
    /// oneloop::run(async {
    ///     let ended = ExitStack::<String>::scope(async |stack| {
    ///         stack.callback(|| println!("at the end"));
    ///         Ok(())
    ///     });
    ///     ended.await.unwrap();
    /// });
    /// ```
    pub fn callback(&mut self, function: impl FnOnce() + 'a) {
        self.push(async |_: Exit<'_, (), E>| {
            function();
            Ok(Leave::GoOn)
        });
    }

    /// Adds a function to be called and awaited in its turn: asyncio's `push_async_callback`.
    ///
    /// ```
    /// use oneloop::cancel::ExitStack;
    /// oneloop::run(async {
    ///     let ended = ExitStack::<String>::scope(async |stack| {
    ///         stack.async_callback(async || oneloop::yield_now().await);
    ///         Ok(())
    ///     });
    ///     ended.await.unwrap();
    /// });
    /// ```
    pub fn async_callback(&mut self, function: impl AsyncFnOnce() + 'a) {
        self.push(async |_: Exit<'_, (), E>| {
            function().await;
            Ok(Leave::GoOn)
        });
    }

    /// Moves all exits to another stack: asyncio's `pop_all`. So what was opened together is closed if
    /// something went wrong on the way, and kept open if all went well.
    ///
    /// ```
    /// use oneloop::cancel::ExitStack;
    /// oneloop::run(async {
    ///     let opened = ExitStack::<String>::scope(async |stack| {
    ///         stack.callback(|| println!("closed"));
    ///         println!("all is open");
    ///         Ok(stack.pop_all())
    ///     });
    ///     let stack = opened.await.unwrap().unwrap();
    ///     println!("and still is");
    ///     stack.close().await.unwrap();
    /// });
    /// ```
    pub fn pop_all(&mut self) -> ExitStack<'a, E> {
        let exits = mem::take(&mut self.exits);
        ExitStack { exits }
    }

    /// Runs the exits now: asyncio's `aclose`.
    ///
    /// # Errors
    /// That of an exit, unless one further out swallowed it.
    ///
    /// Cancel safety: a request waits for the exit that runs, and goes on when all have run.
    ///
    /// ```
    /// use oneloop::cancel::ExitStack;
    /// let mut stack = ExitStack::new();
    /// stack.push(async |_: _| Err("stuck"));
    /// oneloop::run(async move { assert_eq!(stack.close().await, Err("stuck")) });
    /// ```
    pub async fn close(mut self) -> Result<(), E> {
        match self.unwind(Ending::Value(())).await {
            Ending::Error(error) => Err(error),
            Ending::Value(()) | Ending::Swallowed | Ending::Cancelled(_) => Ok(()),
        }
    }

    /// Runs the exits, last in, first out, in one piece: a request that comes meanwhile waits.
    async fn unwind<T>(&mut self, ending: Ending<T, E>) -> Ending<T, E> {
        masked(async {
            let mut ending = ending;
            while let Some(exit) = self.exits.pop() {
                let told = match &ending {
                    Ending::Value(_) | Ending::Swallowed => Exit::Value(&()),
                    Ending::Error(error) => Exit::Error(error),
                    Ending::Cancelled(_) => Exit::Cancelled,
                };
                let left = exit.leave(told).await;
                ending = match (ending, left) {
                    (Ending::Cancelled(cancelled), Ok(Leave::Swallow)) => {
                        cancelled.suppress();
                        Ending::Swallowed
                    }
                    (Ending::Cancelled(cancelled), Err(error)) => {
                        report_close_error(&error, "was cancelled");
                        Ending::Cancelled(cancelled)
                    }
                    (Ending::Error(_), Ok(Leave::Swallow)) => Ending::Swallowed,
                    (ending, Ok(Leave::GoOn | Leave::Swallow)) => ending,
                    (_, Err(error)) => Ending::Error(error),
                };
            }
            ending
        })
        .await
    }
}

impl<E: Debug> Default for ExitStack<'_, E> {
    fn default() -> Self {
        ExitStack::new()
    }
}

impl<E> fmt::Debug for ExitStack<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExitStack")
            .field("exits", &self.exits.len())
            .finish()
    }
}
