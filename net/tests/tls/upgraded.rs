//! TLS that begins in the midst of a dialog between a reader and a writer (STARTTLS).

use crate::made::{in_memory, usual};
use oneloop::{create_task, gather, timeout, yield_now};
use oneloop_net::streams::{
    StreamReader, StreamWriter, open_connection, reader_and_writer, start_server,
};
use oneloop_net::tls::{TlsAcceptor, TlsConnector, TlsError, TlsErrorKind};
use oneloop_net::{DuplexStream, duplex};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

/// What a mail server does, in a few lines.
async fn serve(
    reader: StreamReader,
    writer: StreamWriter,
    acceptor: TlsAcceptor,
) -> io::Result<()> {
    writer.write(b"220 ready\n")?;
    while let line = reader.readline().await?
        && !line.is_empty()
    {
        writer.write(b"250 ")?;
        writer.write(&line)?;
        if line == b"STARTTLS\n" {
            writer.accept_tls(&reader, &acceptor).await?;
        }
    }
    Ok(())
}

/// A reader and a writer at one end of a connection with so much room, and the other end.
fn one_end(room: usize) -> (StreamReader, StreamWriter, DuplexStream) {
    let (ours, peer) = duplex(room);
    let (reader, writer) = reader_and_writer(ours);
    (reader, writer, peer)
}

fn kind(error: &io::Error) -> TlsErrorKind {
    TlsError::of(error).expect("an error of TLS").kind()
}

/// Issue 8, row 1: what a `StreamWriter.start_tls` is for.
#[test]
fn a_dialog_in_plain_text_goes_on_encrypted_with_the_same_reader_and_writer() {
    oneloop::run(async {
        let (connector, acceptor) = usual();
        let serving = async move |reader, writer| serve(reader, writer, acceptor.clone()).await;
        let server = start_server(serving, "127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap();
        let (reader, writer) = open_connection(address).await.unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"220 ready\n");
        writer.write(b"STARTTLS\n").unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"250 STARTTLS\n");
        assert_eq!(writer.tls_info(), None);
        writer
            .start_tls(&reader, "localhost", &connector)
            .await
            .unwrap();
        assert_eq!(writer.peer_addr(), Some(address));
        assert_eq!(writer.tls_info().unwrap().peer_certificates.len(), 1);
        assert!(
            writer
                .with_tcp(|socket| socket.nodelay().unwrap())
                .is_some()
        );
        assert_eq!(server.clients(), 1, "it is the same connection");
        let long = vec![b'x'; 60_000];
        for _ in 0..10 {
            writer.write(&long).unwrap();
            writer.write(b"\n").unwrap();
            writer.drain().await.unwrap();
            assert_eq!(reader.readline().await.unwrap().len(), 60_005);
        }
        writer.write_eof();
        assert_eq!(
            reader.read_to_end(10).await.unwrap(),
            b"",
            "and it ended well"
        );
        writer.close();
        writer.wait_closed().await.unwrap();
        server.close();
        server.wait_closed().await;
    });
}

/// Both ends of a connection, and somebody in between who hears what goes over it.
///
/// It is so narrow that words are still on their way when TLS is asked for.
struct Overheard {
    reader: StreamReader,
    writer: StreamWriter,
    their_reader: StreamReader,
    their_writer: StreamWriter,
    between: [DuplexStream; 2],
    connector: TlsConnector,
    acceptor: TlsAcceptor,
    /// What went over it, to either side.
    heard: RefCell<Vec<u8>>,
}

impl Overheard {
    fn new() -> Overheard {
        let (reader, writer, middle) = one_end(16);
        let (their_reader, their_writer, other) = one_end(16);
        let (connector, acceptor) = usual();
        Overheard {
            reader,
            writer,
            their_reader,
            their_writer,
            between: [middle, other],
            connector,
            acceptor,
            heard: RefCell::default(),
        }
    }

    fn heard(&self, text: &str) -> bool {
        let heard = self.heard.borrow();
        heard
            .windows(text.len())
            .any(|some| some == text.as_bytes())
    }

    /// Lets the client ask for TLS in plain text and begin with it, the server consent and go on with
    /// `then`. `meanwhile` is what another task does with the client's writer. No secret is heard.
    async fn upgrade(&self, meanwhile: impl Future, then: impl Future) {
        self.writer.write(b"please begin with TLS\n").unwrap();
        let client = async {
            let upgrade = self
                .writer
                .start_tls(&self.reader, "localhost", &self.connector);
            gather((upgrade, meanwhile)).await.0.unwrap();
            self.writer.write_eof();
            assert_eq!(self.reader.read_to_end(100).await.unwrap(), b"");
        };
        let server = async {
            let line = self.their_reader.readline().await.unwrap();
            assert_eq!(line, b"please begin with TLS\n");
            let upgrade = self
                .their_writer
                .accept_tls(&self.their_reader, &self.acceptor);
            upgrade.await.unwrap();
            then.await;
        };
        let [middle, other] = &self.between;
        let (there, back) = (self.relay(middle, other), self.relay(other, middle));
        gather((client, server, there, back)).await;
        assert!(!self.heard("secret"));
    }

