//! A handshake that is cut at any byte ends in an error on both sides, and one that is interrupted at any
//! byte goes on. On a paused clock and without a limit of time, so that a hang is a deadlock, which
//! panics; and over sockets.

use crate::made::{Ca, built};
use oneloop::Loop;
use oneloop_net::tls::{TlsAcceptor, TlsConnector, TlsError, TlsErrorKind as Kind, TlsVersion};
use oneloop_net::{DuplexStream, TcpListener, TcpStream, duplex};
use std::cell::Cell;
use std::io;
use std::net::Shutdown;
use std::time::Duration;

/// What happens in one direction, after so many bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// Nothing.
    Whole,
    /// No more comes, and the end of the stream does.
    Cut(usize),
    /// The rest comes later.
    Late(usize),
}

/// Who sends in this direction.
#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    Client,
    Server,
}

const EACH: [(TlsVersion, From); 4] = [
    (TlsVersion::V1_2, From::Client),
    (TlsVersion::V1_2, From::Server),
    (TlsVersion::V1_3, From::Client),
    (TlsVersion::V1_3, From::Server),
];

/// Full handshakes, each as long as the other, as far as signatures are.
fn pair(version: TlsVersion, limit: Option<Duration>) -> (TlsConnector, TlsAcceptor) {
    let ca = Ca::new("ours");
    let client = ca.client().max_version(version).sessions(0);
    let server = TlsAcceptor::builder(ca.issue("localhost")).sessions(0);
    built(
        client.handshake_timeout(limit),
        server.handshake_timeout(limit),
    )
}

/// The streams of this test, which can be ended in one direction.
trait Ends {
    async fn read(&self, buffer: &mut [u8]) -> io::Result<usize>;
    async fn write_all(&self, bytes: &[u8]) -> io::Result<()>;
    fn shutdown(&self, how: Shutdown) -> io::Result<()>;
}

macro_rules! ends {
    ($stream:ty) => {
        impl Ends for $stream {
            async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
                <$stream>::read(self, buffer).await
            }
            async fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
                <$stream>::write_all(self, bytes).await
            }
            fn shutdown(&self, how: Shutdown) -> io::Result<()> {
                <$stream>::shutdown(self, how)
            }
        }
    };
}

ends!(DuplexStream);
ends!(TcpStream);

/// Carries one direction to its end, and says how much that was.
async fn carry<S: Ends>(from: &S, to: &S, fate: Fate) -> usize {
    let mut buffer = [0; 4096];
    let mut carried = 0;
    loop {
        let most = match fate {
            Fate::Cut(at) if carried == at => break,
            Fate::Late(at) if carried == at => {
                oneloop::sleep(Duration::from_millis(1)).await;
                buffer.len()
            }
            Fate::Cut(at) | Fate::Late(at) if carried < at => buffer.len().min(at - carried),
            _ => buffer.len(),
        };
        let Ok(read @ 1..) = from.read(&mut buffer[..most]).await else {
            break;
        };
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
        carried += read;
    }
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
    carried
}

/// How a handshake through a relay went: for the client, for the server, and how much each has sent.
struct Outcome {
    sides: [Result<(), TlsError>; 2],
    sent: [usize; 2],
}

impl Outcome {
    fn is_whole(&self) -> bool {
        self.sides.iter().all(Result::is_ok)
    }
}

/// A handshake over `ours` and `theirs`, which a relay between `near` and `far` joins. Each side closes
/// when it is through, whether that went well or not.
async fn shaken<S>(
    (connector, acceptor): &(TlsConnector, TlsAcceptor),
    [ours, near, far, theirs]: [S; 4],
    (from, fate): (From, Fate),
) -> Outcome
where
    S: Ends + futures_lite::AsyncRead + futures_lite::AsyncWrite + Unpin,
{
    let fates = match from {
        From::Client => [fate, Fate::Whole],
        From::Server => [Fate::Whole, fate],
    };
    // The streams live until both are through: else the one that is first cuts the other.
    let both = Cell::new(0);
    let client = async {
        let stream = connector.connect("localhost", ours).await;
        let shaken = stream.as_ref().map(drop).map_err(TlsError::clone);
        leave(&both, stream).await;
        shaken
    };
    let server = async {
        let stream = acceptor.accept(theirs).await;
        let shaken = stream.as_ref().map(drop).map_err(TlsError::clone);
        leave(&both, stream).await;
        shaken
    };
    let there = carry(&near, &far, fates[0]);
    let back = carry(&far, &near, fates[1]);
    let (client, server, there, back) = oneloop::gather((client, server, there, back)).await;
    Outcome {
        sides: [client, server],
        sent: [there, back],
    }
}

/// Drops a stream: at once if it failed, else when the other side is through, too.
async fn leave<S>(through: &Cell<usize>, stream: Result<S, TlsError>) {
    through.set(through.get() + 1);
    while stream.is_ok() && through.get() < 2 {
        oneloop::sleep(Duration::from_micros(100)).await;
    }
}

