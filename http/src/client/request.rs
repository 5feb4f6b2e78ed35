//! A request before it is sent.

use std::fmt::Display;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{
    ACCEPT, CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING, USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use oneloop::Loop;
use oneloop_net::TcpStream;

use super::error::{Kind, Phase};
use super::exchange::{Exchange, Question};
use super::origin::{Origin, Target};
use super::patience::Patience;
use super::session::Shared;
use super::upload::Upload;
use super::{ClientError, ClientResponse, Retry};
use crate::Body;
use crate::body::Streamed;
use crate::field;
use crate::wire::{ResponseHead, encode};

/// Is a request that can be added to, and is sent by [`send`](RequestBuilder::send) or simply by
/// `.await`.
///
/// What is wrong with its parts is told when it is sent, so that calls can be chained.
///
/// ```
/// use oneloop_http::client::ClientSession;
/// # use oneloop_http::{Request, Response};
///
/// oneloop::run(async {
/// #   let listener = oneloop_net::TcpListener::bind("127.0.0.1:0").await?;
/// #   let address = listener.local_addr()?;
/// #   let _server = oneloop_http::serve(listener, async |mut request: Request| {
/// #       let name = request.header("x-name").unwrap_or_default().to_owned();
/// #       let text = request.text().await.unwrap();
/// #       Response::text(format!("{name}: {text}"))
/// #   }).start();
///     let session = ClientSession::new();
///     let mut response = session
///         .post(format!("http://{address}/"))
///         .header("x-name", "echo")
///         .body("Hello")
///         .await?;
///     assert_eq!(response.text().await?, "echo: Hello");
///
///     let split = session.get(format!("http://{address}/")).header("x-name", "a\r\nx-other: b");
///     assert!(split.await.unwrap_err().is_build(), "a header can't become two");
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a request does nothing until it is sent or awaited"]
pub struct RequestBuilder {
    shared: Rc<Shared>,
    /// The parts, or what was wrong with the first bad one.
    parts: Result<Parts, ClientError>,
}

/// The parts of a request.
struct Parts {
    method: Method,
    url: Uri,
    headers: HeaderMap,
    body: Body,
    total: Option<Duration>,
}

impl RequestBuilder {
    pub(super) fn new<M, U>(shared: Rc<Shared>, method: M, url: U) -> RequestBuilder
    where
        M: TryInto<Method, Error: Into<http::Error>>,
        U: TryInto<Uri, Error: Into<http::Error>> + Display + Clone,
    {
        let total = shared.settings.total;
        let parts = read_method(method).and_then(|method| {
            Ok(Parts {
                method,
                url: read_url(url)?,
                headers: HeaderMap::new(),
                body: Body::empty(),
                total,
            })
        });
        RequestBuilder { shared, parts }
    }

    /// Adds a header. One that the session sends by default, or that the client adds itself, is
    /// replaced by it.
    pub fn header<V>(mut self, name: impl AsRef<[u8]>, value: V) -> RequestBuilder
    where
        V: TryInto<HeaderValue>,
    {
        self.change(|parts| {
            let (name, value) = field::read(name, value)?;
            parts.headers.append(name, value);
            Ok(())
        });
        self
    }

    /// Sets the body: octets, a text, or a [`Body`] that is made while it is sent.
    ///
    /// Its length becomes `Content-Length`; one of unknown length goes out chunked. With the header
    /// `Expect: 100-continue` the body waits until the server asks for it, at most a second.
    pub fn body(mut self, body: impl Into<Body>) -> RequestBuilder {
        self.change(|parts| {
            parts.body = body.into();
            Ok(())
        });
        self
    }

    /// Limits this request as a whole, in place of the session's limit.
    pub fn timeout(mut self, limit: Duration) -> RequestBuilder {
        self.change(|parts| {
            parts.total = Some(limit);
            Ok(())
        });
        self
    }

    /// Sends the request and waits for the head of the response. The body is read afterwards.
    ///
    /// # Errors
    ///
    /// The request can't be made of its parts, or no response came; [`ClientError`] tells. A
    /// response of any status is no error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection at once. Whether the server has seen the request
    /// is not known then.
    pub async fn send(mut self) -> Result<ClientResponse, ClientError> {
        // Taken apart where it lies: moved out it would lie in the future twice.
        let parts = match self.parts {
            Ok(ref mut parts) => parts,
            Err(error) => return Err(error),
        };
        match exchange(&self.shared, parts).await {
            Ok((head, exchange)) => {
                let url = std::mem::take(&mut parts.url);
                Ok(ClientResponse::new(head, exchange, &self.shared, url))
            }
            Err(error) => Err(error.of_request(|| describe(&parts.method, &parts.url))),
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut Parts) -> Result<(), ClientError>) {
        if let Ok(parts) = &mut self.parts
            && let Err(error) = change(parts)
        {
            self.parts = Err(error);
        }
    }
}

impl IntoFuture for RequestBuilder {
    type Output = Result<ClientResponse, ClientError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl std::fmt::Debug for RequestBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.parts {
            Ok(parts) => write!(
                formatter,
                "RequestBuilder({})",
                describe(&parts.method, &parts.url)
            ),
            Err(error) => write!(formatter, "RequestBuilder({error})"),
        }
    }
}

