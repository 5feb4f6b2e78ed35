//! The same through oneloop: both ends are futures of one task.

use std::net::TcpStream;

use oneloop::Loop;
use oneloop_net::TcpStream as LoopStream;
use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector, TlsStream};

use super::{Made, TlsSide};

/// Both ends, with their settings, and the loop.
pub struct Side {
    connector: TlsConnector,
    acceptor: TlsAcceptor,
    event_loop: Loop,
}

impl TlsSide for Side {
    fn new(made: &Made, resume: bool) -> Side {
        let identity = Identity::from_pem(&made.certificate, &made.key).expect("it was just made");
        let connector = TlsConnector::builder()
            .root_pem(&made.certificate)
            .only_own_roots()
            .sessions(if resume { 256 } else { 0 });
        let acceptor = TlsAcceptor::builder(identity).sessions(if resume { 1024 } else { 0 });
        Side {
            connector: connector.build().expect("the settings are good"),
            acceptor: acceptor.build().expect("the settings are good"),
            event_loop: Loop::new().expect("the kernel gives the loop its descriptors"),
        }
    }

    fn shake(&self, pairs: Vec<(TcpStream, TcpStream)>, time: fn() -> f64) -> f64 {
        self.event_loop.block_on(async {
            let mut done = Vec::with_capacity(pairs.len());
            let start = time();
            for pair in pairs {
                let (client, server) = self.connect(taken_over(pair)).await;
                server.write_all(b"!").await.expect("loopback works");
                client.read_exact(&mut [0]).await.expect("loopback works");
                done.push((client, server));
            }
            let took = time() - start;
            drop(done);
            took
        })
    }

    fn transfer(&self, pair: (TcpStream, TcpStream), pieces: usize, time: fn() -> f64) -> f64 {
        self.event_loop.block_on(async {
            let (client, server) = self.connect(taken_over(pair)).await;
            let (piece, mut buffer) = (vec![7; 64 * 1024], vec![0; 64 * 1024]);
            let start = time();
            for _ in 0..pieces {
                client.write_all(&piece).await.expect("loopback works");
                server
                    .read_exact(&mut buffer)
                    .await
                    .expect("loopback works");
            }
            time() - start
        })
    }
}

impl Side {
    async fn connect(
        &self,
        (ours, theirs): (LoopStream, LoopStream),
    ) -> (TlsStream<LoopStream>, TlsStream<LoopStream>) {
        let both = (
            self.connector.connect("localhost", ours),
            self.acceptor.accept(theirs),
        );
        let (client, server) = oneloop::gather(both).await;
        (
            client.expect("both are rustls"),
            server.expect("both are rustls"),
        )
    }
}

fn taken_over((ours, theirs): (TcpStream, TcpStream)) -> (LoopStream, LoopStream) {
    let taken = |stream| LoopStream::from_std(stream).expect("the loop runs");
    (taken(ours), taken(theirs))
}
