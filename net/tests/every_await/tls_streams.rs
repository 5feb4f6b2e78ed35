//! Scenarios of readers and writers over TLS, from the beginning or from the midst of a connection. This
//! ends the table.

use crate::registry::{Row, three};
use crate::tls::PAIR;
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::yield_now;
use oneloop_net::duplex;
use oneloop_net::names::{Resolve, Resolver, Resolving, set_resolver};
use oneloop_net::streams::{
    StreamReader, StreamWriter, open_tls_connection, reader_and_writer, start_tls_server,
};
use std::cell::Cell;
use std::io;
use std::net::SocketAddr;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "connecting by name to a server of streams over TLS",
        3,
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

/// Answers after a while.
struct Slow;

impl Resolve for Slow {
    fn resolve(&self, _: &str) -> Resolving {
        Box::pin(async {
            yield_now().await;
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
        })
    }
}

async fn opening() -> Scenario {
    let resolver = Resolver::new(Slow);
    set_resolver(resolver.clone()).unwrap();
    Scenario::new(async move {
        let echo = async |reader: StreamReader, writer: StreamWriter| {
            writer.write(&reader.readline().await?)
        };
        let server = start_tls_server(echo, "127.0.0.1:0", PAIR.1.clone());
        let server = server.await.unwrap();
        let to = ("server.example", server.local_addr().unwrap().port());
        let opened = open_tls_connection(to, "localhost", &PAIR.0).await;
        let (reader, writer) = opened.unwrap();
        writer.write(b"line\n").unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"line\n");
        writer.close();
        while server.clients() > 0 {
            yield_now().await;
        }
    })
    .after(async move {
        let text = format!("{resolver:?}");
        assert!(text.contains("under_way: 0"), "{text}");
    })
}

/// Which end is interrupted.
#[derive(Clone, Copy)]
enum End {
    Client,
    Server,
}

/// More than there is room for at once.
const PLAIN: [u8; 200] = [b'x'; 200];

/// Says a line in plain text and hears one, begins with TLS, and says another one.
async fn upgrade(reader: &StreamReader, writer: &StreamWriter, end: End) -> io::Result<Vec<u8>> {
    writer.write(&[&PLAIN[..], b"\n"].concat())?;
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
    let (ours, theirs) = duplex(128);
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
        let due = [&PLAIN[..], b"\none in TLS\n"].concat();
        assert!(due.starts_with(&lines), "{lines:?}");
    })
}