    /// Passes on what comes, and keeps a copy.
    async fn relay(&self, from: &DuplexStream, to: &DuplexStream) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            self.heard.borrow_mut().extend(&buffer[..read]);
            if to.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Write);
    }
}

#[test]
fn what_is_written_before_leaves_in_plain_text_and_what_is_written_meanwhile_encrypted() {
    in_memory(async {
        let scene = Overheard::new();
        let meanwhile = async {
            while !scene.heard("with TLS\n") {
                yield_now().await;
            }
            scene.writer.write(b"a secret word\n").unwrap();
            assert!(scene.writer.buffered() > 0, "the handshake is not through");
        };
        let then = async {
            let line = scene.their_reader.readline().await.unwrap();
            assert_eq!(line, b"a secret word\n");
            scene.their_writer.write_eof();
            assert_eq!(scene.their_reader.read(1).await.unwrap(), b"");
        };
        scene.upgrade(meanwhile, then).await;
    });
}

/// The end of the plain text is still on its way when somebody writes more.
#[test]
fn what_others_write_while_the_last_plain_words_leave_waits_for_tls() {
    in_memory(async {
        let scene = Overheard::new();
        let meanwhile = async {
            assert!(!scene.heard("TLS\n"), "the plain text is on its way");
            scene.writer.write(b"a secret word\n").unwrap();
        };
        let then = async {
            let all = scene.their_reader.read_to_end(100).await.unwrap();
            assert_eq!(all, b"a secret word\n");
            scene.their_writer.write_eof();
        };
        scene.upgrade(meanwhile, then).await;
    });
}

#[test]
fn what_waited_for_tls_never_leaves_in_plain_text_when_the_upgrade_is_given_up() {
    in_memory(async {
        let (connector, _) = usual();
        let (reader, writer, peer) = one_end(4);
        writer.write(b"too much for the pipe").unwrap();
        let upgrade = writer.start_tls(&reader, "localhost", &connector);
        let upgrade = timeout(Duration::from_secs(1), upgrade);
        let secret = async { writer.write(b"a secret word\n").unwrap() };
        gather((upgrade, secret)).await.0.unwrap_err();
        assert!(writer.is_closing());
        let their_reader = StreamReader::new(peer);
        assert_eq!(their_reader.read_to_end(100).await.unwrap(), b"too ");
    });
}

/// CVE-2011-0411 and CVE-2021-23222: whoever is in between adds a line to what is in plain text.
#[test]
fn plain_text_behind_the_consent_is_refused_on_both_sides_and_never_read() {
    in_memory(async {
        let (connector, acceptor) = usual();
        for client in [true, false] {
            let (reader, writer, peer) = one_end(1024);
            peer.write_all(b"STARTTLS\nRCPT TO:<mallory>\n")
                .await
                .unwrap();
            assert_eq!(reader.readline().await.unwrap(), b"STARTTLS\n");
            let error = match client {
                true => writer.start_tls(&reader, "localhost", &connector).await,
                false => writer.accept_tls(&reader, &acceptor).await,
            };
            let error = error.unwrap_err();
            assert_eq!(kind(&error), TlsErrorKind::NotTls);
            let text = error.to_string();
            assert!(
                text.starts_with(
                    "18 bytes in plain text came before TLS began, \"RCPT TO:<mallory>\\n\""
                ),
                "{text}"
            );
            assert_eq!(reader.read(100).await.unwrap(), b"", "it is gone for good");
            assert!(writer.write(b"more").is_err());
            let mut rest = Vec::new();
            futures_lite::AsyncReadExt::read_to_end(&mut &peer, &mut rest)
                .await
                .unwrap();
            assert_eq!(rest, b"", "the peer sees the end, and no handshake");
        }
    });
}

#[test]
fn plain_text_that_comes_a_little_later_is_refused_too() {
    in_memory(async {
        let (_, acceptor) = usual();
        let (reader, writer, peer) = one_end(1024);
        let accepting = async {
            let error = writer.accept_tls(&reader, &acceptor).await.unwrap_err();
            assert_eq!(kind(&error), TlsErrorKind::NotTls);
            // Both halves tell it again.
            let error = io::Error::from(reader.read(100).await.unwrap_err());
            assert_eq!(kind(&error), TlsErrorKind::NotTls);
            writer.write(b"more").unwrap();
            let error = writer
                .drain()
                .await
                .err()
                .or(writer.wait_closed().await.err());
            assert_eq!(kind(&error.unwrap()), TlsErrorKind::NotTls);
        };
        let sending = async {
            yield_now().await;
            peer.write_all(b"RCPT TO:<mallory>\n").await.unwrap();
        };
        gather((accepting, sending)).await;
    });
}

