//! [`forwarding`]: a body that takes requests itself. Next: `shield.rs`.

use super::here::{poll_placed, register};
use super::token::Cancelled;
use crate::task::scope::{Construct, Kind, OnRequest, Participant, Target};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// Awaits `body` to its end; a request calls `on_request` with its message, instead of dropping the
/// body: "I took it, wait for me".
///
/// For constructs that hand requests on to something else (a process, a peer, a group of tasks) and
/// have to wait for what comes of it. The second value is the request, if one came: resume it or
/// suppress it.
///
/// What the body waits in (time-outs, catches) and the tasks that it awaits are not asked either.
///
/// Cancel safety: dropping it drops the body where it waits.
///
/// ```
/// use oneloop::cancel::forwarding;
/// use oneloop::sync::oneshot;
/// oneloop::run(async {
///     let task = oneloop::create_task(async {
///         let (send, receive) = oneshot::channel();
///         let send = std::cell::Cell::new(Some(send));
///         let (answer, cancelled) = forwarding(receive, move |_message| {
///             if let Some(send) = send.take() {
///                 send.send("told to stop").ok();
///             }
///         })
///         .await;
///         cancelled.unwrap().suppress();
///         answer.unwrap()
///     });
///     oneloop::yield_now().await;
///     task.cancel();
///     assert_eq!(task.await.unwrap(), "told to stop");
/// });
/// ```
pub fn forwarding<F: Future>(
    body: F,
    on_request: impl Fn(Option<&str>) + 'static,
) -> Forwarding<F> {
    forwarding_in(Construct::Forwarding, body, on_request)
}

/// As [`forwarding`], for another construct, which pictures show by its name.
pub(crate) fn forwarding_in<F: Future>(
    construct: Construct,
    body: F,
    on_request: impl Fn(Option<&str>) + 'static,
) -> Forwarding<F> {
    Forwarding {
        body,
        target: Rc::new(move |request| {
            on_request(request.message.as_deref());
            true
        }),
        participant: None,
        construct,
    }
}

pin_project! {
    /// The future of [`forwarding`].
    ///
    /// ```
    /// use oneloop::cancel::{Forwarding, forwarding};
    /// oneloop::run(async {
    ///     let body: Forwarding<std::future::Ready<i32>> =
    ///         forwarding(std::future::ready(1), |_| ());
    ///     let (value, cancelled) = body.await;
    ///     assert!(value == 1 && cancelled.is_none());
    /// });
    /// ```
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct Forwarding<F> {
        #[pin]
        body: F,
        target: OnRequest,
        participant: Option<Participant>,
        // What pictures call it.
        construct: Construct,
    }
}

impl<F: Future> Future for Forwarding<F> {
    type Output = (F::Output, Option<Cancelled>);

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let kind = || Kind::Forward(Target::Call(this.target.clone(), *this.construct));
        let polled = match register(this.participant, kind, Some(context.waker())) {
            None => this.body.poll(context),
            // What the body waits in stands inside of this, where no request goes.
            Some(_) => poll_placed(this.participant, || this.body.poll(context)),
        };
        if let Poll::Ready(value) = polled {
            let participant = this.participant.take();
            let token = participant.and_then(Participant::asked_into_token);
            return Poll::Ready((value, token.map(Cancelled::new)));
        }
        if let Some(participant) = this.participant {
            participant.hand_on();
        }
        Poll::Pending
    }
}

impl<F> fmt::Debug for Forwarding<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Forwarding")
    }
}
