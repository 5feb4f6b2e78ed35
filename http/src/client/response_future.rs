//! [`ResponseFuture`]: a request that was sent, until the head of its response has come.
//!
//! Written by hand: most requests go over a connection that was kept, and then there is nothing to hold but
//! the exchange. An async function would hold what a new connection takes as well, a kilobyte for each
//! request.

use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use oneloop::{Handle, Loop};
use oneloop_net::TcpStream;

use super::error::{Kind, Phase};
use super::exchange::Exchange;
use super::origin::Origin;
use super::session::Shared;
use super::{ClientError, ClientResponse, Retry};

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
    New(Rc<Shared>, Box<Exchange<TcpStream>>),
    /// Something was wrong with its parts.
    Unsendable(ClientError),
    /// It goes over a connection that was kept.
    OverKept(Rc<Shared>, Box<Exchange<TcpStream>>),
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
                Step::New(shared, exchange) => *step = begin(shared, exchange)?,
                Step::OverKept(shared, mut exchange) => match exchange.poll_head(context) {
                    Poll::Pending => {
                        *step = Step::OverKept(shared, exchange);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok(())) => {
                        return Poll::Ready(Ok(ClientResponse::new(exchange, &shared)));
                    }
                    Poll::Ready(Err(first)) => *step = go_again(shared, exchange, first)?,
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

/// Writes the request, and takes the idle connection to its target, or begins to make one.
fn begin(shared: Rc<Shared>, mut exchange: Box<Exchange<TcpStream>>) -> Result<Step, ClientError> {
    let (origin, running) = match prepare(&shared, &mut exchange) {
        Ok(prepared) => prepared,
        Err(error) => return Err(error.of_request(|| exchange.parts.describe())),
    };
    let now = running.now();
    let total = exchange.parts.total;
    exchange.patience.start(total, shared.settings.read, now);
    Ok(match shared.pool.take(&origin, oneloop::turn_time(), now) {
        Some(connection) => {
            exchange.begin(connection);
            Step::OverKept(shared, exchange)
        }
        None => Step::OverNew(Box::pin(over_a_new_connection(shared, origin, exchange))),
    })
}

/// Writes the request, and finds out whom it is for and in which loop.
fn prepare(
    shared: &Shared,
    exchange: &mut Exchange<TcpStream>,
) -> Result<(Rc<Origin>, Handle), ClientError> {
    let url = &exchange.parts.url;
    let origin = match shared.pool.origin_of(url) {
        Some(origin) => origin,
        None => Rc::new(Origin::read(url)?),
    };
    exchange.write(&shared.head, &origin, shared.settings.retry)?;
    let running = Loop::current();
    let running = running.map_err(|error| ClientError::new(Kind::NoLoop(error), Phase::Build))?;
    Ok((origin, running))
}

/// Sends the request of this exchange once more over a new connection, if it may go again.
#[cold]
fn go_again(
    shared: Rc<Shared>,
    mut exchange: Box<Exchange<TcpStream>>,
    first: ClientError,
) -> Result<Step, ClientError> {
    if !exchange.may_go_again(&first) || !exchange.rewind() {
        return Err(first);
    }
    let origin = Rc::new(Origin::read(&exchange.parts.url)?);
    exchange.write(&shared.head, &origin, Retry::Never)?;
    let second = over_a_new_connection(shared, origin, exchange);
    Ok(Step::OverNew(Box::pin(async move {
        second.await.map_err(|error| error.after(first))
    })))
}

/// Makes a connection and sends a request over it.
async fn over_a_new_connection(
    shared: Rc<Shared>,
    origin: Rc<Origin>,
    mut exchange: Box<Exchange<TcpStream>>,
) -> Result<ClientResponse, ClientError> {
    let connection = match shared.connect(origin, &mut exchange.patience).await {
        Ok(connection) => connection,
        Err(error) => return Err(error.of_request(|| exchange.parts.describe())),
    };
    exchange.begin(connection);
    poll_fn(|context| exchange.poll_head(context)).await?;
    Ok(ClientResponse::new(exchange, &shared))
}

impl std::fmt::Debug for ResponseFuture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.step {
            Step::New(_, exchange) | Step::OverKept(_, exchange) => {
                write!(formatter, "ResponseFuture({})", exchange.parts.describe())
            }
            Step::Unsendable(error) => write!(formatter, "ResponseFuture({error})"),
            Step::OverNew(_) => write!(formatter, "ResponseFuture(over a new connection)"),
            Step::Over => write!(formatter, "ResponseFuture(over)"),
        }
    }
}
