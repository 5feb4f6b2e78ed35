//! The two ways in which a connection ends, in each direction by itself.

use crate::made::{connected, in_memory, over, usual};
use futures_lite::AsyncReadExt;
use oneloop_net::duplex;
use oneloop_net::tls::{TlsError, TlsErrorKind};
use std::io;

#[test]
fn a_close_notify_is_the_end_and_a_bare_end_is_an_error() {
    in_memory(async {
        let pair = usual();
        let (client, server) = connected(&pair).await;
        client.write_all(b"all of it").await.unwrap();
        client.shutdown().await.unwrap();
        let mut got = Vec::new();
        (&server).read_to_end(&mut got).await.unwrap();
        assert_eq!(got, b"all of it");
        assert_eq!(server.read(&mut [0]).await.unwrap(), 0, "and it stays so");

        let (client, server) = connected(&pair).await;
        client.write_all(b"a part").await.unwrap();
        drop(client);
        let mut got = Vec::new();
        let error = (&server).read_to_end(&mut got).await.unwrap_err();
        assert_eq!(got, b"a part", "what came is not lost");
        for error in [error, server.read(&mut [0]).await.unwrap_err()] {
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
            let error = TlsError::of(&error).unwrap();
            assert_eq!(error.kind(), TlsErrorKind::Truncated);
            assert!(error.to_string().contains("close_notify"), "{error}");
        }
    });
}

/// The server was told that the handshake was cut. Of its tickets (RFC 8446 section 4.6.1) a client that
/// wants nothing more has no use.
#[test]
fn a_client_that_leaves_before_the_tickets_has_had_a_connection() {
    in_memory(async {
        let (connector, acceptor) = usual();
        for says_so in [true, false] {
            let (ours, theirs) = duplex(65536);
            let client = async {
                let client = connector.connect("localhost", ours).await?;
                client.write_all(b"bye").await?;
                if says_so {
                    client.shutdown().await?;
                }
                Ok::<(), io::Error>(())
            };
            let (left, server) = oneloop::gather((client, acceptor.accept(theirs))).await;
            left.unwrap();
            let server = server.unwrap();
            let mut got = Vec::new();
            let read = (&server).read_to_end(&mut got).await;
            assert_eq!(got, b"bye");
            let kind = |error: io::Error| TlsError::of(&error).unwrap().kind();
            let truncated = (!says_so).then_some(TlsErrorKind::Truncated);
            assert_eq!(read.map_err(kind).err(), truncated);
            // Nothing was lost, and nobody is there.
            assert_eq!(server.shutdown().await.is_ok(), says_so);
            let error = server.write_all(b"who is there").await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        }
    });
}

#[test]
fn one_direction_ends_and_the_other_goes_on() {
    in_memory(async {
        let (client, server) = connected(&usual()).await;
        client.write_all(b"question").await.unwrap();
        client.shutdown().await.unwrap();
        client.shutdown().await.unwrap();
        let error = client.write(b"more").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        let mut question = String::new();
        (&server).read_to_string(&mut question).await.unwrap();
        assert_eq!(question, "question");
        let answer = vec![7; 100_000];
        let mut got = Vec::new();
        let sent = async {
            server.write_all(&answer).await?;
            server.shutdown().await
        };
        let (sent, read) = oneloop::gather((sent, (&client).read_to_end(&mut got))).await;
        sent.unwrap();
        read.unwrap();
        assert_eq!(got, answer);
    });
}

#[test]
fn a_connection_that_breaks_below_says_what_broke() {
    in_memory(async {
        let pair = usual();
        let broken = duplex::Builder::new().break_after(8_000).build();
        let (client, server) = over(&pair, broken).await;
        let error = loop {
            if let Err(error) = client.write_all(&[7; 1000]).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(TlsError::of(&error).unwrap().kind(), TlsErrorKind::Io);
        let mut got = Vec::new();
        let error = (&server).read_to_end(&mut got).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        assert!(!got.is_empty());
    });
}

#[test]
fn a_changed_byte_is_an_error_and_the_peer_is_told() {
    in_memory(async {
        let (connector, acceptor) = usual();
        // Two pairs, and a man in the middle.
        let ((ours, middle), (other, theirs)) = (duplex(65536), duplex(65536));
        let ends = (
            connector.connect("localhost", ours),
            acceptor.accept(theirs),
        );
        let (middle, other) = (&middle, &other);
        let there = async {
            let mut buffer = [0; 4096];
            let mut pieces = 0;
            while let Ok(read @ 1..) = middle.read(&mut buffer).await {
                pieces += 1;
                if pieces > 2 {
                    buffer[read - 1] ^= 1;
                }
                other.write_all(&buffer[..read]).await.unwrap();
            }
        };
        let back = async {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = other.read(&mut buffer).await {
                middle.write_all(&buffer[..read]).await.unwrap();
            }
        };
        let talk = async {
            let (client, server) = oneloop::gather(ends).await;
            let (client, server) = (client.unwrap(), server.unwrap());
            client.write_all(b"pay 10").await.unwrap();
            let error = server.read(&mut [0; 10]).await.unwrap_err();
            assert_eq!(TlsError::of(&error).unwrap().kind(), TlsErrorKind::Protocol);
            assert!(error.to_string().contains("changed or damaged"), "{error}");
            let error = client.read(&mut [0; 10]).await.unwrap_err();
            assert_eq!(TlsError::of(&error).unwrap().kind(), TlsErrorKind::Refused);
            assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted, "{error}");
            // It is of no more use in the other direction either, and says why.
            for (stream, kind) in [
                (&server, TlsErrorKind::Protocol),
                (&client, TlsErrorKind::Refused),
            ] {
                for _ in 0..2 {
                    let error = stream.write_all(b"more").await.unwrap_err();
                    assert_eq!(TlsError::of(&error).unwrap().kind(), kind, "{error}");
                }
            }
        };
        // The relay ends with the streams.
        oneloop::gather((there, back, talk)).await;
    });
}
