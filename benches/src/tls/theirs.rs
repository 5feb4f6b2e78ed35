//! The same through tokio-rustls on tokio's current-thread runtime, with the settings of `raw.rs`.

use std::net::TcpStream;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use super::{Made, TlsSide, raw};

/// Both ends, with their settings, and the runtime.
pub struct Side {
    connector: TlsConnector,
    acceptor: TlsAcceptor,
    runtime: Runtime,
}

type Client = client::TlsStream<tokio::net::TcpStream>;
type Server = server::TlsStream<tokio::net::TcpStream>;

impl TlsSide for Side {
    fn new(made: &Made, resume: bool) -> Side {
        let (client, server) = raw::settings(made, resume);
        let runtime = Builder::new_current_thread().enable_all().build();
        Side {
            connector: client.into(),
            acceptor: server.into(),
            runtime: runtime.expect("the kernel gives the runtime its descriptors"),
        }
    }

    fn shake(&self, pairs: Vec<(TcpStream, TcpStream)>, time: fn() -> f64) -> f64 {
        self.runtime.block_on(async {
            let mut done = Vec::with_capacity(pairs.len());
            let start = time();
            for pair in pairs {
                let (mut client, mut server) = self.connect(taken_over(pair)).await;
                server.write_all(b"!").await.expect("loopback works");
                server.flush().await.expect("loopback works");
                let read = client.read_exact(&mut [0]).await;
                read.expect("loopback works");
                done.push((client, server));
            }
            let took = time() - start;
            drop(done);
            took
        })
    }

    fn transfer(&self, pair: (TcpStream, TcpStream), pieces: usize, time: fn() -> f64) -> f64 {
        self.runtime.block_on(async {
            let (mut client, mut server) = self.connect(taken_over(pair)).await;
            let (piece, mut buffer) = (vec![7; 64 * 1024], vec![0; 64 * 1024]);
            let start = time();
            for _ in 0..pieces {
                client.write_all(&piece).await.expect("loopback works");
                client.flush().await.expect("loopback works");
                let read = server.read_exact(&mut buffer).await;
                read.expect("loopback works");
            }
            time() - start
        })
    }
}

impl Side {
    async fn connect(
        &self,
        (ours, theirs): (tokio::net::TcpStream, tokio::net::TcpStream),
    ) -> (Client, Server) {
        let name = ServerName::try_from("localhost").expect("it is a name");
        let both = tokio::join!(
            self.connector.connect(name, ours),
            self.acceptor.accept(theirs)
        );
        (
            both.0.expect("both are rustls"),
            both.1.expect("both are rustls"),
        )
    }
}

fn taken_over(
    (ours, theirs): (TcpStream, TcpStream),
) -> (tokio::net::TcpStream, tokio::net::TcpStream) {
    let taken = |stream| tokio::net::TcpStream::from_std(stream).expect("the runtime runs");
    (taken(ours), taken(theirs))
}
