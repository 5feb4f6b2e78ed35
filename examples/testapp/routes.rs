//! The answers of the application, one function for each path.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use oneloop_http::{
    Body, BodyWriter, HandlerError, HeaderName, HeaderValue, IntoResponse, Request, Response,
    ServerHandle, StatusCode, header,
};
use percent_encoding::percent_decode_str;

use crate::json;

/// A handler's result: any error becomes an answer.
type Answer = Result<Response, HandlerError>;

/// Pieces of `/big` are slices of this many octets.
const PIECE: usize = 64 * 1024;

/// What the handlers share.
pub(crate) struct App {
    max_body: u64,
    /// One buffer of `x` for all large answers.
    filler: Bytes,
    /// How many endless streams are running.
    streams: Rc<Cell<u32>>,
    server: OnceCell<ServerHandle>,
}

impl App {
    pub(crate) fn new(max_body: u64) -> App {
        let filler = Bytes::from(vec![b'x'; PIECE]);
        App {
            max_body,
            filler,
            streams: Rc::default(),
            server: OnceCell::new(),
        }
    }

    /// Says whose connections and requests `/stats` is to count.
    pub(crate) fn counts_of(&self, server: ServerHandle) {
        self.server
            .set(server)
            .expect("the counts are of one server");
    }

    /// Finds the function for the path, and refuses methods that it has no answer to.
    pub(crate) async fn answer(&self, request: Request) -> Answer {
        let (path, method) = (request.path(), request.method().as_str());
        let first = path[1..].split('/').next().unwrap_or_default();
        match (first, method) {
            ("", _) if path != "/" => not_found(),
            ("", "GET" | "HEAD") => Ok(Response::text("Hello")),
            ("", _) => not_allowed("GET, HEAD"),
            _ if path.starts_with("/target") => target(&request),
            ("status", "GET") => status(&request),
            ("status", _) => not_allowed("GET"),
            ("static", _) => not_built(),
            _ if path.len() > 1 + first.len() && path != "/cookies/set" => not_found(),
            ("echo", "POST" | "PUT" | "PATCH" | "DELETE" | "GET") => echo(request).await,
            ("echo", _) => not_allowed("POST, PUT, PATCH, DELETE, GET"),
            ("len", _) => self.length(request).await,
            ("ignore", _) => Ok(Response::text("ignored")),
            ("headers", "GET" | "POST") => Ok(headers(&request)),
            ("headers", _) => not_allowed("GET, POST"),
            ("chunked", "GET" | "HEAD") => self.chunked(&request),
            ("chunked", _) => not_allowed("GET, HEAD"),
            ("slow", "GET") => slow(&request).await,
            ("slow", _) => not_allowed("GET"),
            ("big", "GET" | "HEAD") => self.big(&request),
            ("big", _) => not_allowed("GET, HEAD"),
            ("redirect", "GET") => redirect(&request),
            ("redirect", _) => not_allowed("GET"),
            ("hdr", "GET") => header_from_query(&request),
            ("hdr", _) => not_allowed("GET"),
            ("stream", "GET") => Ok(self.stream()),
            ("stream", _) => not_allowed("GET"),
            ("stats", "GET") => Ok(self.stats()),
            ("stats", _) => not_allowed("GET"),
            ("cookies" | "gzip" | "ws" | "upload", _) => not_built(),
            _ => not_found(),
        }
    }

    /// Counts a body without keeping it.
    async fn length(&self, mut request: Request) -> Answer {
        let mut length = 0;
        request.body().set_limit(self.max_body);
        while let Some(piece) = request.body().chunk().await? {
            length += piece.len();
        }
        Ok(Response::text(length.to_string()))
    }

    /// Sends `n` chunks of `size` octets.
    fn chunked(&self, request: &Request) -> Answer {
        let count = number(request, "n", 5)?;
        let size = number(request, "size", 10)?;
        if size > 1 << 20 {
            return bad_request("size: at most 1 MiB, please");
        }
        let chunk = Bytes::from(vec![b'x'; size as usize]);
        Ok(Response::bytes(Body::produce(async move |mut writer| {
            for _ in 0..count {
                writer.write(chunk.clone()).await?;
            }
            Ok(())
        })))
    }

    /// Sends `n` octets, no faster than they are taken.
    fn big(&self, request: &Request) -> Answer {
        let length = number(request, "n", 0)?;
        let filler = self.filler.clone();
        let body = Body::produce(async move |mut writer| {
            let mut left = length;
            while left > 0 {
                let piece = filler.slice(..left.min(PIECE as u64) as usize);
                left -= piece.len() as u64;
                writer.write(piece).await?;
            }
            Ok(())
        });
        Ok(Response::bytes(body.with_length(length)))
    }

