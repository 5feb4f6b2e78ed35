//! [`ResponseFuture`]: a request that was sent, until the head of its response has come.
//!
//! Written by hand: most requests go over a connection that was kept, and then there is nothing to hold but
//! what was asked and its exchange, each in a box from the first to the last, since to move them about takes
//! longer than to make the boxes. An async function would hold what a new connection takes as well, a
//! kilobyte for each request.

use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::header::EXPECT;
use oneloop::Loop;
use oneloop_net::TcpStream;

use super::error::{Kind, Phase};
use super::exchange::{Exchange, Question};
use super::origin::Origin;
use super::patience::Patience;
use super::pool::Idle;
use super::request::Parts;
use super::session::Shared;
use super::upload::Upload;
use super::{ClientError, ClientResponse, Retry};
use crate::body::Streamed;

/// The future of [`RequestBuilder::send`](super::RequestBuilder::send), and of a request that is awaited.
///
/// It sends nothing before it is polled, and is polled in the loop whose connections it takes.
///
/// # Cancel safety
///
/// Dropping it closes the connection at once. Whether the server has seen the request is not known then.
///
/// # Panics
///
/// When it is polled after it has ended.
///
/// ```
/// use oneloop_http::client::{ClientSession, ResponseFuture};
/// # use oneloop_http::{Request, Response};
///
/// oneloop::run(async {
/// #   let listener = oneloop_net::TcpListener::bind("127.0.0.1:0").await?;
/// #   let address = listener.local_addr()?;
/// #   let _server = oneloop_http::serve(listener, async |_: Request| Response::text("Hello")).start();
///     let session = ClientSession::new();
///     let both: [ResponseFuture; 2] = ["a", "b"].map(|path| session.get(format!("http://{address}/{path}")).send());
///     for response in oneloop::gather(both).await {
///         assert_eq!(response?.text().await?, "Hello");
///     }
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a request does nothing until it is awaited"]
pub struct ResponseFuture {
    pub(super) step: Step,
}

/// How far it has come.
pub(super) enum Step {
    /// It was not polled.
    New(Rc<Shared>, Box<Parts>),
    /// Something was wrong with its parts.
    Unsendable(ClientError),
    /// It goes over a connection that was kept.
    OverKept {
        shared: Rc<Shared>,
        exchange: Box<Exchange<TcpStream>>,
        /// The body, should the request go over a new connection after all.
        again: Option<Bytes>,
    },
    OverNew(Connecting),
    Over,
}

/// A request over a connection that is made for it.
type Connecting = Pin<Box<dyn Future<Output = Result<ClientResponse, ClientError>>>>;

impl Future for ResponseFuture {
    type Output = Result<ClientResponse, ClientError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let step = &mut self.step;
        loop {
            // It is put back where it has to wait, and holds nothing once it is over.
            match std::mem::replace(step, Step::Over) {
                Step::New(shared, parts) => *step = begin(shared, parts)?,
                Step::OverKept {
                    shared,
                    mut exchange,
                    again,
                } => match exchange.poll_head(context) {
                    Poll::Pending => {
                        *step = Step::OverKept {
                            shared,
                            exchange,
                            again,
                        };
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok(())) => {
                        return Poll::Ready(Ok(ClientResponse::new(exchange, &shared)));
                    }
                    Poll::Ready(Err(first)) => *step = go_again(shared, exchange, again, first)?,
                },
                Step::OverNew(mut connecting) => {
                    let polled = connecting.as_mut().poll(context);
                    if polled.is_pending() {
                        *step = Step::OverNew(connecting);
                    }
                    return polled;
                }
                Step::Unsendable(error) => return Poll::Ready(Err(error)),
                Step::Over => panic!("a request was polled after its response had come"),
            }
        }
    }
}

