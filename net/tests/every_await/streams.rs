//! Scenarios of readers and writers: whatever is interrupted, all bytes come once and in order.
//! Next: `processes.rs`.

use crate::registry::{Row, three};
use futures_lite::AsyncReadExt;
use oneloop::cancel::until;
use oneloop::sync::Event;
use oneloop::testing::{Scenario, cancel_at_every_await, cancel_at_every_await_in};
use oneloop::{Loop, yield_now};
use oneloop_net::streams::{
    ReadError, Server, StreamReader, StreamWriter, open_connection, start_server,
};
use oneloop_net::{DuplexStream, duplex};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "pieces, lengths and lines of a stream",
        6,
        &[
            "streams::StreamReader::read",
            "streams::StreamReader::readexactly",
            "streams::StreamReader::readline",
            "streams::StreamReader::readuntil",
            "streams::StreamReader::readuntil_any",
            "streams::StreamReader::read_to_end",
        ],
        || cancel_at_every_await(asking),
    ),
    Row::new(
        "lines as a stream",
        3,
        &[
            "streams::StreamReader::lines",
            "streams::Lines::next",
            "Stream for streams::Lines",
        ],
        || cancel_at_every_await(lines),
    ),
    Row::new(
        "a reader as an AsyncRead",
        3,
        &["AsyncRead for streams::StreamReader"],
        || cancel_at_every_await(by_trait),
    ),
    Row::new(
        "keeping to the reader's pace",
        2,
        &[
            "streams::StreamWriter::drain",
            "streams::StreamWriter::wait_closed",
        ],
        || cancel_at_every_await(draining),
    ),
    Row::new(
        "connecting to a server of streams",
        1,
        &["streams::open_connection", "streams::start_server"],
        || cancel_at_every_await(opening),
    ),
    Row::new(
        "a server that serves until it is told to stop",
        1,
        &["streams::Server::serve_forever"],
        || cancel_at_every_await(serving),
    ),
    Row::new(
        "a server that is closed",
        2,
        &["streams::Server::wait_closed"],
        || cancel_at_every_await(closing),
    ),
    Row::new(
        "a server that is shut down",
        2,
        &["streams::Server::shutdown"],
        || {
            // The grace takes no time.
            cancel_at_every_await_in(|| Loop::builder().paused_clock().jump_anyway(), stopping)
        },
    ),
];

/// What the other end sends; it comes in pieces of four bytes.
const TEXT: &[u8] = b"abcdefg\nline\nhead--a;b,and the rest";

fn pieces() -> (DuplexStream, DuplexStream) {
    let builder = duplex::Builder::new().capacity(100).split(4);
    builder.delay(Duration::from_millis(1)).build()
}

async fn send(theirs: DuplexStream) {
    theirs.write_all(TEXT).await.unwrap();
}

async fn asking() -> Scenario {
    let (ours, theirs) = pieces();
    let (asks, _, looks) = three(StreamReader::new(ours));
    let (notes, _, log) = three(RefCell::new(Vec::new()));
    Scenario::new(async move {
        let note = |bytes: Result<Vec<u8>, ReadError>| notes.borrow_mut().extend(bytes.unwrap());
        note(asks.read(3).await);
        note(asks.readexactly(5).await);
        note(asks.readline().await);
        note(asks.readuntil("--").await);
        note(asks.readuntil_any(&[b",", b";"]).await);
        note(asks.read_to_end(100).await);
    })
    .beside(send(theirs))
    .after(async move {
        let rest = looks.read_to_end(100).await.unwrap();
        assert_eq!([log.take(), rest].concat(), TEXT);
    })
}

async fn lines() -> Scenario {
    let (ours, theirs) = pieces();
    let (asks, _, looks) = three(StreamReader::new(ours));
    let (notes, _, log) = three(RefCell::new(Vec::new()));
    Scenario::new(async move {
        let mut lines = asks.lines();
        while let Some(line) = lines.next().await {
            notes.borrow_mut().extend(line.unwrap());
        }
    })
    .beside(send(theirs))
    .after(async move {
        let rest = looks.read_to_end(100).await.unwrap();
        assert_eq!([log.take(), rest].concat(), TEXT);
    })
}

