//! One connection, read from top to bottom: head, handler, answer, rest of the body, next.
//!
//! Answers are appended to one output buffer. Whoever has to wait for the peer, or for a handler,
//! first writes what is there; so the answers to all requests that came in one read leave in one
//! write. The next request is looked at after the answer to the one before is complete. Read next:
//! `incoming.rs` (the request's body), `sending.rs` (the response's), `answer.rs` (its head).

use std::cell::RefCell;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use http::{Method, StatusCode};

use super::answer::Exchange;
use super::incoming::{Incoming, Rest};
use super::report::{ServingError, panicked};
use super::sending::Cut;
use super::shared::{Place, Shared};
use super::transport::{Failure, Transport};
use crate::body::BoxError;
use crate::request::{Request, RequestBody};
use crate::response::{IntoResponse, Response};
use crate::wire::{BodyLength, Expectation, RequestHead, RequestParser};

/// How long a connection that is closed early goes on reading, so that the answer is not lost.
const LINGER: Duration = Duration::from_secs(10);

/// A connection's state, shared by its loop and by the request body that the handler may hold.
pub(super) struct Connection<S> {
    /// Never borrowed across an await or while code of the user runs.
    pub(super) state: RefCell<State<S>>,
    place: Place,
}

impl<S> Drop for Connection<S> {
    fn drop(&mut self) {
        // Who waits for a body in another task looks up and finds that there is none any more.
        let (_, reader) = self.state.get_mut().incoming.end();
        reader.into_iter().for_each(Waker::wake);
    }
}

/// What the loop and a request body both work on.
pub(super) struct State<S> {
    pub(super) transport: Transport<S>,
    pub(super) incoming: Incoming,
}

/// Why there is no further request.
enum NoHead {
    /// The peer is done, or gone, or the server stops: nothing more to say.
    Closed,
    /// What came is not a request, or not in time.
    Refused(StatusCode),
}

/// Serves a connection until it ends.
pub(super) async fn run<S, H, R>(
    stream: S,
    remote: Option<SocketAddr>,
    handler: Rc<H>,
    place: Place,
) where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    H: AsyncFn(Request) -> R,
    R: IntoResponse,
{
    let server = Rc::clone(place.shared());
    let connection = Rc::new(Connection::new(stream, place));
    let mut serving = pin!(serve(connection, remote, handler));
    poll_fn(|context| {
        // Time passes while the task waits, whatever for. What it does then is over soon, however many
        // requests it answers.
        server.renew_stamp();
        serving.as_mut().poll(context)
    })
    .await;
}