/// A client has no answer to wait for: the begin of TLS comes with the line before it.
#[test]
fn the_begin_of_a_handshake_that_came_along_is_not_lost() {
    in_memory(async {
        let (connector, acceptor) = usual();
        let (reader, writer, ours) = one_end(64 * 1024);
        let client = async {
            ours.write_all(b"PROXY TCP4 10.0.0.1 10.0.0.2 1 443\n")
                .await
                .unwrap();
            let stream = connector.connect("localhost", ours).await.unwrap();
            stream.write_all(b"hello\n").await.unwrap();
            stream.shutdown().await.unwrap();
            assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        };
        let server = async {
            assert!(reader.readline().await.unwrap().starts_with(b"PROXY"));
            assert!(!format!("{reader:?}").contains("buffered: 0"), "{reader:?}");
            writer.accept_tls(&reader, &acceptor).await.unwrap();
            assert_eq!(reader.read_to_end(100).await.unwrap(), b"hello\n");
            writer.write_eof();
        };
        gather((client, server)).await;
    });
}

#[test]
fn an_upgrade_that_is_given_up_closes_the_connection() {
    in_memory(async {
        let (connector, _) = usual();
        let (reader, writer, peer) = one_end(64 * 1024);
        let upgrade = writer.start_tls(&reader, "localhost", &connector);
        timeout(Duration::from_secs(1), upgrade).await.unwrap_err();
        assert!(writer.is_closing());
        assert!(writer.write(b"in plain text?").is_err());
        assert_eq!(reader.read(10).await.unwrap(), b"");
        let mut got = Vec::new();
        futures_lite::AsyncReadExt::read_to_end(&mut &peer, &mut got)
            .await
            .unwrap();
        assert_eq!(got[0], 22, "a handshake had begun, and then came the end");
    });
}

#[test]
fn an_upgrade_that_is_given_up_before_its_first_step_changes_nothing() {
    in_memory(async {
        let (connector, _) = usual();
        let (reader, writer, peer) = one_end(4);
        writer.write(b"too much for the pipe").unwrap();
        let upgrade = writer.start_tls(&reader, "localhost", &connector);
        timeout(Duration::from_secs(1), upgrade).await.unwrap_err();
        writer.write(b"!").unwrap();
        writer.write_eof();
        let their_reader = StreamReader::new(peer);
        let got = their_reader.read_to_end(100).await.unwrap();
        assert_eq!(got, b"too much for the pipe!");
    });
}

#[test]
fn nobody_else_reads_during_an_upgrade_and_none_begins_where_somebody_reads() {
    in_memory(async {
        let (connector, _) = usual();
        let (reader, writer, _peer) = one_end(64 * 1024);
        let (reader, writer) = (Rc::new(reader), Rc::new(writer));
        let own = reader.clone();
        let reading = create_task(async move { own.read(1).await });
        yield_now().await;
        let upgrade = writer.start_tls(&reader, "localhost", &connector);
        let error = upgrade.await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
        assert!(!writer.is_closing(), "nothing has changed");
        reading.cancel();
        yield_now().await;

        let (own, writes) = (reader.clone(), writer.clone());
        let upgrade =
            create_task(async move { writes.start_tls(&own, "localhost", &connector).await });
        yield_now().await;
        let error = io::Error::from(reader.read(1).await.unwrap_err());
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
        // Whoever closes it ends the upgrade.
        writer.abort();
        let error = upgrade.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
    });
}

#[test]
fn an_upgrade_after_the_end_or_to_no_name_is_refused() {
    in_memory(async {
        let (connector, _) = usual();
        let (reader, writer, _peer) = one_end(1024);
        let error = writer.start_tls(&reader, "no name", &connector).await;
        assert_eq!(kind(&error.unwrap_err()), TlsErrorKind::Config);
        assert!(!writer.is_closing(), "nothing has changed");

        let (reader, writer, _peer) = one_end(1024);
        writer.write_eof();
        let error = writer.start_tls(&reader, "localhost", &connector).await;
        let error = error.unwrap_err();
        assert!(error.to_string().contains("after `write_eof`"), "{error}");
    });
}

#[test]
fn a_handshake_that_fails_is_told_again_by_the_reader_and_the_writer() {
    in_memory(async {
        let (connector, acceptor) = usual();
        let (reader, writer, theirs) = one_end(64 * 1024);
        let upgrade = writer.start_tls(&reader, "other.example", &connector);
        let (upgraded, accepted) = gather((upgrade, acceptor.accept(theirs))).await;
        assert_eq!(kind(&upgraded.unwrap_err()), TlsErrorKind::WrongHost);
        assert_eq!(accepted.unwrap_err().kind(), TlsErrorKind::Refused);
        let error = io::Error::from(reader.readline().await.unwrap_err());
        assert_eq!(kind(&error), TlsErrorKind::WrongHost);
        writer.write(b"more").unwrap();
        yield_now().await;
        let error = writer.write(b"more").unwrap_err();
        assert_eq!(kind(&error), TlsErrorKind::WrongHost);
    });
}
