//! Takes a request-target apart, and knows what a host looks like.

use std::ops::Range;

use http::Method;

use super::HeadError;
use crate::wire::fields::Span;
use crate::wire::octets::{self, ADDRESS, DIGIT, HOST_NAME};

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
    whole: Span,
    /// `host[:port]` of the absolute and the authority form; empty in the others. The path follows.
    authority: Span,
}

impl Target {
    /// Stands where no target was read yet.
    pub(super) const NONE: Target = Target {
        form: TargetForm::Origin,
        whole: Span::new(0, 0),
        authority: Span::new(0, 0),
    };

    /// Reads `target`, which begins at `start` of the head and has no control octet in it.
    ///
    /// A fragment is refused: no form of section 3.2 has one, and who strips it and who keeps it
    /// differs along a chain of servers.
    #[inline]
    pub(super) fn read(target: &str, start: usize, method: &Method) -> Result<Target, HeadError> {
        if !target.is_ascii() || target.as_bytes().contains(&b'#') {
            return Err(HeadError::BadTarget);
        }
        let mut read = Target {
            form: TargetForm::Origin,
            whole: Span::new(start, start + target.len()),
            authority: Span::new(start, start),
        };
        // > The authority-form of request-target is only used for CONNECT requests.
        if *method == Method::CONNECT {
            let target = target.as_bytes();
            if !is_host_and_port(target) || !names_port(target) {
                return Err(HeadError::BadTarget);
            }
            read.form = TargetForm::Authority;
            read.authority = read.whole;
        } else if target == "*" && *method == Method::OPTIONS {
            // > The asterisk-form of request-target is only used for a server-wide OPTIONS request.
            read.form = TargetForm::Asterisk;
        } else if !target.starts_with('/') {
            let authority = find_authority(target.as_bytes()).ok_or(HeadError::BadTarget)?;
            read.form = TargetForm::Absolute;
            read.authority = Span::new(start + authority.start, start + authority.end);
        }
        Ok(read)
    }

    /// The whole of it, out of the head that it was read from.
    pub(super) fn text(self, head: &[u8]) -> &str {
        self.whole.text(head)
    }

    /// What the request is about: the path, and what follows the first `?`.
    ///
    /// Not every handler asks for it, so it is looked up when one does.
    pub(super) fn path_and_query(self, head: &[u8]) -> (&str, Option<&str>) {
        let rest = self.whole.behind(self.authority).text(head);
        match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        }
    }

    /// `host[:port]`, if it is in the target.
    pub(super) fn authority(self, head: &[u8]) -> Option<&str> {
        matches!(self.form, TargetForm::Absolute | TargetForm::Authority)
            .then(|| self.authority.text(head))
    }
}

/// Finds the `host[:port]` of `scheme://host[:port]` and what follows.
///
/// > A recipient of an "http" or "https" URI reference [..] SHOULD parse for userinfo and treat
/// > its presence as an error. (RFC 9110 section 4.2.4; `@` is not in a host)
fn find_authority(target: &[u8]) -> Option<Range<usize>> {
    let colon = memchr::memchr(b':', target)?;
    let (scheme, rest) = target.split_at_checked(colon)?;
    let after = rest.strip_prefix(b"://")?;
    let (first, letters) = scheme.split_first()?;
    let is_scheme = first.is_ascii_alphabetic()
        && letters
            .iter()
            .all(|&letter| letter.is_ascii_alphanumeric() || b"+-.".contains(&letter));
    let end = memchr::memchr2(b'/', b'?', after).unwrap_or(after.len());
    let authority = after.get(..end)?;
    let is_host = !authority.is_empty() && is_host_and_port(authority);
    let start = colon + 3;
    (is_scheme && is_host).then_some(start..start + end)
}

/// Tells whether a port follows the host.
fn names_port(authority: &[u8]) -> bool {
    let after = authority.rsplit(|&octet| octet == b':').next();
    after.is_some_and(|port| !port.is_empty() && port.len() < authority.len())
}

/// Tells whether `value` is `uri-host [ ":" port ]` (RFC 9110 section 7.2), the host not empty
/// when a port follows.
pub(super) fn is_host_and_port(value: &[u8]) -> bool {
    let (host_is_right, port) = if let Some(after) = value.strip_prefix(b"[") {
        let Some(close) = memchr::memchr(b']', after) else {
            return false;
        };
        let (literal, rest) = (&after[..close], &after[close + 1..]);
        (
            !literal.is_empty() && octets::all_are(literal, ADDRESS),
            rest,
        )
    } else {
        let rest = octets::behind(value, HOST_NAME);
        (rest.len() < value.len() || rest.is_empty(), rest)
    };
    let port_is_right = match port.split_first() {
        None => true,
        Some((b':', digits)) => octets::all_are(digits, DIGIT),
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
