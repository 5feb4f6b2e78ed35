//! Scenarios of a writer that is interrupted: the other end reads what was written, from its beginning,
//! without a gap and nothing twice. Next: `sockets.rs`.

use crate::connection::Connection;
use crate::registry::{Row, three};
use futures_lite::AsyncWriteExt;
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop_net::{DuplexStream, TcpStream};
use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};

pub(crate) const ROWS: &[Row] = &[
    Row::new("writing to a socket", 2, &["tcp::TcpStream::write"], || {
        cancel_at_every_await(async || writing::<TcpStream>(How::Own).await)
    }),
    Row::new(
        "a socket as an AsyncWrite",
        2,
        &["AsyncWrite for tcp::TcpStream"],
        || cancel_at_every_await(async || writing::<TcpStream>(How::Value).await),
    ),
    Row::new(
        "a socket by reference as an AsyncWrite",
        2,
        &["AsyncWrite for &tcp::TcpStream"],
        || cancel_at_every_await(async || writing::<TcpStream>(How::Reference).await),
    ),
    Row::new(
        "writing to memory",
        2,
        &["duplex::DuplexStream::write"],
        || cancel_at_every_await(async || writing::<DuplexStream>(How::Own).await),
    ),
    Row::new(
        "memory as an AsyncWrite",
        2,
        &["AsyncWrite for duplex::DuplexStream"],
        || cancel_at_every_await(async || writing::<DuplexStream>(How::Value).await),
    ),
    Row::new(
        "memory by reference as an AsyncWrite",
        2,
        &["AsyncWrite for &duplex::DuplexStream"],
        || cancel_at_every_await(async || writing::<DuplexStream>(How::Reference).await),
    ),
    Row::new(
        "writing all to a socket",
        2,
        &["tcp::TcpStream::write_all"],
        || cancel_at_every_await(async || writing::<TcpStream>(How::All).await),
    ),
    Row::new(
        "writing all to memory",
        2,
        &["duplex::DuplexStream::write_all"],
        || cancel_at_every_await(async || writing::<DuplexStream>(How::All).await),
    ),
    Row::new(
        "writing from several buffers",
        2,
        &["tcp::TcpStream::write_vectored"],
        || cancel_at_every_await(async || vectored(TcpStream::write_vectored).await),
    ),
];

/// The ways to write.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum How {
    Own,
    All,
    Value,
    Reference,
}

/// Bytes of which a gap or a repetition is seen.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|number| (number % 251) as u8).collect()
}

/// The scenario of a writer that owns its end and notes how much it has written. `all` says whether
/// more than that may have been written: by a call that was interrupted in its middle.
fn scenario<C: Connection>(
    theirs: C,
    writer: impl AsyncFnOnce(&Cell<usize>) + 'static,
    all: bool,
) -> Scenario {
    let (notes, _, noted) = three(Cell::new(0));
    let (collects, _, collected) = three(RefCell::new(Vec::<u8>::new()));
    Scenario::new(async move { writer(&notes).await })
        .beside(async move {
            // To the end, which comes when the writer is gone.
            let mut buffer = vec![0; C::AHEAD];
            while let read @ 1.. = theirs.own_read(&mut buffer).await.unwrap() {
                collects.borrow_mut().extend(&buffer[..read]);
            }
        })
        .after(async move {
            let got = collected.take();
            assert!(got == pattern(got.len()), "a gap, or a repetition");
            match all {
                true => assert!(got.len() >= noted.get()),
                false => assert_eq!(got.len(), noted.get()),
            }
        })
}

pub(crate) async fn writing<C: Connection>(how: How) -> Scenario {
    let (mut ours, theirs) = C::pair().await;
    let writer = async move |noted: &Cell<usize>| {
        let bytes = pattern(2 * C::AHEAD);
        while noted.get() < bytes.len() {
            let rest = &bytes[noted.get()..];
            let written = match how {
                How::Own => ours.own_write(rest).await,
                How::All => ours.own_write_all(rest).await.map(|()| rest.len()),
                How::Value => AsyncWriteExt::write(&mut ours, rest).await,
                How::Reference => C::write_by_reference(&ours, rest).await,
            };
            noted.set(noted.get() + written.unwrap());
        }
        ours.flush().await.unwrap();
        ours.close().await.unwrap();
    };
    scenario(theirs, writer, how == How::All)
}

pub(crate) async fn vectored<C: Connection>(
    write: impl AsyncFn(&C, &[IoSlice<'_>]) -> io::Result<usize> + 'static,
) -> Scenario {
    let (ours, theirs) = C::pair().await;
    let writer = async move |noted: &Cell<usize>| {
        let bytes = pattern(2 * C::AHEAD);
        while noted.get() < bytes.len() {
            let (one, other) = bytes[noted.get()..].split_at((bytes.len() - noted.get()) / 2);
            let buffers = [IoSlice::new(one), IoSlice::new(other)];
            let written = write(&ours, &buffers).await.unwrap();
            noted.set(noted.get() + written);
        }
    };
    scenario(theirs, writer, false)
}
