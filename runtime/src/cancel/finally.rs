//! `try: … finally: …` as a function and as a macro. Next: `resource.rs`.

use super::catch::catch_before_finally;
use super::token::Caught;
use std::future::IntoFuture;

/// Awaits `body`, then `clean_up`, whether the body returned or was cancelled (not when it panics:
/// that runs destructors only); then gives the value, or lets the request go on. asyncio's `try: … finally: …`.
///
/// If the body and the clean-up need the same thing mutably, use
/// [`try_finally!`](crate::try_finally). A second request may cut the clean-up short, as in
/// asyncio; put it into [`masked`](super::masked) if that must not be.
///
/// Cancel safety: foreign code that drops this future (not a request) drops the body where it waits,
/// without the clean-up.
///
/// ```
/// use oneloop::cancel::finally;
/// oneloop::run(async {
///     let value = finally(async { 1 }, async || println!("clean-up")).await;
///     assert_eq!(value, 1);
/// });
/// ```
pub async fn finally<T>(body: impl IntoFuture<Output = T>, clean_up: impl AsyncFnOnce()) -> T {
    let result = catch_before_finally(body).await;
    clean_up().await;
    result.or_resume().await
}

/// `try_finally!({ body } finally { clean_up })`: asyncio's `try: … finally: …`.
///
/// Both halves may await, and both may borrow the same things mutably, since they run one after the
/// other. A panic in the body skips the clean-up. It is an expression whose value is the body's. `return` and `?` in the body leave the
/// body only.
///
/// ```
/// oneloop::run(async {
///     let mut log = vec![];
///     let value = oneloop::try_finally!({
///         log.push("body");
///         1
///     } finally {
///         oneloop::yield_now().await;
///         log.push("clean-up");
///     });
///     assert_eq!((value, log), (1, vec!["body", "clean-up"]));
/// });
/// ```
#[macro_export]
macro_rules! try_finally {
    ({ $($body:tt)* } finally { $($clean_up:tt)* }) => {{
        let result = $crate::cancel::catch_before_finally(async { $($body)* }).await;
        { $($clean_up)* }
        $crate::cancel::Caught::or_resume(result).await
    }};
}
