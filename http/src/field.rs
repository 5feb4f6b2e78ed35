//! [`HeaderError`]: a header as a program gives it, which may not be legal on the wire.
//!
//! Who uses it: `response.rs` and `client/request.rs`. Read next: `body.rs`.

use std::error::Error;
use std::fmt;

use http::{HeaderName, HeaderValue};

/// A header that can't be sent as it was given: the error of
/// [`Response::header`](crate::Response::header).
///
/// It names the header. It does not show the value, which may be a secret.
///
/// ```
/// use oneloop_http::{HeaderError, Response};
///
/// let error: HeaderError = Response::text("").header("x-name", "two\r\nlines").unwrap_err();
/// assert!(error.to_string().starts_with("the value of the header `x-name`"));
/// let error = Response::text("").header("x name", "").unwrap_err();
/// assert!(error.to_string().starts_with("`x name` can't be the name of a header"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderError {
    /// As it was given.
    name: String,
    wrong: Part,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Name,
    Value,
}

/// Reads the parts of a header.
///
/// Of names and values that were checked it takes no note: they pass as quickly as texts.
pub(crate) fn read<V>(
    name: impl AsRef<[u8]>,
    value: V,
) -> Result<(HeaderName, HeaderValue), HeaderError>
where
    V: TryInto<HeaderValue>,
{
    let name = name.as_ref();
    let error = |wrong| HeaderError {
        name: String::from_utf8_lossy(name).into_owned(),
        wrong,
    };
    let read = HeaderName::from_bytes(name).map_err(|_| error(Part::Name))?;
    let value = value.try_into().map_err(|_| error(Part::Value))?;
    Ok((read, value))
}

impl fmt::Display for HeaderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.escape_debug();
        match self.wrong {
            Part::Name => write!(
                formatter,
                "`{name}` can't be the name of a header, which is of letters, digits and \
                 !#$%&'*+-.^_`|~ only"
            ),
            Part::Value => write!(
                formatter,
                "the value of the header `{name}` has a control character in it, such as a line \
                 break, which would end it"
            ),
        }
    }
}

impl Error for HeaderError {}
