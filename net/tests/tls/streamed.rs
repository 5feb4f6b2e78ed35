//! asyncio's streams over TLS: servers whose clients are in their handshake, and the end of each.

use crate::made::{Ca, built, in_memory, over, usual};
use oneloop::{Loop, Report};
use oneloop_net::TcpStream;
use oneloop_net::streams::{
    StreamReader, StreamWriter, open_tls_connection, reader_and_writer, start_tls_server,
};
use oneloop_net::tls::{TlsAcceptor, TlsError, TlsErrorKind};
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

async fn echo(reader: StreamReader, writer: StreamWriter) -> io::Result<()> {
    while let line = reader.readline().await?
        && !line.is_empty()
    {
        writer.write(&line)?;
    }
    Ok(())
}

/// Waits until something is so, which is soon.
async fn until(what: impl Fn() -> bool) {
    while !what() {
        oneloop::sleep(Duration::from_millis(1)).await;
    }
}

#[test]
fn lines_go_there_and_back_and_each_side_ends_by_itself() {
    oneloop::run(async {
        let (connector, acceptor) = usual();
        let server = start_tls_server(echo, "127.0.0.1:0", acceptor)
            .await
            .unwrap();
        let address = server.local_addr().unwrap();
        let opened = open_tls_connection(address, "localhost", &connector).await;
        let (reader, writer) = opened.unwrap();
        assert_eq!(writer.peer_addr(), Some(address));
        let text = vec![b'x'; 300_000];
        for line in text.chunks(30_000) {
            writer.write(line).unwrap();
            writer.write(b"\n").unwrap();
            writer.drain().await.unwrap();
            assert_eq!(reader.readline().await.unwrap().len(), 30_001);
        }
        writer.write(b"last\n").unwrap();
        writer.write_eof();
        assert_eq!(reader.read_to_end(100).await.unwrap(), b"last\n");
        until(|| server.clients() == 0).await;
    });
}

#[test]
fn a_name_that_is_none_fails_before_anything_is_connected() {
    oneloop::run(async {
        let (connector, _) = usual();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let opened = open_tls_connection(address, "https://localhost", &connector).await;
        let error = opened.unwrap_err();
        let kind = TlsError::of(&error).unwrap().kind();
        assert_eq!(kind, TlsErrorKind::Config, "{error}");
        let waiting = listener.accept().map(drop).unwrap_err();
        assert_eq!(waiting.kind(), io::ErrorKind::WouldBlock);
    });
}

#[test]
fn both_writers_tell_what_was_agreed_on_and_lend_the_socket_below() {
    oneloop::run(async {
        let ca = Ca::new("ours");
        let asks = TlsAcceptor::builder(ca.issue("localhost")).client_root_pem(&ca.pem);
        let client = ca.client().identity(ca.issue("alice")).alpn(["h2"]);
        let (connector, acceptor) = built(client, asks.alpn(["h2"]));
        let told = Rc::new(RefCell::new(None));
        let tells = told.clone();
        let serve = async move |reader: StreamReader, writer: StreamWriter| {
            reader.readline().await?;
            let nodelay = writer.with_tcp(|socket| socket.set_nodelay(true).is_ok());
            tells.replace(Some((writer.tls_info(), nodelay)));
            writer.write(b"done\n")
        };
        let server = start_tls_server(serve, "127.0.0.1:0", acceptor)
            .await
            .unwrap();
        let address = server.local_addr().unwrap();
        let opened = open_tls_connection(address, "localhost", &connector).await;
        let (reader, writer) = opened.unwrap();
        writer.write(b"go\n").unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"done\n");

        let ours = writer.tls_info().unwrap();
        let (theirs, nodelay) = told.take().unwrap();
        let theirs = theirs.unwrap();
        assert_eq!(nodelay, Some(true));
        assert_eq!(theirs.server_name.as_deref(), Some("localhost"));
        assert_eq!(ours.server_name, None);
        assert_eq!(ours.alpn.as_deref(), Some(&b"h2"[..]));
        assert_eq!((theirs.alpn, theirs.version), (ours.alpn, ours.version));
        assert_eq!(theirs.cipher_suite, ours.cipher_suite);
        let shown = (theirs.peer_certificates, ours.peer_certificates);
        assert!(shown.0.len() == 1 && shown.1.len() == 1 && shown.0 != shown.1);
        assert_eq!(
            writer.with_tcp(|socket| socket.peer_addr().unwrap()),
            Some(address)
        );
        writer.close();
        writer.wait_closed().await.unwrap();
        assert_eq!((writer.tls_info(), writer.with_tcp(|_| ())), (None, None));
    });
}

