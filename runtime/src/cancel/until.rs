//! [`until`]: a body with a stop of its own. Timeouts, races and groups are made of it.
//! Next: `forwarding.rs`.

use super::catch::{Catch, catch_in};
use super::here::note_batch;
use super::token::Cancelled;
use crate::context::with_core;
use crate::task::raw::TaskRef;
use crate::task::scope::Construct;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Awaits `body` until `stop` is done: then the body is asked to end, and waited for.
///
/// What is under [`timeout`](crate::timeout), [`race`](crate::race) and
/// [`TaskGroup`](crate::TaskGroup). A stop is a request like any other, made at this place: the body
/// may catch it and clean up. A result that is there in the same moment wins. If a request from
/// outside came too, it goes on outward.
///
/// # Errors
/// What `stop` gave, if it was done first.
///
/// Cancel safety: dropping it drops both where they wait.
///
/// ```
/// use oneloop::cancel::until;
/// use std::time::Duration;
/// oneloop::run(async {
///     let (send, receive) = oneloop::sync::oneshot::channel();
///     let work = oneloop::create_task(async move {
///         until(std::future::pending::<()>(), receive).await
///     });
///     oneloop::yield_now().await;
///     send.send("shutting down").unwrap();
///     assert_eq!(work.await.unwrap(), Err(Ok("shutting down")));
/// });
/// ```
pub async fn until<T, S>(
    body: impl Future<Output = T>,
    stop: impl Future<Output = S>,
) -> Result<T, S> {
    until_in(Construct::Until, body, stop).await
}

/// [`until`], as part of another construct.
pub(crate) async fn until_in<T, S>(
    construct: Construct,
    body: impl Future<Output = T>,
    stop: impl Future<Output = S>,
) -> Result<T, S> {
    match Until::new(construct, body, stop).await {
        Ended::Done(value) => Ok(value),
        Ended::Stopped(stop) => Err(stop),
        Ended::Cancelled(cancelled) => cancelled.resume().await,
    }
}

/// How an [`Until`] ended.
pub(crate) enum Ended<T, S> {
    Done(T),
    /// Its own stop ended it.
    Stopped(S),
    /// A request from outside did.
    Cancelled(Cancelled),
}

pin_project! {
    /// [`until`], for constructs that do more with its end.
    pub(crate) struct Until<F, S: Future> {
        #[pin]
        body: Catch<F>,
        #[pin]
        stop: Option<S>,
        stopped: Option<Came<S::Output>>,
    }
}

/// A stop that came, and asked the body to end.
struct Came<T> {
    output: T,
    counted: Counted,
}

impl<F: Future, S: Future> Until<F, S> {
    pub(crate) fn new(construct: Construct, body: F, stop: S) -> Until<F, S> {
        Until {
            body: catch_in(construct, body),
            stop: Some(stop),
            stopped: None,
        }
    }
}

impl<F, S: Future> Until<F, S> {
    /// Takes the body out of the waiting task's cancellation, until it is polled again.
    pub(crate) fn set_aside(self: Pin<&mut Self>) {
        self.project().body.set_aside();
    }

    /// The stop, as long as it is not done.
    pub(crate) fn stop_mut(self: Pin<&mut Self>) -> Option<Pin<&mut S>> {
        self.project().stop.as_pin_mut()
    }
}

impl<F: Future, S: Future> Until<F, S> {
    /// Polls it. A stop of which `is_due` says that it was due when it was set ends the body at the
    /// suspension at which it is now. To others the body may still answer with a value that came in
    /// the same moment.
    #[inline]
    pub(crate) fn poll_with(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        is_due: impl FnOnce(&S) -> bool,
    ) -> Poll<Ended<F::Output, S::Output>> {
        let mut this = self.project();
        match this.body.as_mut().poll(context) {
            Poll::Ready(Ok(value)) => {
                if let Some(came) = this.stopped {
                    came.counted.end();
                }
                Poll::Ready(Ended::Done(value))
            }
            Poll::Ready(Err(cancelled)) => match this.stopped.take() {
                Some(came) if !this.body.was_asked() => {
                    cancelled.suppress();
                    Poll::Ready(Ended::Stopped(came.output))
                }
                _ => {
                    // Here, where a panic in its drop does not lose what was caught.
                    this.stop.set(None);
                    Poll::Ready(Ended::Cancelled(cancelled))
                }
            },
            Poll::Pending => {
                let Some(mut stopping) = this.stop.as_mut().as_pin_mut() else {
                    return Poll::Pending;
                };
                let Poll::Ready(output) = stopping.as_mut().poll(context) else {
                    return Poll::Pending;
                };
                let is_due = is_due(&stopping);
                this.stop.set(None);
                let Some(participant) = this.body.as_mut().participant() else {
                    // Outside a task there is nobody to be asked: the body ends where it waits.
                    return Poll::Ready(Ended::Stopped(output));
                };
                let mut counted = Counted::default();
                counted.begin();
                *this.stopped = Some(Came { output, counted });
                note_batch();
                // It is delivered in the next batch, so what is due in this one still wins,
                // unless the stop was there first.
                if !participant.was_just_asked() {
                    participant.stop(is_due);
                }
                Poll::Pending
            }
        }
    }
}

impl<F: Future, S: Future> Future for Until<F, S> {
    type Output = Ended<F::Output, S::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_with(context, |_| false)
    }
}

/// A stop counts among the task's requests while it lasts.
#[derive(Default)]
pub(crate) struct Counted(Option<TaskRef>);

impl Counted {
    /// To be called by the task that it is about; again has no effect.
    pub(crate) fn begin(&mut self) {
        if self.0.is_none() {
            self.0 = with_core(|core| core.and_then(|core| core.scheduler.current()));
            if let Some(task) = &self.0 {
                task.change_requests(1);
            }
        }
    }

    #[inline]
    pub(crate) fn end(&mut self) {
        if self.0.is_some() {
            self.uncount();
        }
    }

    #[cold]
    fn uncount(&mut self) {
        if let Some(task) = self.0.take() {
            task.change_requests(-1);
        }
    }
}

impl Drop for Counted {
    #[inline]
    fn drop(&mut self) {
        self.end();
    }
}