/// Takes the idle connection to the target, or begins to make one.
fn begin(shared: Rc<Shared>, mut parts: Box<Parts>) -> Result<Step, ClientError> {
    let settings = &shared.settings;
    let unsendable = |error: ClientError| error.of_request(|| parts.describe());
    let origin = match shared.pool.origin_of(&parts.url) {
        Some(origin) => origin,
        None => Rc::new(Origin::read(&parts.url).map_err(unsendable)?),
    };
    let length = parts.body.length();
    let running = Loop::current()
        .map_err(|error| unsendable(ClientError::new(Kind::NoLoop(error), Phase::Build)))?;

    let now = running.now();
    let mut idle = shared.pool.take(&origin, oneloop::turn_time(), now);
    let room = idle.as_mut().map(|idle| idle.connection.take_room());
    let head = shared.head.write(
        &parts.method,
        &parts.headers,
        length,
        (&parts.url, &origin),
        room.unwrap_or_default(),
    );
    let head = match head {
        Ok(head) => head,
        Err(error) => {
            if let Some(unused) = idle {
                shared.pool.put_back(unused);
            }
            return Err(unsendable(error));
        }
    };
    let body = std::mem::take(&mut parts.body).into_parts();
    // A body that is made while it is sent can be made only once.
    let again = match settings.retry {
        Retry::Idempotent => body.as_ref().ok().cloned(),
        Retry::Never => None,
    };
    let upload = make_upload(head, body, &parts);
    let patience = Patience::new(parts.total, settings.read, now);
    let question = Question {
        last: shared.head.is_last(&parts.headers),
        limits: Rc::clone(&settings.limits),
        head: Some(shared.room_for_head()),
        parts,
    };
    Ok(match idle {
        Some(Idle { connection, .. }) => Step::OverKept {
            exchange: Box::new(Exchange::new(connection, upload, patience, question)),
            shared,
            again,
        },
        None => {
            let connecting = over_a_new_connection(shared, origin, upload, patience, question);
            Step::OverNew(Box::pin(connecting))
        }
    })
}

/// Sends the request of this exchange once more over a new connection, if it may go again.
#[cold]
fn go_again(
    shared: Rc<Shared>,
    exchange: Box<Exchange<TcpStream>>,
    again: Option<Bytes>,
    first: ClientError,
) -> Result<Step, ClientError> {
    let Some(body) = again.filter(|_| exchange.may_go_again(&first)) else {
        return Err(first);
    };
    let (question, patience) = exchange.into_question();
    let parts = &question.parts;
    let origin = Rc::new(Origin::read(&parts.url)?);
    let length = Some(body.len() as u64);
    let head = shared.head.write(
        &parts.method,
        &parts.headers,
        length,
        (&parts.url, &origin),
        BytesMut::new(),
    )?;
    let upload = make_upload(head, Ok(body), parts);
    let second = over_a_new_connection(shared, origin, upload, patience, question);
    Ok(Step::OverNew(Box::pin(async move {
        second.await.map_err(|error| error.after(first))
    })))
}

/// Makes a connection and sends a request over it.
async fn over_a_new_connection(
    shared: Rc<Shared>,
    origin: Rc<Origin>,
    upload: Upload,
    mut patience: Patience,
    question: Question,
) -> Result<ClientResponse, ClientError> {
    let connection = match shared.connect(origin, &mut patience).await {
        Ok(connection) => connection,
        Err(error) => return Err(error.of_request(|| question.parts.describe())),
    };
    let mut exchange = Box::new(Exchange::new(connection, upload, patience, question));
    poll_fn(|context| exchange.poll_head(context)).await?;
    Ok(ClientResponse::new(exchange, &shared))
}

/// Makes what is to be sent; if the request asks first, its body waits for a `100 Continue`.
fn make_upload(head: BytesMut, body: Result<Bytes, Streamed>, parts: &Parts) -> Upload {
    let mut upload = Upload::new(head, body);
    let expectation = parts.headers.get(EXPECT);
    if expectation.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        upload.hold();
    }
    upload
}

impl std::fmt::Debug for ResponseFuture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.step {
            Step::New(_, parts) => write!(formatter, "ResponseFuture({})", parts.describe()),
            Step::OverKept { exchange, .. } => {
                write!(formatter, "ResponseFuture({})", exchange.parts().describe())
            }
            Step::Unsendable(error) => write!(formatter, "ResponseFuture({error})"),
            Step::OverNew(_) => write!(formatter, "ResponseFuture(over a new connection)"),
            Step::Over => write!(formatter, "ResponseFuture(over)"),
        }
    }
}