/// A handshake in memory, on a paused clock.
fn in_memory(pair: &(TlsConnector, TlsAcceptor), from: From, fate: Fate) -> Outcome {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        let ((ours, near), (far, theirs)) = (duplex(65536), duplex(65536));
        shaken(pair, [ours, near, far, theirs], (from, fate)).await
    })
}

#[test]
fn a_handshake_cut_at_any_byte_ends_in_an_error_on_both_sides_or_was_over() {
    let mut handshakes = 0;
    for (version, from) in EACH {
        let pair = pair(version, None);
        let whole = in_memory(&pair, from, Fate::Whole);
        assert!(whole.is_whole());
        let sent = whole.sent[from as usize];
        let mut failed_until = 0;
        for at in 0..sent {
            let outcome = in_memory(&pair, from, Fate::Cut(at));
            handshakes += 1;
            if outcome.is_whole() {
                continue;
            }
            failed_until = at;
            // Who waits for the rest is told what happened; the other one may be through already.
            let (cut, other) = match from {
                From::Client => (&outcome.sides[1], &outcome.sides[0]),
                From::Server => (&outcome.sides[0], &outcome.sides[1]),
            };
            let cut = cut.as_ref().unwrap_err();
            assert_eq!(
                cut.kind(),
                Kind::HandshakeCut,
                "{version:?} {from:?} {at}: {cut}"
            );
            if let Err(error) = other {
                let kinds = [Kind::HandshakeCut, Kind::Io];
                assert!(
                    kinds.contains(&error.kind()),
                    "{version:?} {from:?} {at}: {error}"
                );
            }
        }
        // All of a flight counts, to its last byte, but for a signature's odd byte.
        assert!(
            failed_until + 4 >= sent,
            "{version:?} {from:?}: {failed_until} of {sent}"
        );
    }
    println!("{handshakes} handshakes were cut");
    assert!(handshakes > 1_500);
}

#[test]
fn a_handshake_that_stops_for_a_while_at_any_byte_goes_on() {
    for (version, from) in EACH {
        let pair = pair(version, None);
        let sent = in_memory(&pair, from, Fate::Whole).sent[from as usize];
        for at in 0..sent {
            let outcome = in_memory(&pair, from, Fate::Late(at));
            assert!(
                outcome.is_whole(),
                "{version:?} {from:?} {at}: {:?}",
                outcome.sides
            );
        }
    }
}

#[test]
fn a_handshake_that_breaks_at_any_byte_ends_in_an_error() {
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let (connector, acceptor) = pair(version, None);
        let mut broken = 0;
        for at in 0.. {
            let event_loop = Loop::builder().paused_clock().build().unwrap();
            let whole = event_loop.block_on(async {
                let ends = duplex::Builder::new().break_after(at).build();
                let both = (
                    connector.connect("localhost", ends.0),
                    acceptor.accept(ends.1),
                );
                let (client, server) = oneloop::gather(both).await;
                client.is_ok() && server.is_ok()
            });
            if whole {
                break;
            }
            broken += 1;
        }
        assert!(broken > 500, "{version:?}: {broken}");
    }
}

#[test]
fn a_handshake_in_single_bytes_is_a_handshake() {
    for version in [TlsVersion::V1_2, TlsVersion::V1_3] {
        let (connector, acceptor) = pair(version, None);
        for capacity in [1, 2, 3, 65536] {
            oneloop::run(async {
                let ends = duplex::Builder::new().capacity(capacity).split(1).build();
                let both = (
                    connector.connect("localhost", ends.0),
                    acceptor.accept(ends.1),
                );
                let (client, server) = oneloop::gather(both).await;
                assert_eq!(client.unwrap().version(), server.unwrap().version());
            });
        }
    }
}

#[test]
fn a_handshake_over_sockets_that_a_proxy_cuts_ends_in_an_error() {
    // It takes milliseconds; a hang is told by its kind.
    let limit = Some(Duration::from_secs(20));
    for (version, from) in EACH {
        let pair = pair(version, limit);
        oneloop::run(async {
            let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let over = async |fate| {
                let ours = TcpStream::connect(proxy.local_addr().unwrap())
                    .await
                    .unwrap();
                let (near, _) = proxy.accept().await.unwrap();
                let far = TcpStream::connect(server.local_addr().unwrap())
                    .await
                    .unwrap();
                let (theirs, _) = server.accept().await.unwrap();
                shaken(&pair, [ours, near, far, theirs], (from, fate)).await
            };
            let sent = over(Fate::Whole).await.sent[from as usize];
            for at in (0..sent - 4).step_by(11) {
                let outcome = over(Fate::Cut(at)).await;
                assert!(!outcome.is_whole(), "{version:?} {from:?} {at}");
                for error in outcome.sides.iter().filter_map(|side| side.as_ref().err()) {
                    assert_ne!(
                        error.kind(),
                        Kind::HandshakeTimeout,
                        "{version:?} {from:?} {at}"
                    );
                }
            }
        });
    }
}
