//! The next item of a stream, and the loop over all of them. Next: `generator.rs`.

use futures_core::Stream;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Gives each stream a `next`.
///
/// ```
/// use oneloop::stream::StreamExt;
/// oneloop::run(async {
///     let (sender, mut receiver) = oneloop::sync::channel(2);
///     sender.send(1).await.unwrap();
///     drop(sender);
///     assert_eq!((StreamExt::next(&mut receiver).await, receiver.next().await), (Some(1), None));
/// });
/// ```
pub trait StreamExt: Stream {
    /// Awaits the next item; `None` when there are no more: Python's `anext`. A stream that is not
    /// [`Unpin`] is pinned first, by [`std::pin::pin!`].
    ///
    /// Cancel safety: that of the stream; this itself holds nothing.
    ///
    /// ```
    /// use oneloop::stream::{StreamExt, generator};
    /// oneloop::run(async {
    ///     let mut stream = std::pin::pin!(generator(async |yielder| yielder.give(1).await));
    ///     assert_eq!((stream.next().await, stream.next().await), (Some(1), None));
    /// });
    /// ```
    fn next(&mut self) -> Next<'_, Self>
    where
        Self: Unpin,
    {
        Next { stream: self }
    }
}

impl<S: Stream + ?Sized> StreamExt for S {}

/// The future of a stream's next item.
///
/// ```
/// use oneloop::stream::{Next, StreamExt, generator};
/// oneloop::run(async {
///     let mut stream = Box::pin(generator(async |yielder| yielder.give(1).await));
///     let next: Next<'_, _> = StreamExt::next(&mut stream);
///     assert_eq!(next.await, Some(1));
/// });
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct Next<'a, S: ?Sized> {
    stream: &'a mut S,
}

impl<S: Stream + Unpin + ?Sized> Future for Next<'_, S> {
    type Output = Option<S::Item>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        Pin::new(&mut *self.stream).poll_next(context)
    }
}

impl<S: ?Sized> fmt::Debug for Next<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Next")
    }
}

/// What [`for_await!`](crate::for_await) goes through: each stream, and what can make one of itself.
/// Python's `__aiter__`, as [`IntoIterator`] is its `__iter__`.
///
/// ```
/// use oneloop::stream::{Generator, IntoStream, generator};
///
/// struct Countdown(u32);
///
/// impl IntoStream for Countdown {
///     type Item = u32;
///     type IntoStream = Generator<u32>;
///
///     fn into_stream(self) -> Generator<u32> {
///         generator(async move |yielder| {
///             for number in (1..=self.0).rev() {
///                 yielder.give(number).await;
///             }
///         })
///     }
/// }
///
/// oneloop::run(async {
///     let mut seen = vec![];
///     oneloop::for_await!(number in Countdown(2) => { seen.push(number) });
///     assert_eq!(seen, [2, 1]);
/// });
/// ```
pub trait IntoStream {
    /// What it gives.
    type Item;
    /// The stream that it becomes.
    type IntoStream: Stream<Item = Self::Item>;

    /// Makes the stream.
    ///
    /// ```
    /// use oneloop::stream::{IntoStream, generator};
    /// oneloop::run(async {
    ///     let mut stream = generator(async |yielder| yielder.give(1).await).into_stream();
    ///     assert_eq!(stream.next().await, Some(1));
    /// });
    /// ```
    fn into_stream(self) -> Self::IntoStream;
}

impl<S: Stream> IntoStream for S {
    type Item = S::Item;
    type IntoStream = S;

    fn into_stream(self) -> S {
        self
    }
}

/// `for_await!(item in stream => { body })`: asyncio's `async for`.
///
/// It takes a [`Stream`](futures_core::Stream) or what becomes one ([`IntoStream`](crate::stream::IntoStream)),
/// by value or by `&mut`. The body may await, `break`, `continue`, `return` and use `?`. What follows
/// it is Python's `else`, unless the body breaks.
///
/// ```
/// use oneloop::for_await;
/// use oneloop::stream::generator;
/// oneloop::run(async {
///     let mut numbers = generator(async |yielder| {
///         for number in 0.. {
///             yielder.give(number).await;
///         }
///     });
///     let mut odd = vec![];
///     for_await!(number in &mut numbers => {
///         if number % 2 == 0 {
///             continue;
///         }
///         odd.push(number);
///         if odd.len() == 3 {
///             break;
///         }
///     });
///     assert_eq!(odd, [1, 3, 5]);
///     numbers.aclose().await;
/// });
/// ```
#[macro_export]
macro_rules! for_await {
    ($item:pat in $stream:expr => $body:block) => {{
        let mut stream = ::std::pin::pin!($crate::stream::IntoStream::into_stream($stream));
        while let ::std::option::Option::Some($item) =
            $crate::stream::StreamExt::next(&mut stream).await
        $body
    }};
}