/// The head of a response, and how to go on.
type Answer = (ResponseHead, Box<Exchange<TcpStream>>);

/// Sends a request over the idle connection or a new one, and once more if that is allowed. The body
/// is taken out of the parts.
async fn exchange(shared: &Rc<Shared>, parts: &mut Parts) -> Result<Answer, ClientError> {
    let Parts {
        method,
        url,
        headers,
        body,
        total,
    } = parts;
    let settings = &shared.settings;
    let target = Target::read(url)?;
    let length = body.length();
    let write_head = || write_head(&settings.headers, method, headers, length, &target);
    let head = write_head()?;
    let body = std::mem::take(body).into_parts();
    let asks_first = headers
        .get(EXPECT)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    let question = Question {
        method: method.clone(),
        last: lists_close(headers) || lists_close(&settings.headers),
        limits: Rc::clone(&settings.limits),
        scratch: Rc::clone(&shared.scratch),
    };
    let running =
        Loop::current().map_err(|error| ClientError::new(Kind::NoLoop(error), Phase::Build))?;
    let patience = Patience::new(*total, settings.read);

    let idle = shared
        .pool
        .take(&target, oneloop::turn_time(), running.now());
    // A new connection takes a future of some size, which a request over a kept one need not carry.
    let over_a_new_one = |upload, patience, question| {
        Box::pin(over_a_new_connection(
            shared,
            target.origin(),
            upload,
            patience,
            question,
        ))
    };
    let Some(connection) = idle else {
        let upload = make_upload(head, body, asks_first);
        return over_a_new_one(upload, patience, question).await;
    };
    // A body that is made while it is sent can be made only once.
    let again = match settings.retry {
        Retry::Idempotent => body.as_ref().ok().cloned(),
        Retry::Never => None,
    };
    let upload = make_upload(head, body, asks_first);
    let mut exchange = Box::new(Exchange::new(connection, upload, patience, question));
    let first = match poll_fn(|context| exchange.poll_head(context)).await {
        Ok(head) => return Ok((head, exchange)),
        Err(error) => error,
    };
    match again {
        Some(body) if exchange.may_go_again(&first) => {
            let (question, patience) = exchange.into_question();
            let upload = make_upload(write_head()?, Ok(body), asks_first);
            let second = over_a_new_one(upload, patience, question).await;
            second.map_err(|error| error.after(first))
        }
        _ => Err(first),
    }
}

/// Makes a connection and sends a request over it.
async fn over_a_new_connection(
    shared: &Shared,
    origin: Origin,
    upload: Upload,
    mut patience: Patience,
    question: Question,
) -> Result<Answer, ClientError> {
    let connection = shared.connect(origin, &mut patience).await?;
    let mut exchange = Box::new(Exchange::new(connection, upload, patience, question));
    let head = poll_fn(|context| exchange.poll_head(context)).await?;
    Ok((head, exchange))
}

