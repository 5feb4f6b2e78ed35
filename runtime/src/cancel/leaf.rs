//! [`decline`]: for authors of leaf futures. This ends the module; what is built on it stands in
//! [`combine`](crate::combine).

use crate::context::with_core;
use std::task::Context;

/// Tells a leaf that was suspended, could end now, and loses nothing if it does not, to stay
/// pending: a request lies here, which shall win.
///
/// A future that returns `Ready` beats a request of the same moment, since what it returns would be
/// lost. A wait that can be begun again without loss (a sleep, a lock that passes to the next in
/// line) should let the request win, as in asyncio: it asks here before it completes, and returns
/// `Pending` on `true`. It is woken again, should nobody take the request after all.
///
/// ```
/// use oneloop::cancel::decline;
/// use std::task::Poll;
/// oneloop::run(async {
///     let mut suspended = false;
///     std::future::poll_fn(|context| {
///         if suspended && !decline(context) {
///             return Poll::Ready(());
///         }
///         suspended = true;
///         context.waker().wake_by_ref();
///         Poll::Pending
///     })
///     .await;
/// });
/// ```
#[inline]
pub fn decline(context: &Context<'_>) -> bool {
    let requested = with_core(|core| core.is_some_and(|core| core.scheduler.is_requested()));
    if requested {
        context.waker().wake_by_ref();
    }
    requested
}