/// What the loop's handler of exceptions was told while `main` ran.
fn reports(main: impl AsyncFnOnce()) -> Vec<String> {
    let told = Rc::new(RefCell::new(Vec::new()));
    let tells = told.clone();
    let event_loop = Loop::builder()
        .exception_handler(move |report: &Report| tells.borrow_mut().push(report.to_string()))
        .build()
        .unwrap();
    event_loop.block_on(main());
    drop(event_loop);
    told.take()
}

#[test]
fn a_handshake_that_fails_is_reported_and_the_server_goes_on() {
    let told = reports(async || {
        let ca = Ca::new("ours");
        let (connector, acceptor) = built(ca.client(), TlsAcceptor::builder(ca.issue("localhost")));
        let server = start_tls_server(echo, "127.0.0.1:0", acceptor)
            .await
            .unwrap();
        let address = server.local_addr().unwrap();
        let error = open_tls_connection(address, "other.example", &connector)
            .await
            .unwrap_err();
        assert_eq!(
            TlsError::of(&error).unwrap().kind(),
            TlsErrorKind::WrongHost
        );
        let plain = TcpStream::connect(address).await.unwrap();
        plain.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        until(|| server.clients() == 0).await;
        drop(plain);
        let opened = open_tls_connection(address, "localhost", &connector).await;
        let (reader, writer) = opened.unwrap();
        writer.write(b"still here\n").unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"still here\n");
        writer.close();
        server.close();
        server.wait_closed().await;
    });
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("ended the connection by the alert"),
        "{told:?}"
    );
    assert!(told[1].contains("it speaks plain HTTP"), "{told:?}");
}

/// A client that connects and says nothing.
async fn silent(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

#[test]
fn a_client_in_its_handshake_counts_and_can_be_closed() {
    let told = reports(async || {
        let (_, acceptor) = usual();
        let server = start_tls_server(echo, "127.0.0.1:0", acceptor)
            .await
            .unwrap();
        let address = server.local_addr().unwrap();
        let client = silent(address).await;
        until(|| server.clients() == 1).await;
        server.abort_clients();
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0, "it is closed");
        until(|| server.clients() == 0).await;

        let client = silent(address).await;
        until(|| server.clients() == 1).await;
        let ended = server.shutdown(Duration::from_millis(50)).await;
        assert_eq!((ended.finished, ended.aborted), (0, 1));
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    });
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_client_that_is_silent_for_too_long_is_let_go() {
    let told = reports(async || {
        let ca = Ca::new("ours");
        let acceptor = TlsAcceptor::builder(ca.issue("localhost"));
        let acceptor = acceptor.handshake_timeout(Some(Duration::from_millis(100)));
        let acceptor = acceptor.build().unwrap();
        let server = start_tls_server(echo, "127.0.0.1:0", acceptor)
            .await
            .unwrap();
        let client = silent(server.local_addr().unwrap()).await;
        until(|| server.clients() == 1).await;
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0, "it is closed");
        server.close();
        server.wait_closed().await;
    });
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("said nothing in the 100ms"), "{told:?}");
}

#[test]
fn an_error_that_is_told_again_is_still_one_of_tls() {
    oneloop::run(async {
        let (connector, acceptor) = usual();
        let (ours, theirs) = oneloop_net::duplex(65536);
        let both = (
            connector.connect("localhost", ours),
            acceptor.accept(theirs),
        );
        let (client, server) = oneloop::gather(both).await;
        drop(server.unwrap());
        let (reader, _writer) = reader_and_writer(client.unwrap());
        for _ in 0..2 {
            let error = io::Error::from(reader.readline().await.unwrap_err());
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
            assert_eq!(
                TlsError::of(&error).unwrap().kind(),
                TlsErrorKind::Truncated
            );
        }
    });
}

/// Whether all that is left is the records of TLS, its `close_notify` among them, or more than fits there.
#[test]
fn a_peer_that_never_reads_is_given_up_over_tls_too() {
    for length in [100, 1_000_000] {
        in_memory(async {
            let limit = Duration::from_secs(30);
            // Room for the handshake and its tickets, and for no more.
            let (client, server) = over(&usual(), oneloop_net::duplex(1500)).await;
            let (reader, writer) = reader_and_writer(server);
            writer.set_close_timeout(Some(limit));
            // The room is filled with what nobody reads.
            writer.write(&[0; 1500]).unwrap();
            oneloop::sleep(limit).await;
            writer.write(&vec![0; length]).unwrap();
            let start = oneloop::now();
            writer.close();
            let error = writer.wait_closed().await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{error}");
            assert_eq!(oneloop::now() - start, limit);
            assert_eq!(reader.read(1).await.unwrap(), b"");
            let stats = Loop::current().unwrap().stats();
            assert_eq!((stats.callbacks, stats.timers), (0, 0));
            let error = futures_lite::io::copy(&client, futures_lite::io::sink()).await;
            assert_eq!(error.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        });
    }
}
