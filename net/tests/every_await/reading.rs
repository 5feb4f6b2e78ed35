//! Scenarios of a reader that is interrupted: what it has read and what lies in the stream is all that
//! was sent, in order, and nothing twice. Next: `writing.rs`.

use crate::connection::Connection;
use crate::registry::{Row, three};
use futures_lite::AsyncReadExt;
use oneloop::sync::Lock;
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::yield_now;
use oneloop_net::{DuplexStream, TcpStream};
use std::cell::RefCell;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "reading from a socket",
        3,
        &["tcp::TcpStream::read"],
        || cancel_at_every_await(async || reading::<TcpStream>(How::Own).await),
    ),
    Row::new(
        "a socket as an AsyncRead",
        3,
        &["AsyncRead for tcp::TcpStream"],
        || cancel_at_every_await(async || reading::<TcpStream>(How::Value).await),
    ),
    Row::new(
        "a socket by reference as an AsyncRead",
        3,
        &["AsyncRead for &tcp::TcpStream"],
        || cancel_at_every_await(async || reading::<TcpStream>(How::Reference).await),
    ),
    Row::new(
        "reading from memory",
        3,
        &["duplex::DuplexStream::read"],
        || cancel_at_every_await(async || reading::<DuplexStream>(How::Own).await),
    ),
    Row::new(
        "memory as an AsyncRead",
        3,
        &["AsyncRead for duplex::DuplexStream"],
        || cancel_at_every_await(async || reading::<DuplexStream>(How::Value).await),
    ),
    Row::new(
        "memory by reference as an AsyncRead",
        3,
        &["AsyncRead for &duplex::DuplexStream"],
        || cancel_at_every_await(async || reading::<DuplexStream>(How::Reference).await),
    ),
    Row::new(
        "filling a buffer from a socket",
        3,
        &["tcp::TcpStream::read_exact"],
        || cancel_at_every_await(filling::<TcpStream>),
    ),
    Row::new(
        "filling a buffer from memory",
        3,
        &["duplex::DuplexStream::read_exact"],
        || cancel_at_every_await(filling::<DuplexStream>),
    ),
    Row::new(
        "peeking into a socket",
        2,
        &["tcp::TcpStream::peek"],
        || cancel_at_every_await(peeking),
    ),
    Row::new("a socket that is always ready", 2, &[], || {
        cancel_at_every_await(busy)
    }),
];

/// The ways to read.
#[derive(Clone, Copy)]
pub(crate) enum How {
    Own,
    Value,
    Reference,
}

/// What the other end sends, in three parts. No byte is 0.
const PARTS: [&[u8]; 3] = [b"ab", b"cd", b"efgh"];

async fn send<C: Connection>(theirs: C) {
    for part in PARTS {
        theirs.own_write_all(part).await.unwrap();
        for _ in 0..4 {
            yield_now().await;
        }
    }
    theirs.end().await;
}

/// Reads what is left.
async fn drain<C: Connection>(ours: &C, got: &mut Vec<u8>) {
    let mut buffer = [0; 16];
    while let read @ 1.. = ours.own_read(&mut buffer).await.unwrap() {
        got.extend(&buffer[..read]);
    }
}

pub(crate) async fn reading<C: Connection>(how: How) -> Scenario {
    let (ours, theirs) = C::pair().await;
    let (reads, _, looks) = three(Lock::new(ours));
    let (notes, _, log) = three(RefCell::new(Vec::new()));
    Scenario::new(async move {
        let mut ours = reads.try_lock().unwrap();
        let mut buffer = [0; 3];
        loop {
            let read = match how {
                How::Own => ours.own_read(&mut buffer).await,
                How::Value => AsyncReadExt::read(&mut *ours, &mut buffer).await,
                How::Reference => C::read_by_reference(&ours, &mut buffer).await,
            };
            match read.unwrap() {
                0 => break,
                read => notes.borrow_mut().extend(&buffer[..read]),
            }
        }
    })
    .beside(send(theirs))
    .after(async move {
        let mut got = log.take();
        drain(&*looks.lock().await, &mut got).await;
        assert_eq!(got, PARTS.concat());
    })
}

pub(crate) async fn filling<C: Connection>() -> Scenario {
    let (ours, theirs) = C::pair().await;
    let (reads, _, looks) = three(ours);
    // The buffer is the caller's: what was read into it before an interruption is there.
    let (fills, _, filled) = three(Lock::new([0; 7]));
    Scenario::new(async move {
        let mut buffer = fills.try_lock().unwrap();
        reads.own_read_exact(&mut *buffer).await.unwrap();
    })
    .beside(send(theirs))
    .after(async move {
        let buffer = filled.lock().await;
        let mut got: Vec<u8> = buffer
            .iter()
            .copied()
            .take_while(|byte| *byte != 0)
            .collect();
        drain(&*looks, &mut got).await;
        assert_eq!(got, PARTS.concat());
    })
}

async fn peeking() -> Scenario {
    let (ours, theirs) = TcpStream::pair().await;
    let (peeks, _, looks) = three(ours);
    let (notes, _, log) = three(RefCell::new(Vec::new()));
    Scenario::new(async move {
        let mut buffer = [0; 2];
        for part in &PARTS[..2] {
            assert_eq!(peeks.peek(&mut buffer).await.unwrap(), 2);
            assert_eq!(buffer, *part);
            assert_eq!(peeks.read(&mut buffer).await.unwrap(), 2);
            notes.borrow_mut().extend(buffer);
        }
    })
    .beside(send(theirs))
    .after(async move {
        let mut got = log.take();
        drain(&*looks, &mut got).await;
        assert_eq!(got, PARTS.concat());
    })
}

/// After so many operations without a wait the reader lets others run, which is an await, too.
async fn busy() -> Scenario {
    let (ours, theirs) = TcpStream::pair().await;
    theirs.write_all(&[7; 200]).await.unwrap();
    drop(theirs);
    let (reads, _, looks) = three(ours);
    let (notes, _, log) = three(RefCell::new(Vec::new()));
    Scenario::new(async move {
        let mut byte = [0];
        while reads.read(&mut byte).await.unwrap() == 1 {
            notes.borrow_mut().push(byte[0]);
        }
    })
    .after(async move {
        let mut got = log.take();
        drain(&*looks, &mut got).await;
        assert_eq!(got, [7; 200]);
    })
}
