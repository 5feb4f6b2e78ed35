//! Scenarios of Unix sockets: no client, byte, message or descriptor is lost. Next: `streams.rs`.

use crate::reading::{self, filling, reading};
use crate::registry::{Row, three};
use crate::streams::quiet;
use crate::writing::{self, vectored, writing};
use oneloop::reactor::Direction;
use oneloop::testing::{Scenario, cancel_at_every_await, cancel_at_every_await_in};
use oneloop::{Loop, sleep, yield_now};
use oneloop_net::streams::{open_unix_connection, start_unix_server};
use oneloop_net::{UnixDatagram, UnixListener, UnixStream};
use socket2::{Domain, SockAddr, Socket, Type};
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::os::fd::AsFd;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "reading from a Unix socket",
        3,
        &["unix::UnixStream::read"],
        || cancel_at_every_await(async || reading::<UnixStream>(reading::How::Own).await),
    ),
    Row::new(
        "a Unix socket as an AsyncRead",
        3,
        &["AsyncRead for unix::UnixStream"],
        || cancel_at_every_await(async || reading::<UnixStream>(reading::How::Value).await),
    ),
    Row::new(
        "a Unix socket by reference as an AsyncRead",
        3,
        &["AsyncRead for &unix::UnixStream"],
        || cancel_at_every_await(async || reading::<UnixStream>(reading::How::Reference).await),
    ),
    Row::new(
        "filling a buffer from a Unix socket",
        3,
        &["unix::UnixStream::read_exact"],
        || cancel_at_every_await(filling::<UnixStream>),
    ),
    Row::new(
        "writing to a Unix socket",
        2,
        &["unix::UnixStream::write"],
        || cancel_at_every_await(async || writing::<UnixStream>(writing::How::Own).await),
    ),
    Row::new(
        "writing all to a Unix socket",
        2,
        &["unix::UnixStream::write_all"],
        || cancel_at_every_await(async || writing::<UnixStream>(writing::How::All).await),
    ),
    Row::new(
        "a Unix socket as an AsyncWrite",
        2,
        &["AsyncWrite for unix::UnixStream"],
        || cancel_at_every_await(async || writing::<UnixStream>(writing::How::Value).await),
    ),
    Row::new(
        "a Unix socket by reference as an AsyncWrite",
        2,
        &["AsyncWrite for &unix::UnixStream"],
        || cancel_at_every_await(async || writing::<UnixStream>(writing::How::Reference).await),
    ),
    Row::new(
        "writing from several buffers to a Unix socket",
        2,
        &["unix::UnixStream::write_vectored"],
        || cancel_at_every_await(async || vectored(UnixStream::write_vectored).await),
    ),
    Row::new(
        "passing descriptors",
        3,
        &[
            "unix::UnixStream::send_descriptors",
            "unix::UnixStream::recv_descriptors",
        ],
        || cancel_at_every_await(passing),
    ),
    Row::new(
        "connections at a path",
        2,
        &["unix::UnixListener::bind", "unix::UnixListener::accept"],
        || cancel_at_every_await(accepting),
    ),
    Row::new(
        "connecting to a listener that has no room",
        2,
        &["unix::UnixStream::connect"],
        || cancel_at_every_await_in(|| Loop::builder().paused_clock().jump_anyway(), connecting),
    ),
    Row::new(
        "streams over a Unix socket",
        1,
        &[
            "streams::open_unix_connection",
            "streams::start_unix_server",
        ],
        || cancel_at_every_await(streams),
    ),
    Row::new(
        "receiving datagrams of this machine",
        3,
        &[
            "unix::UnixDatagram::recv",
            "unix::UnixDatagram::recv_from",
            "unix::UnixDatagram::ready",
        ],
        || cancel_at_every_await(receiving),
    ),
    Row::new(
        "sending datagrams to who has no room",
        2,
        &[
            "unix::UnixDatagram::bind",
            "unix::UnixDatagram::send",
            "unix::UnixDatagram::send_to",
        ],
        || cancel_at_every_await_in(|| Loop::builder().paused_clock().jump_anyway(), sending),
    ),
];

/// An abstract name that nobody else has.
fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("\0oneloop-every-await-{}-{number}", std::process::id())
}

/// What has arrived came once; the ledger of descriptors is the registry's.
async fn passing() -> Scenario {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (receives, _, looks) = three(ours);
    let (notes, _, received) = three(Cell::new(0));
    Scenario::new(async move {
        for _ in 0..3 {
            let came = receives.recv_descriptors(&mut [0; 1]).await.unwrap();
            notes.set(notes.get() + came.descriptors.len());
        }
    })
    .beside(async move {
        let file = File::open("/dev/null").unwrap();
        for _ in 0..3 {
            theirs
                .send_descriptors(b"f", &[file.as_fd()])
                .await
                .unwrap();
            for _ in 0..4 {
                yield_now().await;
            }
        }
        drop(theirs);
    })
    .after(async move {
        let mut received = received.get();
        loop {
            let came = looks.recv_descriptors(&mut [0; 1]).await.unwrap();
            if came.length == 0 {
                break;
            }
            received += came.descriptors.len();
        }
        assert_eq!(received, 3);
    })
}

