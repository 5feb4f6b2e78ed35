//! Scenarios of TLS: a handshake that is interrupted leaves nothing behind, and a stream loses no byte
//! in either direction. This ends the table.

use crate::registry::{Row, three};
use futures_lite::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use oneloop::cancel::until;
use oneloop::sync::{Event, Lock};
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::yield_now;
use oneloop_net::streams::{
    StreamReader, StreamWriter, open_tls_connection, reader_and_writer, start_tls_server,
};
use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector, TlsStream, TlsVersion};
use oneloop_net::{DuplexStream, TcpListener, TcpStream, duplex};
use std::cell::{Cell, RefCell};
use std::io::IoSlice;
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
        cancel_at_every_await(async || reading(Read::Own).await)
    }),
    Row::new(
        "TLS as an AsyncRead",
        3,
        &["AsyncRead for tls::TlsStream"],
        || cancel_at_every_await(async || reading(Read::Value).await),
    ),
    Row::new(
        "TLS by reference as an AsyncRead",
        3,
        &["AsyncRead for &tls::TlsStream"],
        || cancel_at_every_await(async || reading(Read::Reference).await),
    ),
    Row::new(
        "filling a buffer from TLS",
        3,
        &["tls::TlsStream::read_exact"],
        || cancel_at_every_await(filling),
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
    Row::new(
        "connecting to a server of streams over TLS",
        2,
        &["streams::open_tls_connection", "streams::start_tls_server"],
        || cancel_at_every_await(opening),
    ),
    Row::new(
        "TLS that begins in the midst of a connection, as a client",
        4,
        &["streams::StreamWriter::start_tls"],
        || cancel_at_every_await(async || upgrading(End::Client).await),
    ),
    Row::new(
        "TLS that begins in the midst of a connection, as a server",
        4,
        &["streams::StreamWriter::accept_tls"],
        || cancel_at_every_await(async || upgrading(End::Server).await),
    ),
];

/// Without sessions to resume, so that each run is as the one before; and of the version in which both
/// sides wait for each other twice.
static PAIR: LazyLock<(TlsConnector, TlsAcceptor)> = LazyLock::new(|| {
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

/// The ways to read.
#[derive(Clone, Copy)]
enum Read {
    Own,
    Value,
    Reference,
}

/// What the other end sends; no byte is 0.
const PARTS: [&[u8]; 3] = [b"ab", b"cd", b"efgh"];

async fn send(theirs: Stream) {
    for part in PARTS {
        theirs.write_all(part).await.unwrap();
        for _ in 0..4 {
            yield_now().await;
        }
    }
    theirs.shutdown().await.unwrap();
}

/// What is left.
async fn rest(ours: &Stream) -> Vec<u8> {
    let mut got = Vec::new();
    let mut reader = ours;
    reader.read_to_end(&mut got).await.unwrap();
    got
}

async fn reading(how: Read) -> Scenario {
    let (ours, theirs) = pair(duplex(4096)).await;
    let (reads, _, looks) = three(Lock::new(ours));
    let (notes, _, log) = three(RefCell::new(Vec::new()));
    Scenario::new(async move {
        let mut ours = reads.try_lock().unwrap();
        let mut buffer = [0; 3];
        loop {
            let read = match how {
                Read::Own => ours.read(&mut buffer).await,
                Read::Value => AsyncReadExt::read(&mut *ours, &mut buffer).await,
                Read::Reference => AsyncReadExt::read(&mut &*ours, &mut buffer).await,
            };
            match read.unwrap() {
                0 => break,
                read => notes.borrow_mut().extend(&buffer[..read]),
            }
        }
    })
    .beside(send(theirs))
    .after(async move {
        let rest = rest(&*looks.lock().await).await;
        assert_eq!([log.take(), rest].concat(), PARTS.concat());
    })
}

async fn filling() -> Scenario {
    let (ours, theirs) = pair(duplex(4096)).await;
    let (reads, _, looks) = three(ours);
    // The buffer is the caller's: what was read into it before an interruption is there.
    let (fills, _, filled) = three(Lock::new([0; 7]));
    Scenario::new(async move {
        let mut buffer = fills.try_lock().unwrap();
        reads.read_exact(&mut *buffer).await.unwrap();
    })
    .beside(send(theirs))
    .after(async move {
        let buffer = filled.lock().await;
        let got = buffer.iter().copied().take_while(|byte| *byte != 0);
        let got: Vec<u8> = got.chain(rest(&looks).await).collect();
        assert_eq!(got, PARTS.concat());
    })
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

async fn opening() -> Scenario {
    Scenario::new(async move {
        let echo = async |reader: StreamReader, writer: StreamWriter| {
            writer.write(&reader.readline().await?)
        };
        let server = start_tls_server(echo, "127.0.0.1:0", PAIR.1.clone());
        let server = server.await.unwrap();
        let address = server.local_addr().unwrap();
        let opened = open_tls_connection(address, "localhost", &PAIR.0).await;
        let (reader, writer) = opened.unwrap();
        writer.write(b"line\n").unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"line\n");
        writer.close();
        while server.clients() > 0 {
            yield_now().await;
        }
    })
}

/// Which end is interrupted.
#[derive(Clone, Copy)]
enum End {
    Client,
    Server,
}

/// Says a line in plain text and hears one, begins with TLS, and says another one.
async fn upgrade(
    reader: &StreamReader,
    writer: &StreamWriter,
    end: End,
) -> std::io::Result<Vec<u8>> {
    writer.write(b"a line in plain text\n")?;
    let line = reader.readline().await?;
    match end {
        End::Client => writer.start_tls(reader, "localhost", &PAIR.0).await?,
        End::Server => writer.accept_tls(reader, &PAIR.1).await?,
    }
    writer.write(b"one in TLS\n")?;
    Ok(line)
}

async fn upgrading(end: End) -> Scenario {
    // So narrow that the plain text waits, too.
    let (ours, theirs) = duplex(16);
    let (tells, _, told) = three(Cell::new(None));
    Scenario::new(async move {
        let (reader, writer) = reader_and_writer(ours);
        upgrade(&reader, &writer, end).await.unwrap();
        writer.write_eof();
        assert_eq!(reader.readline().await.unwrap(), b"one in TLS\n");
    })
    .beside(async move {
        let (reader, writer) = reader_and_writer(theirs);
        let other = match end {
            End::Client => End::Server,
            End::Server => End::Client,
        };
        let mut lines = Vec::new();
        // Whatever becomes of the other end, this one is told.
        if let Ok(line) = upgrade(&reader, &writer, other).await {
            lines.push(line);
            lines.extend(reader.readline().await);
        }
        tells.set(Some(lines));
    })
    .after(async move {
        let lines = told.take().expect("the peer was left waiting").concat();
        let due: &[u8] = b"a line in plain text\none in TLS\n";
        assert!(due.starts_with(&lines), "{lines:?}");
    })
}
