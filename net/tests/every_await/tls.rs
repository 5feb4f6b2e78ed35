//! Scenarios of TLS: a handshake that is interrupted leaves nothing behind, and a stream loses no byte
//! in either direction. Next: `tls_streams.rs`.

use crate::connection::{Connection, forward_to_the_stream};
use crate::reading::{How, filling, reading};
use crate::registry::{Row, three};
use futures_lite::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use oneloop::cancel::until;
use oneloop::sync::{Event, Lock};
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::yield_now;
use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector, TlsStream, TlsVersion};
use oneloop_net::{DuplexStream, TcpListener, TcpStream, duplex};
use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::sync::LazyLock;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "a handshake as a client",
        2,
        &["tls::TlsConnector::connect"],
        || cancel_at_every_await(async || connecting(sockets().await).await),
    ),
    Row::new("a handshake as a client, in small pieces", 6, &[], || {
        cancel_at_every_await(async || connecting(duplex(100)).await)
    }),
    Row::new(
        "a handshake as a server",
        2,
        &["tls::TlsAcceptor::accept"],
        || cancel_at_every_await(async || accepting(sockets().await).await),
    ),
    Row::new("a handshake as a server, in small pieces", 6, &[], || {
        cancel_at_every_await(async || accepting(duplex(100)).await)
    }),
    Row::new("reading from TLS", 3, &["tls::TlsStream::read"], || {
        cancel_at_every_await(async || reading::<Stream>(How::Own).await)
    }),
    Row::new(
        "TLS as an AsyncRead",
        3,
        &["AsyncRead for tls::TlsStream"],
        || cancel_at_every_await(async || reading::<Stream>(How::Value).await),
    ),
    Row::new(
        "TLS by reference as an AsyncRead",
        3,
        &["AsyncRead for &tls::TlsStream"],
        || cancel_at_every_await(async || reading::<Stream>(How::Reference).await),
    ),
    Row::new(
        "filling a buffer from TLS",
        3,
        &["tls::TlsStream::read_exact"],
        || cancel_at_every_await(filling::<Stream>),
    ),
    Row::new(
        "writing to TLS",
        2,
        &["tls::TlsStream::write", "tls::TlsStream::flush"],
        || cancel_at_every_await(async || writing(Write::Own).await),
    ),
    Row::new(
        "writing from several buffers to TLS",
        2,
        &["tls::TlsStream::write_vectored"],
        || cancel_at_every_await(async || writing(Write::Vectored).await),
    ),
    Row::new(
        "writing all to TLS",
        2,
        &["tls::TlsStream::write_all", "tls::TlsStream::shutdown"],
        || cancel_at_every_await(async || writing(Write::All).await),
    ),
    Row::new(
        "TLS as an AsyncWrite",
        2,
        &["AsyncWrite for tls::TlsStream"],
        || cancel_at_every_await(async || writing(Write::Value).await),
    ),
    Row::new(
        "TLS by reference as an AsyncWrite",
        2,
        &["AsyncWrite for &tls::TlsStream"],
        || cancel_at_every_await(async || writing(Write::Reference).await),
    ),
    Row::new("a handshake that resumes a session", 2, &[], || {
        cancel_at_every_await(resuming)
    }),
];

/// Without sessions to resume, so that each run is as the one before; and of the version in which both
/// sides wait for each other twice.
pub(crate) static PAIR: LazyLock<(TlsConnector, TlsAcceptor)> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    let identity = Identity::from_pem(made.cert.pem(), key).unwrap();
    let connector = TlsConnector::builder()
        .root_pem(made.cert.pem())
        .max_version(TlsVersion::V1_2)
        .sessions(0);
    let acceptor = TlsAcceptor::builder(identity).sessions(0);
    (connector.build().unwrap(), acceptor.build().unwrap())
});

type Stream = TlsStream<DuplexStream>;

async fn pair((ours, theirs): (DuplexStream, DuplexStream)) -> (Stream, Stream) {
    let (connector, acceptor) = &*PAIR;
    let both = (
        connector.connect("localhost", ours),
        acceptor.accept(theirs),
    );
    let (client, server) = oneloop::gather(both).await;
    (client.unwrap(), server.unwrap())
}

impl Connection for Stream {
    const AHEAD: usize = 4096;

    async fn pair() -> (Stream, Stream) {
        pair(duplex(Self::AHEAD)).await
    }

    async fn end(self) {
        self.shutdown().await.unwrap();
    }

    forward_to_the_stream!();
}

async fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await;
    (client.unwrap(), listener.accept().await.unwrap().0)
}

/// What a stream needs to carry TLS.
trait Below: AsyncRead + AsyncWrite + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Below for S {}

async fn connecting<S: Below>((ours, theirs): (S, S)) -> Scenario {
    let (made, _, was_made) = three(Cell::new(false));
    let (tells, _, served) = three(Cell::new(None));
    Scenario::new(async move {
        let stream = PAIR.0.connect("localhost", ours).await.unwrap();
        stream.shutdown().await.unwrap();
        made.set(true);
    })
    .beside(async move {
        // The end comes in any case, at the latest when the client has closed its socket.
        tells.set(Some(PAIR.1.accept(theirs).await));
    })
    .after(async move {
        let served = served.take().expect("the server was left waiting");
        assert!(served.is_ok() || !was_made.get());
    })
}

