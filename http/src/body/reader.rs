//! A body that is read from somewhere while it is sent. Read next: `request.rs`.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use futures_io::AsyncRead;

use super::Body;

/// How many octets are read for one piece at most.
const PIECE: usize = 32 * 1024;

impl Body {
    /// Makes a body of what a reader gives until its end: another connection, a pipe.
    ///
    /// It is read only as fast as the peer takes it. The length is unknown unless
    /// [`with_length`](Body::with_length) declares it. An error of the reader cuts the connection.
    ///
    /// ```
    /// use oneloop_http::Body;
    ///
    /// # oneloop::run(async {
    /// let body = Body::reader(futures_lite::io::Cursor::new("from a reader"));
    /// assert_eq!(body.length(), None);
    /// assert_eq!(body.into_bytes().await.unwrap(), "from a reader");
    /// # });
    /// ```
    pub fn reader(reader: impl AsyncRead + 'static) -> Body {
        Body::stream(Reading {
            reader: Box::pin(reader),
            piece: vec![0; PIECE],
        })
    }
}

/// The stream behind [`Body::reader`].
struct Reading<R> {
    reader: Pin<Box<R>>,
    /// Where a piece is read to; `AsyncRead` wants room that was cleared once.
    piece: Vec<u8>,
}

impl<R: AsyncRead> Stream for Reading<R> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let read = ready!(this.reader.as_mut().poll_read(context, &mut this.piece));
        Poll::Ready(match read {
            Ok(0) => None,
            Ok(count) => Some(Ok(Bytes::copy_from_slice(&this.piece[..count]))),
            Err(error) => Some(Err(error)),
        })
    }
}