async fn accepting() -> Scenario {
    let name = name();
    let listener = UnixListener::bind(&name).await.unwrap();
    let (accepts, _, looks) = three(listener);
    let (notes, _, accepted) = three(Cell::new(0));
    Scenario::new(async move {
        for _ in 0..3 {
            drop(accepts.accept().await.unwrap());
            notes.set(notes.get() + 1);
        }
    })
    .beside(async move {
        for _ in 0..3 {
            drop(UnixStream::connect(&name).await.unwrap());
            for _ in 0..4 {
                yield_now().await;
            }
        }
    })
    .after(async move {
        for _ in accepted.get()..3 {
            drop(looks.accept().await.unwrap());
        }
    })
}

async fn connecting() -> Scenario {
    let name = name();
    let address = SockAddr::unix(&name).unwrap();
    let listener = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    listener.bind(&address).unwrap();
    listener.listen(0).unwrap();
    let first = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    first.connect(&address).unwrap();
    Scenario::new(async move {
        drop(UnixStream::connect(&name).await.unwrap());
    })
    .beside(async move {
        // Longer than the first rest, and shorter than the first two.
        sleep(Duration::from_micros(2500)).await;
        drop(listener.accept().unwrap());
        sleep(Duration::from_millis(100)).await;
        drop((listener, first));
    })
}

async fn streams() -> Scenario {
    let name = name();
    Scenario::new(async move {
        let echo = async |reader: oneloop_net::streams::StreamReader,
                          writer: oneloop_net::streams::StreamWriter| {
            writer.write(&reader.readline().await?)
        };
        let server = start_unix_server(echo, &name).await.unwrap();
        let (reader, writer) = open_unix_connection(&name).await.unwrap();
        writer.write(b"line\n").unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"line\n");
        quiet(&server).await;
    })
}

async fn receiving() -> Scenario {
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    let (receives, _, looks) = three(ours);
    let (notes, _, received) = three(RefCell::new(Vec::new()));
    Scenario::new(async move {
        let mut buffer = [0; 1];
        receives.recv(&mut buffer).await.unwrap();
        notes.borrow_mut().push(buffer[0]);
        receives.recv_from(&mut buffer).await.unwrap();
        notes.borrow_mut().push(buffer[0]);
        loop {
            receives.ready(Direction::Read).await.unwrap();
            if receives.try_recv_from(&mut buffer).is_ok() {
                break;
            }
        }
        notes.borrow_mut().push(buffer[0]);
    })
    .beside(async move {
        for number in 1..=3 {
            theirs.send(&[number]).await.unwrap();
            for _ in 0..4 {
                yield_now().await;
            }
        }
    })
    .after(async move {
        let mut received = received.take();
        while received.len() < 3 {
            let mut buffer = [0; 1];
            looks.recv(&mut buffer).await.unwrap();
            received.push(buffer[0]);
        }
        assert_eq!(received, [1, 2, 3]);
    })
}

/// Says so when it is dropped.
struct Gone(Rc<Cell<bool>>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

async fn sending() -> Scenario {
    let name = name();
    let receiver = UnixDatagram::bind(&name).await.unwrap();
    let (connected, free) = (
        UnixDatagram::unbound().unwrap(),
        UnixDatagram::unbound().unwrap(),
    );
    connected.connect(&name).unwrap();
    let mut full = 0;
    while connected.try_send(&[0]).is_ok() {
        full += 1;
    }
    let (notes, counts, sent) = three(Cell::new(full));
    let (receives, _, looks) = three(receiver);
    let (says, hears, _) = three(Cell::new(false));
    let gone = Gone(says);
    Scenario::new(async move {
        let _gone = gone;
        connected.send(&[0]).await.unwrap();
        notes.set(notes.get() + 1);
        free.send_to(&[0], &name).await.unwrap();
        notes.set(notes.get() + 1);
    })
    .beside(async move {
        // One at a time, so that there is no room again and again.
        while !hears.get() {
            sleep(Duration::from_micros(2500)).await;
            if receives.try_recv_from(&mut [0]).is_ok() {
                counts.set(counts.get() - 1);
            }
        }
    })
    .after(async move {
        let mut left = 0;
        while looks.try_recv_from(&mut [0]).is_ok() {
            left += 1;
        }
        assert_eq!(left, sent.get());
    })
}