    /// Ticks until the client goes away: the body is dropped then, where it sleeps or writes.
    fn stream(&self) -> Response {
        let running = Running::new(&self.streams);
        Response::text(Body::produce(async move |mut writer: BodyWriter| {
            let _running = running;
            loop {
                writer.write("tick\n").await?;
                oneloop::sleep(Duration::from_millis(20)).await;
            }
        }))
    }

    fn stats(&self) -> Response {
        let server = self
            .server
            .get()
            .expect("the server was started before it was asked");
        let stats = server.stats();
        json_response(format!(
            r#"{{"open": {}, "streams": {}, "requests": {}}}"#,
            stats.open_connections,
            self.streams.get(),
            stats.requests
        ))
    }
}

/// Counts a stream for as long as it lives.
struct Running(Rc<Cell<u32>>);

impl Running {
    fn new(count: &Rc<Cell<u32>>) -> Running {
        count.set(count.get() + 1);
        Running(Rc::clone(count))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

async fn echo(mut request: Request) -> Answer {
    Ok(Response::bytes(request.bytes().await?))
}

fn headers(request: &Request) -> Response {
    let map = request.headers();
    let members = map.keys().map(|name| {
        let values = map
            .get_all(name)
            .iter()
            .map(|value| json::latin_1(value.as_bytes()));
        let values = values
            .map(|value| json::Text(&value).to_string())
            .collect::<Vec<_>>();
        format!("{}: [{}]", json::Text(name.as_str()), values.join(", "))
    });
    json_response(format!("{{{}}}", members.collect::<Vec<_>>().join(", ")))
}

fn target(request: &Request) -> Answer {
    Ok(json_response(format!(
        r#"{{"method": {}, "target": {}, "path": {}, "query": {}}}"#,
        json::Text(request.method().as_str()),
        json::Text(request.target()),
        json::Text(&request.decoded_path()),
        json::Text(request.query().unwrap_or_default()),
    )))
}

async fn slow(request: &Request) -> Answer {
    let milliseconds = number(request, "ms", 500)?;
    oneloop::sleep(Duration::from_millis(milliseconds)).await;
    Ok(Response::text("slow"))
}

fn status(request: &Request) -> Answer {
    let number = request
        .path()
        .strip_prefix("/status/")
        .and_then(|text| text.parse().ok());
    match number {
        Some(number @ 200..=599) => {
            let status = StatusCode::from_u16(number).expect("200 to 599 are statuses");
            Ok(Response::text(format!("status {number}")).with_status(status))
        }
        _ => bad_request("a status from 200 to 599, please"),
    }
}

fn redirect(request: &Request) -> Answer {
    let code = match number(request, "code", 302)? {
        code @ 300..=399 => StatusCode::from_u16(code as u16).expect("300 to 399 are statuses"),
        _ => return bad_request("code: a redirection, please"),
    };
    let Some(to) = parameter(request, "to") else {
        return bad_request("to: where to?");
    };
    let location = HeaderValue::from_bytes(&to)?;
    Ok(Response::new(code).with_header(header::LOCATION, location))
}

/// Sets a header from the query. What is not legal in a header is an error, so a 500.
fn header_from_query(request: &Request) -> Answer {
    let (Some(name), Some(value)) = (parameter(request, "name"), parameter(request, "value"))
    else {
        return bad_request("name and value, please");
    };
    let name = HeaderName::from_bytes(&name)?;
    let value = HeaderValue::from_bytes(&value)?;
    Ok(Response::text("").with_header(name, value))
}

/// Finds a parameter of the query and undoes its percent-encoding. A plus stays a plus.
fn parameter(request: &Request, name: &str) -> Option<Vec<u8>> {
    let pairs = request.query()?.split('&');
    let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    Some(percent_decode_str(value).collect())
}

fn number(request: &Request, name: &str, default: u64) -> Result<u64, HandlerError> {
    let Some(value) = parameter(request, name) else {
        return Ok(default);
    };
    let parsed = std::str::from_utf8(&value)
        .ok()
        .and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| {
        let text = format!("{name}: a number, please");
        HandlerError::new(StatusCode::BAD_REQUEST, text)
    })
}

fn json_response(text: String) -> Response {
    let json = HeaderValue::from_static("application/json");
    Response::ok(text).with_header(header::CONTENT_TYPE, json)
}

fn bad_request(text: &'static str) -> Answer {
    Err(HandlerError::new(StatusCode::BAD_REQUEST, text))
}

fn not_found() -> Answer {
    Ok(StatusCode::NOT_FOUND.into_response())
}

/// Answers paths whose turn has not come yet.
fn not_built() -> Answer {
    Ok(StatusCode::NOT_IMPLEMENTED.into_response())
}

fn not_allowed(methods: &'static str) -> Answer {
    let response = StatusCode::METHOD_NOT_ALLOWED.into_response();
    Ok(response.with_header(header::ALLOW, HeaderValue::from_static(methods)))
}
