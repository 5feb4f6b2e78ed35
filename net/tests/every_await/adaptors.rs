//! Scenarios of streams in the clothes of other runtimes: what waits inside them is given back as ever.

use crate::registry::Row;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop_net::adaptors::{ThreadBound, TokioIo};
use oneloop_net::{DuplexStream, duplex};
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "a value that is bound to its thread",
        5,
        &[
            "adaptors::ThreadBound::new",
            "adaptors::ThreadBound::future",
            "Future for adaptors::ThreadBound",
            "AsyncRead for adaptors::ThreadBound",
            "AsyncWrite for adaptors::ThreadBound",
        ],
        || cancel_at_every_await(bound),
    ),
    Row::new(
        "tokio's traits",
        4,
        &[
            "AsyncRead for adaptors::TokioIo",
            "AsyncWrite for adaptors::TokioIo",
        ],
        || cancel_at_every_await(dressed),
    ),
];

/// More than the stream holds, so that writing waits, too.
const TEXT: &[u8] = b"twelve bytes";

/// A stream of four bytes, and whoever sends back what comes.
fn echoed() -> (DuplexStream, impl Future<Output = ()>) {
    let (ours, theirs) = duplex(4);
    let echo = async move {
        let mut bytes = [0; 3];
        while let Ok(read @ 1..) = theirs.read(&mut bytes).await {
            // A step later than it could be.
            oneloop::yield_now().await;
            if theirs.write_all(&bytes[..read]).await.is_err() {
                break;
            }
        }
    };
    (ours, echo)
}

async fn bound() -> Scenario {
    let (stream, echo) = echoed();
    Scenario::new(async move {
        let mut stream = ThreadBound::new(stream);
        for part in TEXT.chunks(6) {
            stream.write_all(part).await.unwrap();
            let mut back = [0; 6];
            stream.read_exact(&mut back).await.unwrap();
            assert_eq!(back, part);
        }
        ThreadBound::future(oneloop::sleep(Duration::from_secs(1))).await;
        stream.close().await.unwrap();
    })
    .beside(echo)
}

async fn dressed() -> Scenario {
    let (stream, echo) = echoed();
    Scenario::new(async move {
        let mut stream = TokioIo::new(stream);
        for part in TEXT.chunks(6) {
            let mut rest = part;
            while !rest.is_empty() {
                let write = poll_fn(|cx| Pin::new(&mut stream).poll_write(cx, rest));
                let written = write.await.unwrap();
                rest = &rest[written..];
            }
            let mut back = [0; 6];
            let mut buffer = ReadBuf::new(&mut back);
            while buffer.remaining() > 0 {
                let read = poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut buffer));
                read.await.unwrap();
            }
            assert_eq!(back, part);
        }
        poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx))
            .await
            .unwrap();
    })
    .beside(echo)
}
