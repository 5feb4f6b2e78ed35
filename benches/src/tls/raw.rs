//! rustls moved by hand over mio: the least that a loop can do that learns by epoll what may be read. No task, no waker,
//! no timer, and nobody who could be cancelled. Next: `ours.rs`.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use mio::{Events, Interest, Poll, Token};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, ServerSessionMemoryCache};
use rustls::{
    ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig, ServerConnection,
};

use super::{Made, TlsSide};

/// Both ends, with their settings.
pub struct Side {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    poll: RefCell<(Poll, Events)>,
}

/// One end.
struct End {
    connection: Connection,
    socket: Socket,
    token: Token,
}

/// A socket, whether there may be something to read, and whether mio tells of that.
struct Socket {
    stream: mio::net::TcpStream,
    ready: bool,
    registered: bool,
}

/// The tokens of a connection's ends.
const CLIENT: Token = Token(0);
const SERVER: Token = Token(1);

impl TlsSide for Side {
    fn new(made: &Made, resume: bool) -> Side {
        let (client, server) = settings(made, resume);
        let poll = Poll::new().expect("the kernel gives a descriptor");
        Side {
            client,
            server,
            poll: RefCell::new((poll, Events::with_capacity(64))),
        }
    }

    fn shake(&self, pairs: Vec<(TcpStream, TcpStream)>, time: fn() -> f64) -> f64 {
        let start = time();
        let done: Vec<_> = pairs
            .into_iter()
            .map(|pair| {
                let (mut client, mut server) = self.connect(pair);
                server.write(b"!");
                self.read(&mut client, &mut [0]);
                (client, server)
            })
            .collect();
        let took = time() - start;
        drop(done);
        took
    }

    fn transfer(&self, pair: (TcpStream, TcpStream), pieces: usize, time: fn() -> f64) -> f64 {
        let (mut client, mut server) = self.connect(pair);
        let (piece, mut buffer) = (vec![7; 64 * 1024], vec![0; 64 * 1024]);
        let start = time();
        for _ in 0..pieces {
            client.write(&piece);
            self.read(&mut server, &mut buffer);
        }
        time() - start
    }
}

/// What both ends agree to, the same for whoever moves their bytes: with `resume` they keep sessions.
pub(super) fn settings(made: &Made, resume: bool) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let certificate = CertificateDer::from_pem_slice(made.certificate.as_bytes());
    let certificate = certificate.expect("it was just made");
    let key = PrivateKeyDer::from_pem_slice(made.key.as_bytes()).expect("it was just made");
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).expect("it was just made");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut client = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("ring has both")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has both")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("they belong together");
    if resume {
        client.resumption = Resumption::in_memory_sessions(256);
        server.session_storage = ServerSessionMemoryCache::new(1024);
    } else {
        client.resumption = Resumption::disabled();
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
    }
    (Arc::new(client), Arc::new(server))
}

impl Side {
    fn connect(&self, (ours, theirs): (TcpStream, TcpStream)) -> (End, End) {
        let name = "localhost".try_into().expect("it is a name");
        let client = ClientConnection::new(self.client.clone(), name);
        let server = ServerConnection::new(self.server.clone());
        let mut client = End::new(client.expect("the settings are good").into(), ours, CLIENT);
        let mut server = End::new(
            server.expect("the settings are good").into(),
            theirs,
            SERVER,
        );
        client.send();
        while client.connection.is_handshaking() || server.connection.is_handshaking() {
            for end in [&mut client, &mut server] {
                while end.connection.is_handshaking() && end.socket.ready {
                    self.receive(end);
                    end.send();
                }
            }
            if client.connection.is_handshaking() || server.connection.is_handshaking() {
                self.wait(&mut [&mut client, &mut server]);
            }
        }
        (client, server)
    }

    /// Waits until one of the ends may be read.
    fn wait(&self, ends: &mut [&mut End]) {
        let (poll, events) = &mut *self.poll.borrow_mut();
        while !ends.iter().any(|end| end.socket.ready) {
            poll.poll(events, None).expect("the kernel tells");
            for event in events.iter() {
                for end in ends.iter_mut().filter(|end| end.token == event.token()) {
                    end.socket.ready |= event.is_readable();
                }
            }
        }
    }

    fn read(&self, end: &mut End, buffer: &mut [u8]) {
        let mut filled = 0;
        while filled < buffer.len() {
            match end.connection.reader().read(&mut buffer[filled..]) {
                Ok(read) => filled += read,
                Err(_) if end.socket.ready => self.receive(end),
                Err(_) => self.wait(&mut [end]),
            }
        }
    }

    fn receive(&self, end: &mut End) {
        match end.connection.read_tls(&mut end.socket) {
            Ok(_) => drop(
                end.connection
                    .process_new_packets()
                    .expect("both are rustls"),
            ),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                // Only now, as it is cheaper for who never waits.
                if !end.socket.registered {
                    end.socket.registered = true;
                    let both = Interest::READABLE | Interest::WRITABLE;
                    let poll = &self.poll.borrow().0;
                    let registered =
                        poll.registry()
                            .register(&mut end.socket.stream, end.token, both);
                    registered.expect("epoll takes sockets");
                }
            }
            Err(error) => panic!("loopback failed: {error}"),
        }
    }
}

impl End {
    fn new(connection: Connection, stream: TcpStream, token: Token) -> End {
        let stream = mio::net::TcpStream::from_std(stream);
        End {
            connection,
            socket: Socket {
                stream,
                ready: true,
                registered: false,
            },
            token,
        }
    }

    fn send(&mut self) {
        while self.connection.wants_write() {
            match self.connection.write_tls(&mut self.socket.stream) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => panic!("loopback failed: {error}"),
            }
        }
    }

    fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let written = self
                .connection
                .writer()
                .write(bytes)
                .expect("rustls takes it");
            bytes = &bytes[written..];
            self.send();
        }
    }
}

impl Read for Socket {
    /// What did not fill the buffer was all there is, once somebody tells of more.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer);
        self.ready = match &read {
            Ok(read) => *read == buffer.len() || !self.registered,
            Err(_) => false,
        };
        read
    }
}
