//! [`IntoUri`]: what may be passed as a URL.

use http::Uri;

use super::ClientError;

/// What a request may be made for: a [`Uri`] or a text.
///
/// Not meant to be implemented elsewhere.
///
/// Who asks for the same again and again saves reading the text each time by giving copies of one [`Uri`],
/// which share it.
///
/// ```
/// use oneloop_http::client::{ClientSession, IntoUri, RequestBuilder};
///
/// fn ask(session: &ClientSession, url: impl IntoUri) -> RequestBuilder {
///     session.get(url).header("accept", "text/plain")
/// }
///
/// # let session = ClientSession::new();
/// let by_text = ask(&session, "http://127.0.0.1/");
/// let by_uri = ask(&session, oneloop_http::Uri::from_static("http://127.0.0.1/"));
/// assert_eq!(format!("{by_text:?}"), format!("{by_uri:?}"));
/// ```
pub trait IntoUri {
    /// Reads it.
    #[doc(hidden)]
    fn into_uri(self) -> Result<Uri, ClientError>;
}

impl IntoUri for Uri {
    fn into_uri(self) -> Result<Uri, ClientError> {
        Ok(self)
    }
}

impl IntoUri for &Uri {
    fn into_uri(self) -> Result<Uri, ClientError> {
        Ok(self.clone())
    }
}

impl IntoUri for &str {
    fn into_uri(self) -> Result<Uri, ClientError> {
        read(self)
    }
}

impl IntoUri for &String {
    fn into_uri(self) -> Result<Uri, ClientError> {
        read(self)
    }
}

impl IntoUri for String {
    fn into_uri(self) -> Result<Uri, ClientError> {
        read(&self)
    }
}

/// Reads a text. One that is malformed is named up to its query, which may hold what is not for logs.
fn read(text: &str) -> Result<Uri, ClientError> {
    text.parse().map_err(|error: http::uri::InvalidUri| {
        let (shown, _query) = text.split_once('?').unwrap_or((text, ""));
        ClientError::unusable(format!(
            "`{}` is no URL such as `http://host/path`: {error}",
            shown.escape_debug()
        ))
    })
}
