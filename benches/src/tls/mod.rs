//! TLS with both ends in one process, by turns of handshakes and transfers: with rustls moved by hand over mio, which is
//! the least that a loop can do (`raw.rs`), through oneloop (`ours.rs`) and through tokio-rustls (`theirs.rs`).
//!
//! Processor time of the process, user and system, is what counts: another program on the machine does not spend it.

pub mod ours;
pub mod raw;
pub mod theirs;

use std::net::{TcpListener, TcpStream};

use crate::machine;

/// Handshakes in one turn.
pub const HANDSHAKES: usize = 60;

/// Pieces of 64 KiB in one turn.
pub const PIECES: usize = 200;

/// What a turn does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Handshakes from nothing.
    Full,
    /// Handshakes that resume a session.
    Resumed,
    /// Pieces of 64 KiB, over a connection that is there.
    Bulk,
}

impl Work {
    /// Every work, with its name.
    pub const ALL: [(&'static str, Work); 3] = [
        ("tls_handshake", Work::Full),
        ("tls_resumed", Work::Resumed),
        ("tls_bulk", Work::Bulk),
    ];

    /// How many operations a turn has.
    pub fn operations(self) -> usize {
        match self {
            Work::Bulk => PIECES,
            Work::Full | Work::Resumed => HANDSHAKES,
        }
    }
}

/// A certificate for `localhost`, and its key, in PEM.
#[derive(Debug)]
pub struct Made {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

impl Made {
    /// Makes both.
    pub fn new() -> Made {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])
            .expect("a certificate can be made");
        Made {
            certificate: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
        }
    }
}

impl Default for Made {
    fn default() -> Made {
        Made::new()
    }
}

/// Who moves the bytes, with its settings.
pub trait TlsSide {
    /// Makes the settings of both ends; with `resume` they keep sessions.
    fn new(made: &Made, resume: bool) -> Self
    where
        Self: Sized;

    /// A handshake over each pair, and a byte back, which brings a client its tickets. Returns the time it took.
    ///
    /// Taking the sockets over belongs to it, since some register them with epoll there and others when they first
    /// wait. Closing them does not.
    fn shake(&self, pairs: Vec<(TcpStream, TcpStream)>, time: fn() -> f64) -> f64;

    /// So many pieces of 64 KiB from the client to the server. Returns the time it took.
    fn transfer(&self, pair: (TcpStream, TcpStream), pieces: usize, time: fn() -> f64) -> f64;
}

/// The side of a peer.
pub fn side(peer: &str, work: Work) -> Option<Box<dyn TlsSide>> {
    let (made, resume) = (Made::new(), work == Work::Resumed);
    match peer {
        "oneloop" => Some(Box::new(ours::Side::new(&made, resume))),
        "tokio-rustls" => Some(Box::new(theirs::Side::new(&made, resume))),
        "floor" => Some(Box::new(raw::Side::new(&made, resume))),
        _ => None,
    }
}

/// Lets a side take one turn, and returns the seconds of processor time that it took.
pub fn turn(side: &dyn TlsSide, work: Work) -> f64 {
    match work {
        Work::Bulk => side.transfer(pairs(1).remove(0), PIECES, processor_time),
        Work::Full | Work::Resumed => side.shake(pairs(HANDSHAKES), processor_time),
    }
}

/// Pairs of connected sockets: the client's end and the server's.
fn pairs(count: usize) -> Vec<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
    let address = listener.local_addr().expect("it is bound");
    let pair = || {
        let client = TcpStream::connect(address).expect("it listens");
        let (server, _) = listener.accept().expect("somebody connects");
        for stream in [&client, &server] {
            stream.set_nodelay(true).expect("it is a TCP socket");
            stream.set_nonblocking(true).expect("every socket can be");
        }
        (client, server)
    };
    (0..count).map(|_| pair()).collect()
}

/// The processor time of this process so far, in seconds.
fn processor_time() -> f64 {
    machine::processor_time().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::{Work, side, turn};

    #[test]
    fn every_side_does_every_work() {
        for peer in ["oneloop", "tokio-rustls", "floor"] {
            for (name, work) in Work::ALL {
                let side = side(peer, work).expect("it is one of three");
                assert!(turn(&*side, work) > 0.0, "{peer} {name}");
            }
        }
        assert!(side("nobody", Work::Full).is_none());
    }
}
