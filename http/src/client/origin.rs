//! What a URL says: whom to connect to, and what to ask for. Pure: no resolver is asked.

use std::borrow::Cow;
use std::rc::Rc;

use http::Uri;

use super::ClientError;

/// Whom to connect to. Requests to one origin share a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The host in small letters, without the brackets of an IPv6 address.
    pub(super) host: Rc<str>,
    pub(super) port: u16,
}

/// A URL taken apart for sending. It borrows from it, since most requests go over a connection that
/// knows its origin, and then nothing has to be kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// The host as it was written, without the brackets of an IPv6 address.
    host: &'a str,
    port: u16,
    /// What the `Host` field says: the host as it was written, the port unless it is 80.
    pub(super) host_field: Cow<'a, str>,
    /// The path and the query, `/` at least.
    pub(super) path: Cow<'a, str>,
}

impl<'a> Target<'a> {
    /// Reads an absolute URL of the scheme `http`. A fragment is not sent.
    pub(super) fn read(url: &'a Uri) -> Result<Target<'a>, ClientError> {
        let scheme = url.scheme_str().ok_or_else(|| {
            ClientError::unusable(format!(
                "`{url}` is not an absolute URL such as `http://host/path`"
            ))
        })?;
        match scheme {
            "http" => {}
            "https" => {
                return Err(ClientError::unusable(
                    "https needs TLS, which this client does not have yet",
                ));
            }
            other => {
                return Err(ClientError::unusable(format!(
                    "the scheme `{other}` is not http"
                )));
            }
        }
        let authority = url.authority().map_or("", |authority| authority.as_str());
        let Some((host, digits)) = split(authority) else {
            // They would end up in logs and in error texts; a header is the place for them.
            return Err(ClientError::unusable(
                "a name and a password in a URL are not sent; set `Authorization`",
            ));
        };
        if host.is_empty() {
            return Err(ClientError::unusable(format!("`{url}` names no host")));
        }
        let port = read_port(digits)
            .ok_or_else(|| ClientError::unusable(format!("`{authority}` has no valid port")))?;
        if port == 0 {
            return Err(ClientError::unusable("nobody can listen on port 0"));
        }
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(host);
        Ok(Target {
            host: bare,
            port,
            host_field: match digits {
                _ if port == 80 => Cow::Borrowed(host),
                zeros if zeros.starts_with('0') => Cow::Owned(format!("{host}:{port}")),
                _ => Cow::Borrowed(authority),
            },
            path: match url.path_and_query().map_or("/", |path| path.as_str()) {
                query if query.starts_with('?') => Cow::Owned(format!("/{query}")),
                path => Cow::Borrowed(path),
            },
        })
    }

    /// Whom this goes to, to be kept.
    pub(super) fn origin(&self) -> Origin {
        Origin {
            host: self.host.to_ascii_lowercase().into(),
            port: self.port,
        }
    }

    /// Whether it goes to them.
    pub(super) fn is_at(&self, origin: &Origin) -> bool {
        // Mostly it is written in small letters, and nobody need go letter by letter.
        let same_host = self.host == &*origin.host || self.host.eq_ignore_ascii_case(&origin.host);
        self.port == origin.port && same_host
    }
}

/// Splits an authority into its host, with the brackets of an IPv6 address, and the digits of its port, of
/// which there may be none. `None` if it names a user.
fn split(authority: &str) -> Option<(&str, &str)> {
    let mut colon = None;
    let has_brackets = authority.starts_with('[');
    for (position, octet) in authority.bytes().enumerate() {
        match octet {
            b'@' => return None,
            // The colons within brackets belong to the address.
            b']' if has_brackets => colon = None,
            b':' => colon = colon.or(Some(position)),
            _ => {}
        }
    }
    let (host, rest) = authority.split_at(colon.unwrap_or(authority.len()));
    Some((host, rest.get(1..).unwrap_or_default()))
}

/// Reads the port; an empty one, as in `http://host:/`, is the usual one (RFC 9110 section 4.2.1).
fn read_port(digits: &str) -> Option<u16> {
    if digits.is_empty() {
        return Some(80);
    }
    // `str::parse` would take `+80`.
    let all = digits.bytes().all(|digit| digit.is_ascii_digit());
    all.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<(String, u16, String, String), String> {
        let url: Uri = url
            .parse()
            .map_err(|error: http::uri::InvalidUri| error.to_string())?;
        let target = Target::read(&url).map_err(|error| error.to_string())?;
        Ok((
            target.origin().host.to_string(),
            target.port,
            target.host_field.into_owned(),
            target.path.into_owned(),
        ))
    }

    #[test]
    fn urls_are_taken_apart() {
        let table = [
            ("http://a.example", "a.example", 80, "a.example", "/"),
            ("http://A.example:80/x", "a.example", 80, "A.example", "/x"),
            ("http://a:8080/x?y=z#frag", "a", 8080, "a:8080", "/x?y=z"),
            ("http://a?q", "a", 80, "a", "/?q"),
            ("http://127.0.0.1:1/", "127.0.0.1", 1, "127.0.0.1:1", "/"),
            ("http://[::1]:81/a", "::1", 81, "[::1]:81", "/a"),
            ("http://a:0081/", "a", 81, "a:81", "/"),
            ("http://[::1]", "::1", 80, "[::1]", "/"),
            ("HTTP://a/", "a", 80, "a", "/"),
            ("http://a:/", "a", 80, "a", "/"),
        ];
        for (url, host, port, host_field, path) in table {
            let wanted = (
                host.to_owned(),
                port,
                host_field.to_owned(),
                path.to_owned(),
            );
            assert_eq!(read(url), Ok(wanted), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_of_ours_is_refused_with_its_reason() {
        let table = [
            ("/relative", "not an absolute URL"),
            ("a.example", "not an absolute URL"),
            ("https://a/", "TLS"),
            ("ftp://a/", "not http"),
            ("http://u:p@a/", "password"),
            ("http://a:0/", "port 0"),
            ("http://a[::1]:81/", "no valid port"),
            ("http://a[1:2]/", "no valid port"),
            ("http://x:1[::1]:80/", "no valid port"),
            ("http://a:99999/", "port"),
            ("http://a:+80/", "port"),
            ("http://a:x/", ""),
            ("http:///x", ""),
            ("http://a/b c", ""),
            ("http://a/\r\nX: y", ""),
            ("http://a\0/", ""),
            ("", ""),
        ];
        for (url, reason) in table {
            let error = read(url).expect_err(url);
            assert!(error.contains(reason), "{url}: {error}");
        }
    }
}
