//! What a URL says: whom to connect to, and what to ask for. Pure: no resolver is asked.

use std::borrow::Cow;
use std::fmt;

use http::Uri;
use http::uri::Scheme;

use super::ClientError;
use crate::wire::encode;

/// Whom to connect to. Requests to one origin share a connection.
pub(super) struct Origin {
    /// The host in small letters, without the brackets of an IPv6 address.
    pub(super) host: Box<str>,
    pub(super) port: u16,
    /// The authority that it was read from, as it was written.
    authority: Box<str>,
    /// The line of the field `Host`: the host as it was written, the port unless it is 80.
    pub(super) host_line: Box<[u8]>,
}

impl Origin {
    /// Reads an absolute URL of the scheme `http`.
    pub(super) fn read(url: &Uri) -> Result<Origin, ClientError> {
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
        let host_field = match port {
            80 => host.to_owned(),
            _ => format!("{host}:{port}"),
        };
        let mut host_line = Vec::new();
        encode::raw_field(&mut host_line, b"host", host_field.as_bytes())
            .map_err(|error| ClientError::unusable(error.to_string()))?;
        Ok(Origin {
            host: bare.to_ascii_lowercase().into(),
            port,
            authority: authority.into(),
            host_line: host_line.into(),
        })
    }

    /// Whether to read this URL would give just the same.
    pub(super) fn is_of(&self, url: &Uri) -> bool {
        let is_http = url.scheme() == Some(&Scheme::HTTP);
        is_http
            && url
                .authority()
                .is_some_and(|other| *other.as_str() == *self.authority)
    }

    /// Whether it is reached over the same connections.
    pub(super) fn is_same(&self, other: &Origin) -> bool {
        // Mostly it is the one by which a connection was found.
        std::ptr::eq(self, other) || (self.port == other.port && self.host == other.host)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.authority)
    }
}

/// What a URL asks for: the path and the query, `/` at least. A fragment is not sent.
pub(super) fn path_of(url: &Uri) -> Cow<'_, str> {
    match url.path_and_query().map_or("/", |path| path.as_str()) {
        query if query.starts_with('?') => Cow::Owned(format!("/{query}")),
        path => Cow::Borrowed(path),
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
    if digits.starts_with('+') {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<(String, u16, String, String), String> {
        let url: Uri = url
            .parse()
            .map_err(|error: http::uri::InvalidUri| error.to_string())?;
        let origin = Origin::read(&url).map_err(|error| error.to_string())?;
        assert!(origin.is_of(&url));
        let host_line = String::from_utf8_lossy(&origin.host_line).into_owned();
        Ok((
            origin.host.to_string(),
            origin.port,
            host_line,
            path_of(&url).into_owned(),
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
                format!("host: {host_field}\r\n"),
                path.to_owned(),
            );
            assert_eq!(read(url), Ok(wanted), "{url}");
        }
    }

    #[test]
    fn an_origin_is_of_the_urls_that_write_it_alike_and_the_same_as_others() {
        let origin = |url| Origin::read(&Uri::from_static(url)).unwrap();
        let a = origin("http://a:81/");
        for (url, is_of, is_same) in [
            ("http://a:81/x?y", true, true),
            ("HTTP://a:81/x?y", true, true),
            ("http://A:81/", false, true),
            ("http://a:081/", false, true),
            ("http://a/", false, false),
            ("http://a:8/", false, false),
            ("http://b:81/", false, false),
        ] {
            assert_eq!(a.is_of(&Uri::from_static(url)), is_of, "{url}");
            assert_eq!(a.is_same(&origin(url)), is_same, "{url}");
        }
        for other in ["https://a:81/", "a:81", "/a:81"] {
            assert!(!a.is_of(&Uri::from_static(other)), "{other}");
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
