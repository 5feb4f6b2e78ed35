//! Random programs: both sides write, read, wait, interrupt and end as it comes, through pipes that cut
//! and hold little, and what comes out is what went in.

use crate::flow::once;
use crate::made::{Ca, built, in_memory};
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use oneloop_net::tls::{TlsAcceptor, TlsStream, TlsVersion};
use oneloop_net::{DuplexStream, duplex};
use std::cell::Cell;
use std::io::IoSlice;
use std::task::Poll;

/// A small generator, the same everywhere.
struct Random(Cell<u64>);

impl Random {
    fn below(&self, limit: usize) -> usize {
        // Knuth's MMIX constants; the upper bits are the better ones.
        let state = self
            .0
            .get()
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0.set(state);
        (state >> 33) as usize % limit
    }

    /// Mostly small, at times several records.
    fn length(&self) -> usize {
        match self.below(8) {
            0 => self.below(70_000),
            1..4 => self.below(20_000),
            _ => self.below(200),
        }
    }
}

/// What one side sends, of which each gap and repetition is seen.
fn text(seed: u64, length: usize) -> Vec<u8> {
    (0..length as u64)
        .map(|at| (at.wrapping_mul(seed | 1) >> 3) as u8)
        .collect()
}

async fn write(stream: &TlsStream<DuplexStream>, text: &[u8], random: &Random) {
    let mut at = 0;
    while at < text.len() {
        let piece = &text[at..][..random.length().min(text.len() - at)];
        at += match random.below(6) {
            0 => match once(stream.write(piece)) {
                Poll::Ready(written) => written.unwrap(),
                Poll::Pending => 0,
            },
            1 => {
                let (one, other) = piece.split_at(piece.len() / 3);
                let buffers = [IoSlice::new(one), IoSlice::new(&[]), IoSlice::new(other)];
                stream.write_vectored(&buffers).await.unwrap()
            }
            2 => {
                stream.write_all(piece).await.unwrap();
                piece.len()
            }
            3 => {
                let mut writer = stream;
                AsyncWriteExt::write(&mut writer, piece).await.unwrap()
            }
            4 => {
                stream.flush().await.unwrap();
                0
            }
            _ => stream.write(piece).await.unwrap(),
        };
        if random.below(3) == 0 {
            oneloop::yield_now().await;
        }
    }
    stream.shutdown().await.unwrap();
}

async fn read(stream: &TlsStream<DuplexStream>, random: &Random) -> Vec<u8> {
    let mut got = Vec::new();
    let mut buffer = vec![0; 70_000];
    loop {
        let most = 1 + random.length();
        let read = match random.below(4) {
            0 => match once(stream.read(&mut buffer[..most])) {
                Poll::Ready(read) => read.unwrap(),
                Poll::Pending => continue,
            },
            1 => {
                let mut reader = stream;
                AsyncReadExt::read(&mut reader, &mut buffer[..most])
                    .await
                    .unwrap()
            }
            _ => stream.read(&mut buffer[..most]).await.unwrap(),
        };
        if read == 0 {
            return got;
        }
        got.extend(&buffer[..read]);
        if random.below(3) == 0 {
            oneloop::yield_now().await;
        }
    }
}

#[test]
fn whatever_both_sides_do_each_byte_comes_once_and_in_order() {
    let ca = Ca::new("ours");
    let pairs = [TlsVersion::V1_2, TlsVersion::V1_3].map(|version| {
        let server = TlsAcceptor::builder(ca.issue("localhost"));
        built(ca.client().max_version(version), server)
    });
    let mut carried = 0;
    for seed in 0..60 {
        let (connector, acceptor) = &pairs[seed as usize % 2];
        let random = Random(Cell::new(seed));
        let mut builder = duplex::Builder::new().capacity(1 + random.length());
        if random.below(2) == 0 {
            builder = builder.split(1 + random.below(3000));
        }
        let (ours, theirs) = builder.build();
        let length = 1 + random.below(150_000);
        let (there, back) = (text(seed, length), text(seed + 1, length / 2));
        carried += there.len() + back.len();
        in_memory(async {
            let both = (
                connector.connect("localhost", ours),
                acceptor.accept(theirs),
            );
            let (client, server) = oneloop::gather(both).await;
            let (client, server) = (client.unwrap(), server.unwrap());
            let all = (
                write(&client, &there, &random),
                write(&server, &back, &random),
                read(&client, &random),
                read(&server, &random),
            );
            let ((), (), at_client, at_server) = oneloop::gather(all).await;
            assert!(at_client == back, "seed {seed}");
            assert!(at_server == there, "seed {seed}");
        });
    }
    println!("{carried} bytes in 60 connections");
}
