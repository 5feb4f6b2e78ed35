//! TCP by hand: a `mio::Poll`, two sockets, and reads and writes in the order in which they have to happen.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{self, SocketAddr};
use std::time::{Duration, Instant};

use mio::event::Source;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use socket2::SockRef;

use crate::local::workload::sockets::listener;
use crate::scenario::{MESSAGE, PIECE};

const CLIENT: Token = Token(0);
const SERVER: Token = Token(1);
const LISTENER: Token = Token(usize::MAX);

/// Two ends of a connection, in one poll.
struct Pair {
    poll: Poll,
    events: Events,
    client: TcpStream,
    server: TcpStream,
}

impl Pair {
    fn new() -> Pair {
        let (listener, address) = listener();
        let client = net::TcpStream::connect(address).expect("it listens");
        let (server, _) = listener.accept().expect("somebody connected");
        for stream in [&client, &server] {
            stream.set_nodelay(true).expect("it is a TCP socket");
            stream.set_nonblocking(true).expect("every socket can be");
        }
        let mut pair = Pair {
            poll: Poll::new().expect("a descriptor is left"),
            events: Events::with_capacity(4),
            client: TcpStream::from_std(client),
            server: TcpStream::from_std(server),
        };
        let both = Interest::READABLE | Interest::WRITABLE;
        let registry = pair.poll.registry();
        let client = registry.register(&mut pair.client, CLIENT, both);
        client.expect("epoll takes sockets");
        let server = registry.register(&mut pair.server, SERVER, both);
        server.expect("epoll takes sockets");
        pair
    }

    /// Waits until the kernel says that one of the two can go on.
    fn wait(&mut self, token: Token) {
        loop {
            self.poll.poll(&mut self.events, None).expect("it polls");
            if self.events.iter().any(|event| event.token() == token) {
                return;
            }
        }
    }
}

/// Small messages there and back.
pub fn echo(steps: u64) -> Duration {
    let mut pair = Pair::new();
    let mut buffer = [0; 4_096];
    let start = Instant::now();
    for _ in 0..steps {
        write(&mut pair.client, &buffer[..MESSAGE]);
        pair.wait(SERVER);
        let count = read(&mut pair.server, &mut buffer);
        write(&mut pair.server, &buffer[..count]);
        pair.wait(CLIENT);
        assert_eq!(read(&mut pair.client, &mut buffer), MESSAGE);
    }
    start.elapsed()
}

/// Pieces of 64 KiB: writes as much of a piece as there is room for, then reads what came.
pub fn bulk(steps: u64) -> Duration {
    let mut pair = Pair::new();
    let mut buffer = vec![0; PIECE];
    let (mut to_send, mut to_come) = (steps * PIECE as u64, steps * PIECE as u64);
    let start = Instant::now();
    while to_come > 0 {
        if to_send > 0 {
            let most = to_send.min(PIECE as u64) as usize;
            match pair.client.write(&buffer[..most]) {
                Ok(count) => to_send -= count as u64,
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        match pair.server.read(&mut buffer) {
            Ok(count) => to_come -= count as u64,
            Err(error) if error.kind() == ErrorKind::WouldBlock && to_send == 0 => {
                pair.wait(SERVER);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    start.elapsed()
}

/// A connection is made, accepted and closed.
pub fn accept_close(steps: u64) -> Duration {
    let (listener, address) = listener();
    let mut listener = TcpListener::from_std(listener);
    let mut poll = Poll::new().expect("a descriptor is left");
    register(&poll, &mut listener, LISTENER);
    let mut events = Events::with_capacity(4);
    let start = Instant::now();
    for _ in 0..steps {
        let client = net::TcpStream::connect(address).expect("it listens");
        let set = SockRef::from(&client).set_linger(Some(Duration::ZERO));
        set.expect("it is a TCP socket");
        poll.poll(&mut events, None).expect("it polls");
        drop(listener.accept().expect("somebody connected"));
    }
    start.elapsed()
}

/// Serves echoes until the process ends.
pub fn echo_server(listener: net::TcpListener) {
    let mut listener = TcpListener::from_std(listener);
    let mut poll = Poll::new().expect("a descriptor is left");
    register(&poll, &mut listener, LISTENER);
    let mut events = Events::with_capacity(1_024);
    let mut streams: Vec<Option<TcpStream>> = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        poll.poll(&mut events, None).expect("it polls");
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    register(&poll, &mut stream, Token(streams.len()));
                    streams.push(Some(stream));
                }
                continue;
            }
            let place = &mut streams[event.token().0];
            let Some(stream) = place else { continue };
            match stream.read(&mut buffer) {
                Ok(count) if count > 0 => write(stream, &buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                _ => *place = None,
            }
        }
    }
}

/// How long a server may leave all connections of the load without an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The load of `Scenario::Echo100`: connections that each send a message when they have the answer to the last.
pub struct Load {
    poll: Poll,
    events: Events,
    streams: Vec<TcpStream>,
}

impl Load {
    /// Makes that many connections, and lets each have one answer.
    pub fn new(address: SocketAddr, connections: usize) -> io::Result<Load> {
        let mut load = Load {
            poll: Poll::new()?,
            events: Events::with_capacity(connections),
            streams: Vec::new(),
        };
        for number in 0..connections {
            let stream = net::TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            register(&load.poll, &mut stream, Token(number));
            load.streams.push(stream);
        }
        load.run(connections)?;
        Ok(load)
    }

    /// Sends that many messages, on all connections together, and waits for the answers.
    pub fn run(&mut self, messages: usize) -> io::Result<()> {
        let mut buffer = [0; 4_096];
        let mut sent = 0;
        for stream in self.streams.iter_mut().take(messages) {
            stream.write_all(&buffer[..MESSAGE])?;
            sent += 1;
        }
        let mut came = 0;
        while came < messages * MESSAGE {
            self.poll.poll(&mut self.events, Some(PATIENCE))?;
            if self.events.is_empty() {
                return Err(ErrorKind::TimedOut.into());
            }
            for event in &self.events {
                let stream = &mut self.streams[event.token().0];
                match stream.read(&mut buffer) {
                    Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                    Ok(count) => came += count,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                    Err(error) => return Err(error),
                }
                // A message is so small that it comes in one piece, and its answer too.
                if sent < messages {
                    stream.write_all(&buffer[..MESSAGE])?;
                    sent += 1;
                }
            }
        }
        Ok(())
    }
}

fn register(poll: &Poll, source: &mut impl Source, token: Token) {
    let registered = poll.registry().register(source, token, Interest::READABLE);
    registered.expect("epoll takes sockets");
}

fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> usize {
    stream.read(buffer).expect("it is readable")
}

fn write(stream: &mut TcpStream, bytes: &[u8]) {
    // A message is far smaller than the socket's buffer.
    assert_eq!(stream.write(bytes).expect("there is room"), bytes.len());
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::{Load, echo_server};
    use crate::local::workload::sockets::listener;

    #[test]
    fn the_load_gets_every_answer() {
        let (listener, address) = listener();
        // It serves until the tests end.
        thread::spawn(move || echo_server(listener));
        let mut load = Load::new(address, 10).expect("it serves");
        load.run(105).expect("it answers");
    }
}
