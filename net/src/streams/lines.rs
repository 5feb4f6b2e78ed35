//! [`Lines`]: a reader's lines as a stream. Next: `unsent.rs`.

use super::{ReadError, StreamReader};
use futures_core::Stream;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The lines of a [`StreamReader`]: see [`lines`](StreamReader::lines). It ends after the last line,
/// or after an error.
///
/// Dropping it between lines, or while it waits for one, loses nothing.
///
/// ```
/// use oneloop_net::streams::{Lines, StreamReader};
/// oneloop::run(async {
///     let reader = StreamReader::new(&b"one\n"[..]);
///     let mut lines: Lines<'_> = reader.lines();
///     assert_eq!(lines.next().await.unwrap().unwrap(), b"one\n");
///     assert!(lines.next().await.is_none());
/// });
/// ```
#[must_use = "streams do nothing unless they are asked for the next item"]
pub struct Lines<'a> {
    reader: &'a StreamReader,
    /// The line that is waited for.
    line: Option<Pin<Box<dyn Future<Output = Line> + 'a>>>,
    ended: bool,
}

type Line = Result<Vec<u8>, ReadError>;

impl<'a> Lines<'a> {
    pub(super) fn of(reader: &'a StreamReader) -> Lines<'a> {
        Lines {
            reader,
            line: None,
            ended: false,
        }
    }

    /// The next line with its `\n`, or `None` after the last one.
    ///
    /// Cancel safety: giving it up loses nothing.
    ///
    /// # Errors
    /// As [`StreamReader::readline`].
    ///
    /// ```
    /// use oneloop_net::streams::StreamReader;
    /// oneloop::run(async {
    ///     let reader = StreamReader::new(&b"one\ntwo\n"[..]);
    ///     let mut lines = reader.lines();
    ///     while let Some(line) = lines.next().await {
    ///         print!("{}", String::from_utf8_lossy(&line?));
    ///     }
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn next(&mut self) -> Option<Result<Vec<u8>, ReadError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for Lines<'_> {
    type Item = Line;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Line>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let reader = this.reader;
        let line = this.line.get_or_insert_with(|| Box::pin(reader.readline()));
        let line = ready!(line.as_mut().poll(context));
        this.line = None;
        this.ended = !matches!(&line, Ok(line) if !line.is_empty());
        Poll::Ready(match line {
            Ok(line) if line.is_empty() => None,
            line => Some(line),
        })
    }
}

impl fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lines").field(self.reader).finish()
    }
}
