//! What a URL says: whom to connect to, and what to ask for. Pure: no resolver is asked.

use http::Uri;

use super::ClientError;

/// Whom to connect to. Requests to one origin share a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    /// The host in small letters, without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
}

/// A URL taken apart for sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) origin: Origin,
    /// What the `Host` field says: the host as it was written, the port unless it is 80.
    pub(super) host_field: String,
    /// The path and the query, `/` at least.
    pub(super) path: String,
}

impl Target {
    /// Reads an absolute URL of the scheme `http`. A fragment is not sent.
    pub(super) fn read(url: &Uri) -> Result<Target, ClientError> {
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
        if authority.contains('@') {
            // They would end up in logs and in error texts; a header is the place for them.
            return Err(ClientError::unusable(
                "a name and a password in a URL are not sent; set `Authorization`",
            ));
        }
        let host = url.host().unwrap_or_default();
        if host.is_empty() {
            return Err(ClientError::unusable(format!("`{url}` names no host")));
        }
        let port = match url.port() {
            Some(port) => port.as_u16(),
            // `http::Uri` has no port for an empty one, `http://host:/`, nor for one above 65535.
            None if authority.len() > host.len() + 1 => {
                return Err(ClientError::unusable(format!(
                    "`{authority}` has no valid port"
                )));
            }
            None => 80,
        };
        if port == 0 {
            return Err(ClientError::unusable("nobody can listen on port 0"));
        }
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(host);
        Ok(Target {
            origin: Origin {
                host: bare.to_ascii_lowercase(),
                port,
            },
            host_field: if port == 80 {
                host.to_owned()
            } else {
                format!("{host}:{port}")
            },
            path: match url.path_and_query().map_or("/", |path| path.as_str()) {
                query if query.starts_with('?') => format!("/{query}"),
                path => path.to_owned(),
            },
        })
    }
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
            target.origin.host,
            target.origin.port,
            target.host_field,
            target.path,
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
            ("http://a:99999/", "port"),
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
