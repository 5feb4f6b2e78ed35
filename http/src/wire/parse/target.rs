//! Takes a request-target apart, and knows what a host looks like.

use http::Method;

use super::HeadError;
use crate::wire::fields::Span;

/// Names the form of a request-target (RFC 9112 section 3.2).
///
/// ```
/// use bytes::BytesMut;
/// use oneloop_http::wire::{Limits, RequestParser, TargetForm};
///
/// let mut buffer = BytesMut::from("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
/// let head = RequestParser::new(Limits::default()).parse(&mut buffer).unwrap().unwrap();
/// assert_eq!(head.target_form(), TargetForm::Asterisk);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetForm {
    /// `/path?query`, what clients send to a server.
    Origin,
    /// `http://host/path?query`, what clients send to a proxy, and every server must take.
    Absolute,
    /// `host:port`, for CONNECT alone.
    Authority,
    /// `*`, for OPTIONS alone: the server as a whole.
    Asterisk,
}

/// A request-target's parts, as ranges of the head that it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) form: TargetForm,
    /// The whole of it, as it was sent.
    pub(super) whole: Span,
    /// The path, not decoded; `None` where it is absent, which is only possible in the absolute
    /// and the authority form.
    pub(super) path: Option<Span>,
    /// What follows the first `?`.
    pub(super) query: Option<Span>,
    /// `host[:port]` of the absolute and the authority form.
    pub(super) authority: Option<Span>,
}

impl Target {
    /// Reads `target`, which is a slice of `received`.
    ///
    /// A fragment is refused: no form of section 3.2 has one, and who strips it and who keeps it
    /// differs along a chain of servers.
    pub(super) fn read(
        received: &[u8],
        method: &Method,
        target: &str,
    ) -> Result<Target, HeadError> {
        if !target.is_ascii() || target.contains('#') {
            return Err(HeadError::BadTarget);
        }
        let span = |part: &str| Span::of(received, part.as_bytes()).ok_or(HeadError::BadTarget);
        let whole = span(target)?;

        // > The authority-form of request-target is only used for CONNECT requests.
        if *method == Method::CONNECT {
            let named_port = target
                .rsplit_once(':')
                .is_some_and(|(_, port)| !port.is_empty());
            if !named_port || !is_host_and_port(target.as_bytes()) {
                return Err(HeadError::BadTarget);
            }
            let form = TargetForm::Authority;
            return Ok(Target {
                form,
                whole,
                path: None,
                query: None,
                authority: Some(whole),
            });
        }
        // > The asterisk-form of request-target is only used for a server-wide OPTIONS request.
        if target == "*" && *method == Method::OPTIONS {
            let form = TargetForm::Asterisk;
            return Ok(Target {
                form,
                whole,
                path: Some(whole),
                query: None,
                authority: None,
            });
        }

        let (form, authority, rest) = if target.starts_with('/') {
            (TargetForm::Origin, None, target)
        } else {
            let (authority, rest) = split_absolute(target).ok_or(HeadError::BadTarget)?;
            (TargetForm::Absolute, Some(span(authority)?), rest)
        };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(span(query)?)),
            None => (rest, None),
        };
        let path = if path.is_empty() {
            None
        } else {
            Some(span(path)?)
        };
        Ok(Target {
            form,
            whole,
            path,
            query,
            authority,
        })
    }
}

/// Splits `scheme://host[:port]` off what follows it.
///
/// > A recipient of an "http" or "https" URI reference [..] SHOULD parse for userinfo and treat
/// > its presence as an error. (RFC 9110 section 4.2.4; `@` is not in a host)
fn split_absolute(target: &str) -> Option<(&str, &str)> {
    let (scheme, after) = target.split_once("://")?;
    let mut letters = scheme.bytes();
    let is_scheme = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || b"+-.".contains(&letter));
    let end = after.find(['/', '?']).unwrap_or(after.len());
    let (authority, rest) = after.split_at_checked(end)?;
    let is_host = !authority.is_empty() && is_host_and_port(authority.as_bytes());
    (is_scheme && is_host).then_some((authority, rest))
}

/// Tells whether `value` is `uri-host [ ":" port ]` (RFC 9110 section 7.2), the host not empty
/// when a port follows.
pub(super) fn is_host_and_port(value: &[u8]) -> bool {
    let (host_is_right, port) = if let Some(after) = value.strip_prefix(b"[") {
        let Some(close) = after.iter().position(|&octet| octet == b']') else {
            return false;
        };
        let (literal, rest) = (&after[..close], &after[close + 1..]);
        let right = !literal.is_empty()
            && literal
                .iter()
                .all(|&octet| octet.is_ascii_alphanumeric() || b":.-_~%".contains(&octet));
        (right, rest)
    } else {
        let end = value
            .iter()
            .position(|&octet| octet == b':')
            .unwrap_or(value.len());
        let (host, rest) = value.split_at(end);
        // > reg-name = *( unreserved / pct-encoded / sub-delims ) (RFC 3986 section 3.2.2)
        let right = (!host.is_empty() || rest.is_empty())
            && host.iter().all(|&octet| {
                octet.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&octet)
            });
        (right, rest)
    };
    let port_is_right = match port.split_first() {
        None => true,
        Some((b':', digits)) => digits.iter().all(u8::is_ascii_digit),
        Some(_) => false,
    };
    host_is_right && port_is_right
}

#[cfg(test)]
mod tests {
    use super::is_host_and_port;

    #[test]
    fn hosts_are_told_from_what_is_none() {
        for good in [
            "a",
            "a.example",
            "a:80",
            "a:",
            "[::1]",
            "[::1]:8080",
            "127.0.0.1:1",
            "x_y",
            "",
        ] {
            assert!(is_host_and_port(good.as_bytes()), "{good}");
        }
        for bad in [
            ":80", "a b", "a:b", "a:80:80", "[::1", "[]", "[::1]x", "u@a", "a/b", "a\\b", "a?b",
            "ä",
        ] {
            assert!(!is_host_and_port(bad.as_bytes()), "{bad}");
        }
    }
}
