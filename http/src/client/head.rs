//! The head of a request: what the client says by itself, what the session does, what the request does.

use http::header::{
    ACCEPT, CONNECTION, CONTENT_LENGTH, HOST, HeaderName, TRANSFER_ENCODING, USER_AGENT,
};
use http::{HeaderMap, HeaderValue, Method};

use super::ClientError;
use super::origin::{Origin, path_of};
use super::request::Parts;
use crate::wire::encode;

/// Room for the head of a request that says little of its own, in octets.
const USUAL: usize = 256;

/// What the requests of a session say alike.
#[derive(Debug)]
pub(super) struct CommonHead {
    /// What the session was told to send.
    defaults: HeaderMap,
    /// Whether that says that a connection ends with each request.
    is_last: bool,
    /// All lines but the first of a request that sets no field, but for `Host` where that is the URL's.
    /// `None` if there is one that can't be set.
    lines: Option<Box<[u8]>>,
}

impl CommonHead {
    pub(super) fn new(defaults: HeaderMap) -> CommonHead {
        let mut lines = Vec::new();
        let written = write_fields(&mut lines, &defaults, &HeaderMap::new());
        CommonHead {
            is_last: lists_close(&defaults),
            defaults,
            lines: written.is_ok().then(|| lines.into()),
        }
    }

    /// Whether a request with these headers says that the connection ends with it.
    pub(super) fn is_last(&self, headers: &HeaderMap) -> bool {
        self.is_last || (!headers.is_empty() && lists_close(headers))
    }

    /// Writes the head of a request for a URL of this origin into `out`, which is empty.
    pub(super) fn write(
        &self,
        parts: &Parts,
        origin: &Origin,
        out: &mut Vec<u8>,
    ) -> Result<(), ClientError> {
        let Parts {
            method,
            url,
            headers,
            body,
            ..
        } = parts;
        out.reserve(USUAL);
        // CONNECT wants another form of target and ends in a tunnel, which nobody here can use.
        if *method == Method::CONNECT {
            return Err(ClientError::unusable(
                "CONNECT opens a tunnel, which this client has no use for",
            ));
        }
        encode::request_line(out, method, &path_of(url))
            .map_err(|error| ClientError::unusable(error.to_string()))?;
        if !is_set(&HOST, &self.defaults, headers) {
            out.extend_from_slice(&origin.host_line);
        }
        match &self.lines {
            Some(lines) if headers.is_empty() => out.extend_from_slice(lines),
            _ => write_fields(out, &self.defaults, headers)?,
        }
        // > A user agent SHOULD send Content-Length in a request when the method defines a meaning for
        // > enclosed content and it is not sending Transfer-Encoding. (RFC 9110 section 8.6)
        let means_content = || [Method::POST, Method::PUT, Method::PATCH].contains(method);
        match body.length() {
            Some(0) if !means_content() => {}
            Some(length) => encode::content_length(out, length),
            None => encode::transfer_encoding_chunked(out),
        }
        encode::end(out);
        Ok(())
    }
}

/// Writes all fields but a `Host` that nobody set and those that follow from the body.
fn write_fields(
    out: &mut Vec<u8>,
    defaults: &HeaderMap,
    headers: &HeaderMap,
) -> Result<(), ClientError> {
    if !is_set(&ACCEPT, defaults, headers) {
        encode::field(out, &ACCEPT, &HeaderValue::from_static("*/*"));
    }
    if !is_set(&USER_AGENT, defaults, headers) {
        const AGENT: HeaderValue =
            HeaderValue::from_static(concat!("oneloop-http/", env!("CARGO_PKG_VERSION")));
        encode::field(out, &USER_AGENT, &AGENT);
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
        encode::field(out, name, value);
    }
    Ok(())
}

fn is_set(name: &HeaderName, defaults: &HeaderMap, headers: &HeaderMap) -> bool {
    // The map hashes a name before it sees that it is empty.
    let has = |map: &HeaderMap| !map.is_empty() && map.contains_key(name);
    has(headers) || has(defaults)
}

/// Whether these headers say that the connection ends with this request.
fn lists_close(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CONNECTION).iter();
    values
        .flat_map(|value| value.as_bytes().split(|&octet| octet == b','))
        .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}
