//! Streams: values that come one after the other, each to be awaited. asyncio's `async for`.
//!
//! A stream is whatever has the trait [`futures_core::Stream`]; all that the field has written for it
//! works here. What asyncio's users need beside it:
//!
//! | Python | here |
//! | --- | --- |
//! | `async for x in thing: …` | [`for_await!`](crate::for_await)`(x in thing => { … })`, or `while let Some(x) = stream.next().await { … }` |
//! | `__anext__`, `StopAsyncIteration` | [`StreamExt::next`], `None` |
//! | `__aiter__` | [`IntoStream`] |
//! | `async def` with `yield` | [`generator`]`(async \|yielder\| { yielder.give(x).await; … })` |
//! | `await g.aclose()` | [`Generator::aclose`] |
//!
//! ```
//! use oneloop::stream::generator;
//! use oneloop::{for_await, sleep};
//! use std::time::Duration;
//!
//! oneloop::run(async {
//!     let countdown = generator(async |yielder| {
//!         for number in [3, 2, 1] {
//!             sleep(Duration::from_millis(1)).await;
//!             yielder.give(number).await;
//!         }
//!     });
//!     let mut seen = vec![];
//!     for_await!(number in countdown => {
//!         seen.push(number);
//!     });
//!     assert_eq!(seen, [3, 2, 1]);
//! });
//! ```
//!
//! Read the source in the order `next.rs`, `generator.rs`, `yielder.rs`, `open.rs`.

mod next;
mod generator;
mod yielder;
mod open;

pub use generator::{Generator, generator};
pub use next::{IntoStream, Next, StreamExt};
pub use yielder::{Give, Yielder};
