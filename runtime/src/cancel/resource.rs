//! [`with_resource`]: open, use, close. Next: `exit_stack.rs`.

use super::catch::catch_in;
use super::masked::masked;
use crate::event_loop::report_close_error;
use crate::task::scope::Construct;
use std::fmt::Debug;
use std::future::Future;

/// How the body of a [`with_resource`] ended: what `__aexit__` is told.
///
/// ```
/// use oneloop::cancel::{Exit, with_resource};
/// oneloop::run(async {
///     let close = async |file: String, exit: Exit<'_, usize, String>| {
///         assert!(matches!(exit, Exit::Value(3)));
///         drop(file);
///         Ok(())
///     };
///     let open = async { Ok("abc".to_string()) };
///     let length = with_resource(open, async |file: &mut String| Ok(file.len()), close).await;
///     assert_eq!(length, Ok(3));
/// });
/// ```
#[derive(Debug)]
pub enum Exit<'a, T, E> {
    /// It returned this.
    Value(&'a T),
    /// It failed with this.
    Error(&'a E),
    /// It was cancelled. That goes on when `close` is through.
    Cancelled,
}

/// Opens a resource, uses it, and closes it whatever happens: asyncio's `async with`.
///
/// `close` may await and is [`masked`](super::masked): a request waits until it is through; bound it
/// with a timeout inside if it may hang. It is told how the body ended.
///
/// # Errors
/// Those of `open` and of the body, and that of `close` if the body gave a value. Beside an error of
/// the body, or a cancellation, the error of `close` goes to the loop's
/// [exception handler](crate::Handle::set_exception_handler), as a
/// [`ReportKind::CloseError`](crate::ReportKind::CloseError). In asyncio an error of `__aexit__` takes
/// the place of either, and so makes an end of a cancellation; here it never does.
///
/// Cancel safety: cancelled while it opens, it drops `open` where it waits; cancelled while it is
/// used, it closes. Foreign code that drops this future (not a request) drops the resource without
/// `close`.
///
/// ```
/// use oneloop::cancel::with_resource;
/// oneloop::run(async {
///     let closed = std::cell::Cell::new(false);
///     let result: Result<i32, String> = with_resource(
///         async { Ok(vec![1, 2]) },
///         async |list: &mut Vec<i32>| list.pop().ok_or("empty".to_string()),
///         async |_list, _exit| {
///             closed.set(true);
///             Ok(())
///         },
///     )
///     .await;
///     assert_eq!((result, closed.get()), (Ok(2), true));
/// });
/// ```
pub async fn with_resource<R, T, E: Debug>(
    open: impl Future<Output = Result<R, E>>,
    body: impl AsyncFnOnce(&mut R) -> Result<T, E>,
    close: impl AsyncFnOnce(R, Exit<'_, T, E>) -> Result<(), E>,
) -> Result<T, E> {
    let mut resource = open.await?;
    let ended = catch_in(Construct::WithResource, body(&mut resource)).await;
    let exit = match &ended {
        Ok(Ok(value)) => Exit::Value(value),
        Ok(Err(error)) => Exit::Error(error),
        Err(_) => Exit::Cancelled,
    };
    let closed = masked(close(resource, exit)).await;
    match ended {
        Ok(Ok(value)) => closed.map(|()| value),
        Ok(Err(error)) => {
            report(closed, "failed");
            Err(error)
        }
        Err(cancelled) => {
            report(closed, "was cancelled");
            cancelled.resume().await
        }
    }
}

/// Tells of an error of `close` that cannot be returned.
fn report<E: Debug>(closed: Result<(), E>, body: &str) {
    if let Err(error) = closed {
        report_close_error(&error, body);
    }
}