/// Answers one request after another.
async fn serve<S, H, R>(connection: Rc<Connection<S>>, remote: Option<SocketAddr>, handler: Rc<H>)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    H: AsyncFn(Request) -> R,
    R: IntoResponse,
{
    let server = Rc::clone(connection.server());
    let mut parser = RequestParser::new(Rc::clone(&server.settings.limits));
    loop {
        // 1 The head.
        let here = connection.take_head(&mut parser).transpose();
        let head = match here {
            Some(head) => head,
            None => connection.next_head(&mut parser).await,
        };
        let head = match head {
            Ok(head) => head,
            Err(NoHead::Closed) => return,
            Err(NoHead::Refused(status)) => return connection.refuse(status).await,
        };

        // 2 Where its body ends. If that is not certain, nothing after it is either.
        let mut exchange = Exchange::of(&head);
        let expectation = head.expectation();
        let body = match connection.open_body(&head, expectation) {
            Ok(body) => body,
            Err(status) => return connection.refuse(status).await,
        };

        // 3 The handler makes the answer. The body is read when it asks for it.
        server.count_request();
        let report = |cause| server.report(&ServingError::of_request(&head, remote, cause));
        let mut response = if expectation == Expectation::Unknown {
            exchange.keep_alive = false;
            Response::status_text(StatusCode::EXPECTATION_FAILED)
        } else {
            // Pinned here and lent: it holds the request, so that each move would be a long one.
            let answer = pin!(handler(Request::new(Rc::clone(&head), body, remote)));
            connection.attend(answer).await.unwrap_or_else(|cause| {
                exchange.keep_alive = false;
                report(cause);
                Response::status_text(StatusCode::INTERNAL_SERVER_ERROR)
            })
        };
        if let Some(cause) = response.take_cause() {
            report(cause);
        }
        if response.status().is_informational() {
            let status = response.status();
            let cause = format!("{status} is no final answer; a 500 was sent in its place");
            report(cause.into());
        }

        // 4 The answer. Before its head is written it must be known whether another may follow.
        let body_is_held = Rc::weak_count(&connection) > 0;
        exchange.keep_alive &= server.stopping().is_none();
        let rest = connection.rest_of_body(body_is_held);
        exchange.keep_alive &= matches!(rest, Rest::Nothing | Rest::Some);
        let sent = match connection.begin(&mut response, &mut exchange) {
            None => Ok(()),
            Some(payload) => connection.send(payload).await,
        };
        match sent {
            Ok(()) => {}
            Err(Cut::Gone) => return,
            Err(Cut::Broken(cause)) => {
                report(cause);
                // What the producer gave before it failed still belongs to the peer.
                let _ = connection.flush().await;
                return;
            }
        }

        // 5 What the handler left of the body, so that the next request is found behind it.
        let rest = match connection.has_body() {
            true => connection.skip_body(exchange.keep_alive).await,
            false => Rest::Nothing,
        };
        if !exchange.keep_alive || rest != Rest::Nothing {
            return connection.close(rest).await;
        }
        server.take_back(head);
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Connection<S> {
    fn new(stream: S, place: Place) -> Connection<S> {
        let shared = place.shared();
        let scratch = Rc::clone(&shared.scratch);
        let transport = Transport::new(stream, scratch, shared.settings.write_timeout);
        let state = RefCell::new(State {
            transport,
            incoming: Incoming::default(),
        });
        Connection { state, place }
    }

    pub(super) fn server(&self) -> &Rc<Shared> {
        self.place.shared()
    }

    /// Takes the next head out of what was read; `None` if it is not complete.
    fn take_head(&self, parser: &mut RequestParser) -> Result<Option<Rc<RequestHead>>, NoHead> {
        let transport = &mut self.state.borrow_mut().transport;
        if transport.input.is_empty() {
            return Ok(None);
        }
        let mut head = self.server().room_for_head();
        let room = Rc::get_mut(&mut head).expect("only heads that nobody holds are kept");
        match parser.parse_into(&mut transport.input, room) {
            Ok(true) => {
                // Also the limit of a read that the former handler gave up.
                transport.read_watchdog.stop();
                Ok(Some(head))
            }
            Ok(false) => {
                self.server().take_back(head);
                Ok(None)
            }
            Err(error) => Err(NoHead::Refused(error.status())),
        }
    }

    /// Waits for a complete head, where what was read has none.
    async fn next_head(&self, parser: &mut RequestParser) -> Result<Rc<RequestHead>, NoHead> {
        let settings = &self.server().settings;
        self.state.borrow_mut().transport.read_watchdog.stop();
        let mut begun = false;
        loop {
            let limit = {
                let State {
                    transport,
                    incoming,
                } = &mut *self.state.borrow_mut();
                // The time for a head runs from its first octet on, whatever comes after.
                if !begun && !parser.is_idle(&transport.input) {
                    begun = true;
                    transport.read_watchdog.stop();
                }
                transport.shrink();
                match (begun, incoming.is_first()) {
                    (true, _) => settings.header_timeout,
                    (false, false) => settings.idle_timeout,
                    // Who connects and says nothing gets no more time than a head may take.
                    (false, true) => settings.idle_timeout.min(settings.header_timeout),
                }
            };
            if self.flush().await.is_err() {
                return Err(NoHead::Closed);
            }
            match self.fill_or_stop(limit, begun).await {
                Ok(0) if begun => return Err(NoHead::Refused(StatusCode::BAD_REQUEST)),
                Ok(0) => return Err(NoHead::Closed),
                Ok(_) => {}
                Err(Failure::TimedOut) if begun => {
                    return Err(NoHead::Refused(StatusCode::REQUEST_TIMEOUT));
                }
                Err(_) => return Err(NoHead::Closed),
            }
            if let Some(head) = self.take_head(parser)? {
                return Ok(head);
            }
        }
    }

    /// Reads more of a head. A server that stops ends the wait (as 0 octets) if none has begun.
    async fn fill_or_stop(&self, limit: Duration, begun: bool) -> Result<usize, Failure> {
        poll_fn(|context| {
            let filled = self.state.borrow_mut().transport.poll_fill(context, limit);
            if filled.is_pending() && !begun && self.place.poll_stop(context).is_ready() {
                return Poll::Ready(Ok(0));
            }
            filled
        })
        .await
    }

    /// Prepares for the body of a request, and refuses what cannot be framed.
    fn open_body(
        self: &Rc<Self>,
        head: &RequestHead,
        expectation: Expectation,
    ) -> Result<RequestBody, StatusCode> {
        if head.method() == Method::CONNECT {
            // The answer to a CONNECT has framing of its own, and only a proxy has one to give.
            return Err(StatusCode::NOT_IMPLEMENTED);
        }
        let length = head.body_length().map_err(|error| error.status())?;
        let settings = &self.server().settings;
        let mut state = self.state.borrow_mut();
        let waits = expectation == Expectation::Continue;
        let serial = state.incoming.open(length, waits, &settings.limits);
        Ok(match length {
            BodyLength::None | BodyLength::Known(0) => RequestBody::none(),
            _ => RequestBody::of(Rc::downgrade(self) as Weak<_>, serial, settings.max_body),
        })
    }

    /// Polls the handler until it answers or panics. While it waits, earlier answers are written.
    async fn attend<R: IntoResponse>(
        &self,
        mut answer: Pin<&mut impl Future<Output = R>>,
    ) -> Result<Response, BoxError> {
        poll_fn(|context| {
            let polled = catch_unwind(AssertUnwindSafe(|| {
                answer
                    .as_mut()
                    .poll(context)
                    .map(IntoResponse::into_response)
            }));
            let polled = match polled {
                Ok(polled) => polled,
                Err(payload) => return Poll::Ready(Err(panicked("the handler", &*payload))),
            };
            if polled.is_pending() {
                // A failure shows again when the answer is sent; the handler runs to its end.
                let _ = self.poll_flush(context);
            }
            polled.map(Ok)
        })
        .await
    }

    pub(super) fn poll_flush(&self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.state.borrow_mut().transport.poll_flush(context)
    }

    /// Writes all that is there.
    pub(super) async fn flush(&self) -> Result<(), Failure> {
        poll_fn(|context| self.poll_flush(context)).await
    }

    /// Answers what is not a proper request, and closes: where the next one begins is not known.
    async fn refuse(&self, status: StatusCode) {
        let mut answer = Response::status_text(status);
        let sent = match self.begin(&mut answer, &mut Exchange::refused()) {
            None => Ok(()),
            Some(payload) => self.send(payload).await,
        };
        if sent.is_ok() {
            let overdue = status == StatusCode::REQUEST_TIMEOUT;
            let rest = if overdue {
                Rest::Overdue
            } else {
                Rest::TooMuch
            };
            self.close(rest).await;
        }
    }

    /// Ends the connection in such a way that the peer gets all that was written.
    ///
    /// Octets that we have not read when the socket is closed make the kernel send a reset, and a
    /// reset can overtake the answer (RFC 9112 section 9.6). So while something may still come, our
    /// side is closed first and the rest is read and thrown away, for a limited time. Not so for a
    /// peer whose time is over: it would be given more of what it wastes.
    async fn close(&self, rest: Rest) {
        if self.flush().await.is_err() {
            return;
        }
        let closed = poll_fn(|context| self.state.borrow_mut().transport.poll_close(context)).await;
        let may_come = {
            let transport = &mut self.state.borrow_mut().transport;
            transport.read_watchdog.stop();
            let read_all = rest == Rest::Nothing && transport.input.is_empty();
            !transport.input_ended && !read_all && rest != Rest::Overdue
        };
        if closed.is_err() || !may_come {
            return;
        }
        let discard = |context: &mut Context<'_>| {
            self.state
                .borrow_mut()
                .transport
                .poll_discard(context, LINGER)
        };
        while let Ok(1..) = poll_fn(discard).await {}
    }
}
