//! [`masked`] and [`paused`]: bodies that a request does not reach. Next: `until.rs`.

use super::here::{poll_placed, register};
use crate::task::scope::{Construct, Kind, Participant};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Awaits `body`, and lets requests wait until it is through.
///
/// For clean-up that must not be cut short. A body that hangs can then not be cancelled either, so
/// bound it with a [`timeout`](crate::timeout) inside. asyncio has no such thing; people write
/// `shield` in a loop.
///
/// The mask keeps requests from coming in, not from going out: one that was caught before and is
/// resumed in the body ends the scope around it.
///
/// Cancel safety: dropping it drops the body where it waits.
///
/// ```
/// use oneloop::cancel::masked;
/// oneloop::run(async {
///     let task = oneloop::create_task(async {
///         masked(async {
///             oneloop::yield_now().await;
///             println!("this is reached");
///         })
///         .await;
///         oneloop::yield_now().await;
///         unreachable!("the request is delivered at the first suspension after it");
///     });
///     oneloop::yield_now().await;
///     task.cancel();
///     assert!(task.await.unwrap_err().is_cancelled());
/// });
/// ```
pub fn masked<F: Future>(body: F) -> Masked<F> {
    Masked {
        body,
        participant: None,
    }
}

pin_project! {
    /// The future of [`masked`].
    ///
    /// ```
    /// use oneloop::cancel::{Masked, masked};
    /// oneloop::run(async {
    ///     let body: Masked<std::future::Ready<i32>> = masked(std::future::ready(1));
    ///     assert_eq!(body.await, 1);
    /// });
    /// ```
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct Masked<F> {
        #[pin]
        body: F,
        participant: Option<Participant>,
    }
}

impl<F: Future> Future for Masked<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        poll_inside(this.body, this.participant, Kind::Masked, context)
    }
}

impl<F> fmt::Debug for Masked<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masked")
    }
}

/// Awaits `body` by reference; a request only stops polling it.
///
/// A body that is awaited by reference (`(&mut body).await` inside a [`catch`](super::catch), say)
/// would be unwound inside by a request, although it is not dropped. Behind `paused` it is not
/// asked: it stays where it is, and can be awaited again.
///
/// Cancel safety: dropping it leaves the body where it waits.
///
/// ```
/// use oneloop::cancel::{catch, paused};
/// oneloop::run(async {
///     let task = oneloop::create_task(async {
///         let mut body = std::pin::pin!(async {
///             oneloop::yield_now().await;
///             oneloop::yield_now().await;
///             "done"
///         });
///         if let Err(cancelled) = catch(paused(body.as_mut())).await {
///             cancelled.suppress();
///         }
///         body.await
///     });
///     oneloop::yield_now().await;
///     task.cancel();
///     assert_eq!(task.await.unwrap(), "done");
/// });
/// ```
pub fn paused<F: Future>(body: Pin<&mut F>) -> Paused<'_, F> {
    Paused {
        body,
        participant: None,
    }
}

/// The future of [`paused`].
///
/// ```
/// use oneloop::cancel::{Paused, paused};
/// oneloop::run(async {
///     let mut body = std::pin::pin!(async { 1 });
///     let paused: Paused<'_, _> = paused(body.as_mut());
///     assert_eq!(paused.await, 1);
/// });
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct Paused<'a, F> {
    body: Pin<&'a mut F>,
    participant: Option<Participant>,
}

impl<F: Future> Future for Paused<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        poll_inside(
            this.body.as_mut(),
            &mut this.participant,
            Kind::Paused(Construct::Paused),
            context,
        )
    }
}

impl<F> fmt::Debug for Paused<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Paused")
    }
}

/// Polls a body as a participant of this kind.
fn poll_inside<F: Future>(
    body: Pin<&mut F>,
    participant: &mut Option<Participant>,
    kind: Kind,
    context: &mut Context<'_>,
) -> Poll<F::Output> {
    let polled = match register(participant, || kind, None) {
        None => body.poll(context),
        Some(_) => poll_placed(participant, || body.poll(context)),
    };
    if polled.is_ready()
        && let Some(participant) = participant.take()
    {
        participant.finish();
    }
    polled
}
