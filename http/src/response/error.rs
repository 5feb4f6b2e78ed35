//! [`HandlerError`]: what a handler returns when it fails, and which answer that makes.

use std::fmt;

use http::StatusCode;
use http::header::{self, HeaderValue};

use super::{IntoResponse, Response};
use crate::body::{Body, BoxError};
use crate::request::ReadBodyError;

/// The error of a handler: every error becomes one with `?`.
///
/// A [`ReadBodyError`] is answered with its own status and [`oneloop::time::Elapsed`] with a 504. Any other
/// error is a 500 whose text says nothing about it, since it may hold what the peer must not see; the
/// server reports it instead (see [`Server::on_error`](crate::Server::on_error)) and closes the
/// connection.
///
/// ```
/// use oneloop_http::{HandlerError, IntoResponse, Request, Response, StatusCode};
///
/// async fn sum(mut request: Request) -> Result<Response, HandlerError> {
///     let text = request.text().await?;                        // 413, 408 or 400
///     let numbers = text.split('+').map(|n| n.trim().parse::<i64>());
///     let Ok(numbers) = numbers.collect::<Result<Vec<_>, _>>() else {
///         return Err(HandlerError::new(StatusCode::BAD_REQUEST, "numbers, please"));
///     };
///     Ok(Response::text(numbers.iter().sum::<i64>().to_string()))
/// }
///
/// let unexpected = HandlerError::from(std::io::Error::other("the disk is full"));
/// assert_eq!(unexpected.into_response().status(), 500);
/// ```
pub struct HandlerError {
    response: Response,
}

impl HandlerError {
    /// Makes an error that is answered with this status and text.
    pub fn new(status: StatusCode, text: impl Into<Body>) -> HandlerError {
        HandlerError {
            response: Response::text(text).with_status(status),
        }
    }
}

impl IntoResponse for HandlerError {
    fn into_response(self) -> Response {
        self.response
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HandlerError")
            .field("status", &self.response.status)
            .field("cause", &self.response.cause)
            .finish()
    }
}

impl<E: std::error::Error + 'static> From<E> for HandlerError {
    fn from(error: E) -> HandlerError {
        let error: BoxError = Box::new(error);
        if let Some(read) = error.downcast_ref::<ReadBodyError>() {
            return HandlerError::new(read.status(), read.to_string());
        }
        if error.is::<oneloop::time::Elapsed>() {
            return HandlerError {
                response: Response::status_text(StatusCode::GATEWAY_TIMEOUT),
            };
        }
        let close = HeaderValue::from_static("close");
        let mut response = Response::status_text(StatusCode::INTERNAL_SERVER_ERROR)
            .with_header(header::CONNECTION, close);
        response.cause = Some(error);
        HandlerError { response }
    }
}