async fn by_trait() -> Scenario {
    let (ours, theirs) = pieces();
    let (asks, _, looks) = three(RefCell::new(Some(StreamReader::new(ours))));
    let (notes, _, log) = three(RefCell::new(Vec::new()));
    /// Puts the reader back, however the subject ends.
    struct Back(Rc<RefCell<Option<StreamReader>>>, Option<StreamReader>);
    impl Drop for Back {
        fn drop(&mut self) {
            self.0.replace(self.1.take());
        }
    }
    Scenario::new(async move {
        let reader = asks.take();
        let mut back = Back(asks, reader);
        let mut buffer = [0; 3];
        while let read @ 1.. = back.1.as_mut().unwrap().read(&mut buffer).await.unwrap() {
            notes.borrow_mut().extend(&buffer[..read]);
        }
    })
    .beside(send(theirs))
    .after(async move {
        let reader = looks.take().unwrap();
        let rest = reader.read_to_end(100).await.unwrap();
        assert_eq!([log.take(), rest].concat(), TEXT);
    })
}

async fn draining() -> Scenario {
    let (ours, theirs) = duplex(4);
    let writer = StreamWriter::new(ours);
    writer.set_write_buffer_limits(4, 0);
    let (_, reads, log) = three(RefCell::new(Vec::new()));
    Scenario::new(async move {
        for piece in TEXT.chunks(10) {
            writer.write(piece).unwrap();
            writer.drain().await.unwrap();
        }
        writer.close();
        writer.wait_closed().await.unwrap();
    })
    .beside(async move {
        // A writer that is dropped sends what it was given, and then the end.
        let reader = StreamReader::new(theirs);
        while let piece = reader.read(3).await.unwrap()
            && !piece.is_empty()
        {
            reads.borrow_mut().extend(piece);
        }
    })
    .after(async move {
        let got = log.take();
        assert!(TEXT.starts_with(&got), "{got:?}");
        assert!(
            got.len() % 10 == 0 || got == TEXT,
            "a piece was cut: {got:?}"
        );
    })
}

/// A server that answers one line.
async fn echo() -> Server {
    let serve = start_server(
        async |reader, writer| {
            let line = reader.readline().await?;
            writer.write(&line)
        },
        "127.0.0.1:0",
    );
    serve.await.unwrap()
}

/// Waits until nobody is served.
pub(crate) async fn quiet(server: &Server) {
    while server.clients() > 0 {
        yield_now().await;
    }
}

async fn opening() -> Scenario {
    Scenario::new(async move {
        let server = echo().await;
        let (reader, writer) = open_connection(server.local_addr().unwrap()).await.unwrap();
        writer.write(b"line\n").unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"line\n");
        quiet(&server).await;
    })
}

async fn serving() -> Scenario {
    let server = echo().await;
    let address = server.local_addr().unwrap();
    let (stops, stop, _) = three(Event::new());
    Scenario::new(async move {
        let served = until(server.serve_forever(), stops.wait()).await;
        assert!(served.is_err(), "it served until it was told to stop");
    })
    .beside(async move {
        // Served, refused or reset: the server may be gone already.
        if let Ok((reader, writer)) = open_connection(address).await {
            let _ = writer.write(b"line\n");
            let _ = reader.readline().await;
        }
        stop.set();
    })
    .after(async move {
        while open_connection(address).await.is_ok() {
            yield_now().await;
        }
    })
}

async fn closing() -> Scenario {
    let server = echo().await;
    let (reader, writer) = open_connection(server.local_addr().unwrap()).await.unwrap();
    let (closes, serves, looks) = three(server);
    Scenario::new(async move {
        while closes.clients() == 0 {
            yield_now().await;
        }
        closes.close();
        closes.wait_closed().await;
        assert_eq!((closes.clients(), closes.is_serving()), (0, false));
    })
    .beside(async move {
        while serves.clients() == 0 && serves.is_serving() {
            yield_now().await;
        }
        yield_now().await;
        writer.write(b"line\n").unwrap();
        let _ = reader.readline().await;
    })
    .after(async move {
        looks.close();
        looks.wait_closed().await;
    })
}

async fn stopping() -> Scenario {
    let server = echo().await;
    let address = server.local_addr().unwrap();
    let client = open_connection(address).await.unwrap();
    while server.clients() == 0 {
        yield_now().await;
    }
    Scenario::new(async move {
        let ended = server.shutdown(Duration::from_secs(1)).await;
        assert_eq!((ended.finished, ended.aborted), (0, 1));
    })
    .after(async move {
        // A shutdown that was given up leaves the connection to itself, and this ends it.
        drop(client);
        while open_connection(address).await.is_ok() {
            yield_now().await;
        }
    })
}