async fn accepting<S: Below>((ours, theirs): (S, S)) -> Scenario {
    let (made, _, was_made) = three(Cell::new(false));
    let (tells, _, served) = three(Cell::new(None));
    Scenario::new(async move {
        let stream = PAIR.1.accept(theirs).await.unwrap();
        stream.shutdown().await.unwrap();
        made.set(true);
    })
    .beside(async move {
        tells.set(Some(PAIR.0.connect("localhost", ours).await));
    })
    .after(async move {
        let served = served.take().expect("the client was left waiting");
        assert!(served.is_ok() || !was_made.get());
    })
}

/// What is left.
async fn rest(ours: &Stream) -> Vec<u8> {
    let mut got = Vec::new();
    let mut reader = ours;
    reader.read_to_end(&mut got).await.unwrap();
    got
}

/// The ways to write.
#[derive(Clone, Copy, PartialEq)]
enum Write {
    Own,
    Vectored,
    All,
    Value,
    Reference,
}

/// Says that the subject is over, however it ended.
struct Over(Rc<Event>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.set();
    }
}

async fn writing(how: Write) -> Scenario {
    let (ours, theirs) = pair(duplex(100)).await;
    let (writes, _, ends) = three(Lock::new(ours));
    let (notes, _, noted) = three(Cell::new(0));
    let (collects, _, collected) = three(RefCell::new(Vec::new()));
    let (reads, _, looks) = three(theirs);
    let (over, is_over, _) = three(Event::new());
    let over = Over(over);
    let text: Rc<[u8]> = (0..400).map(|number| (number % 251) as u8).collect();
    let all = text.clone();
    Scenario::new(async move {
        let _over = over;
        let mut ours = writes.try_lock().unwrap();
        // Twice as much as the pipe holds, in pieces.
        for piece in text.chunks(100) {
            let written = match how {
                Write::Own => ours.write(piece).await,
                Write::Vectored => {
                    let (one, other) = piece.split_at(40);
                    let buffers = [IoSlice::new(one), IoSlice::new(other)];
                    ours.write_vectored(&buffers).await
                }
                Write::All => ours.write_all(piece).await.map(|()| 100),
                Write::Value => AsyncWriteExt::write(&mut *ours, piece).await,
                Write::Reference => AsyncWriteExt::write(&mut &*ours, piece).await,
            };
            assert_eq!(written.unwrap(), 100);
            notes.set(notes.get() + 100);
        }
        match how {
            Write::Value => AsyncWriteExt::close(&mut *ours).await.unwrap(),
            Write::Reference => AsyncWriteExt::flush(&mut &*ours).await.unwrap(),
            Write::All => ours.shutdown().await.unwrap(),
            _ => ours.flush().await.unwrap(),
        }
    })
    .beside(async move {
        let mut buffer = [0; 30];
        // An interrupted read has taken nothing.
        while let Ok(read) = until(reads.read(&mut buffer), is_over.wait()).await {
            match read.unwrap() {
                0 => break,
                read => collects.borrow_mut().extend(&buffer[..read]),
            }
            yield_now().await;
        }
    })
    .after(async move {
        let ours = ends.lock().await;
        // Whatever was interrupted, the rest leaves with the end, which may be begun again.
        let (ended, rest) = oneloop::gather((ours.shutdown(), rest(&looks))).await;
        ended.unwrap();
        let got = [collected.take(), rest].concat();
        assert!(all.starts_with(&got), "a gap, or a repetition");
        match how {
            // Its piece may be written, though it was interrupted waiting for that to leave.
            Write::All => assert!(got.len() >= noted.get() && got.len() <= noted.get() + 100),
            _ => assert_eq!(got.len(), noted.get()),
        }
    })
}

/// Of TLS 1.3, whose tickets are good once: whoever was interrupted has a full handshake the next time.
async fn resuming() -> Scenario {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    let identity = Identity::from_pem(made.cert.pem(), key).unwrap();
    let connector = TlsConnector::builder().root_pem(made.cert.pem());
    let connector = connector.build().unwrap();
    let acceptor = TlsAcceptor::builder(identity).build().unwrap();
    let (serves, connects, again) = three((connector, acceptor));
    let (ours, theirs) = duplex(64 * 1024);
    let full = oneloop::gather((greet(&serves.1, theirs), greeted(&serves.0, ours))).await;
    assert!(full.0.is_ok_and(|resumed| !resumed) && full.1.is_ok());
    let (ours, theirs) = duplex(400);
    Scenario::new(async move {
        greeted(&connects.0, ours).await.unwrap();
    })
    .beside(async move {
        // The client may be gone in any moment; else it has resumed.
        assert!(greet(&serves.1, theirs).await.unwrap_or(true));
    })
    .after(async move {
        // With whatever tickets are left.
        let (ours, theirs) = duplex(400);
        let both = oneloop::gather((greet(&again.1, theirs), greeted(&again.0, ours))).await;
        assert!(both.0.is_ok() && both.1.is_ok());
    })
}

/// Says a word, and tells whether the session was resumed.
async fn greet(acceptor: &TlsAcceptor, theirs: DuplexStream) -> io::Result<bool> {
    let stream = acceptor.accept(theirs).await?;
    stream.write_all(b"!").await?;
    stream.shutdown().await?;
    Ok(stream.resumed())
}

/// Hears it, and the tickets that come along.
async fn greeted(connector: &TlsConnector, ours: DuplexStream) -> io::Result<()> {
    let stream = connector.connect("localhost", ours).await?;
    assert_eq!(rest(&stream).await, b"!");
    Ok(())
}