/// Makes what is to be sent; if the request asks first, its body waits for a `100 Continue`.
fn make_upload(head: BytesMut, body: Result<Bytes, Streamed>, asks_first: bool) -> Upload {
    let mut upload = Upload::new(head, body);
    if asks_first {
        upload.hold();
    }
    upload
}

/// Writes the head: what the client says by itself, what the session does, what the request does.
fn write_head(
    defaults: &HeaderMap,
    method: &Method,
    headers: &HeaderMap,
    length: Option<u64>,
    target: &Target<'_>,
) -> Result<BytesMut, ClientError> {
    let mut out = BytesMut::with_capacity(256);
    // CONNECT wants another form of target and ends in a tunnel, which nobody here can use.
    if *method == Method::CONNECT {
        return Err(ClientError::unusable(
            "CONNECT opens a tunnel, which this client has no use for",
        ));
    }
    encode::request_line(&mut out, method, &target.path)
        .map_err(|error| ClientError::unusable(error.to_string()))?;

    let is_set = |name: &HeaderName| headers.contains_key(name) || defaults.contains_key(name);
    if !is_set(&HOST) {
        encode::raw_field(&mut out, b"host", target.host_field.as_bytes())
            .map_err(|error| ClientError::unusable(error.to_string()))?;
    }
    if !is_set(&ACCEPT) {
        encode::field(&mut out, &ACCEPT, &HeaderValue::from_static("*/*"));
    }
    if !is_set(&USER_AGENT) {
        const AGENT: HeaderValue =
            HeaderValue::from_static(concat!("oneloop-http/", env!("CARGO_PKG_VERSION")));
        encode::field(&mut out, &USER_AGENT, &AGENT);
    }
    let defaults = defaults
        .iter()
        .filter(|(name, _)| !headers.contains_key(*name));
    for (name, value) in defaults.chain(headers) {
        if *name == CONTENT_LENGTH || *name == TRANSFER_ENCODING {
            // Two ways of telling the length are how requests are smuggled.
            return Err(ClientError::unusable(format!(
                "`{name}` follows from the body and can't be set"
            )));
        }
        encode::field(&mut out, name, value);
    }

    // > A user agent SHOULD send Content-Length in a request when the method defines a meaning for
    // > enclosed content and it is not sending Transfer-Encoding. (RFC 9110 section 8.6)
    let means_content = [Method::POST, Method::PUT, Method::PATCH].contains(method);
    match length {
        Some(0) if !means_content => {}
        Some(length) => encode::content_length(&mut out, length),
        None => encode::transfer_encoding_chunked(&mut out),
    }
    encode::end(&mut out);
    Ok(out)
}

/// Whether these headers say that the connection ends with this request.
fn lists_close(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CONNECTION).iter();
    values
        .flat_map(|value| value.as_bytes().split(|&octet| octet == b','))
        .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

fn read_method<M>(given: M) -> Result<Method, ClientError>
where
    M: TryInto<Method, Error: Into<http::Error>>,
{
    let malformed = |error: M::Error| format!("the method is malformed: {}", error.into());
    given
        .try_into()
        .map_err(|error| ClientError::unusable(malformed(error)))
}

/// Reads a URL. One that is malformed is named up to its query, which may hold what is not for logs.
fn read_url<U>(given: U) -> Result<Uri, ClientError>
where
    U: TryInto<Uri, Error: Into<http::Error>> + Display + Clone,
{
    // A copy costs next to nothing: of a `Uri` it shares the text, of a text by reference it is the reference.
    given.clone().try_into().map_err(|error| {
        let (error, text) = (error.into(), given.to_string());
        let (shown, _query) = text.split_once('?').unwrap_or((&text, ""));
        ClientError::unusable(format!(
            "`{}` is no URL such as `http://host/path`: {error}",
            shown.escape_debug()
        ))
    })
}

/// Names a request in an error's text, without its query, which may hold what is not for logs.
pub(super) fn describe(method: &Method, url: &Uri) -> String {
    let scheme = url.scheme_str().map(|scheme| format!("{scheme}://"));
    let scheme = scheme.unwrap_or_default();
    let host = url.host().unwrap_or_default();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    format!("{method} {scheme}{host}{port}{}", url.path())
}
