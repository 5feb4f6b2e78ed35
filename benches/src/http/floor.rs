//! HTTP by hand: a `mio::Poll`, no parser, one read and one write for all requests of a batch. It knows what the load
//! generator and nginx send, and would fail with anything else: the least that the system calls allow, not a server.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{self, SocketAddr, TcpListener};
use std::time::Duration;

use mio::event::Source;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::CLIENTS;
use crate::machine::processor_time;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 13\r\n\
                        date: Sun, 22 Nov 2026 00:00:00 GMT\r\n\r\nHello, World!";

const LISTENER: Token = Token(usize::MAX);

/// Counts the ends of heads, also of those that come in parts.
#[derive(Default)]
struct Heads {
    matched: usize,
}

impl Heads {
    /// How many heads end in these bytes.
    fn ends_in(&mut self, bytes: &[u8]) -> usize {
        const END: &[u8] = b"\r\n\r\n";
        let mut ends = 0;
        for &byte in bytes {
            self.matched = match byte == END[self.matched] {
                true => self.matched + 1,
                false => usize::from(byte == END[0]),
            };
            if self.matched == END.len() {
                ends += 1;
                self.matched = 0;
            }
        }
        ends
    }
}

/// Serves for ever.
pub fn serve(listener: TcpListener) {
    let mut poll = Poll::new().expect("a descriptor is left");
    let mut listener = mio::net::TcpListener::from_std(listener);
    register(&poll, &mut listener, LISTENER);
    let mut events = Events::with_capacity(1_024);
    let mut connections: HashMap<usize, (TcpStream, Heads)> = HashMap::new();
    let mut next = 0;
    let mut buffer = vec![0; 16 * 1024];
    let mut answers = Vec::new();
    loop {
        if let Err(error) = poll.poll(&mut events, None) {
            assert_eq!(error.kind(), ErrorKind::Interrupted);
            continue;
        }
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    register(&poll, &mut stream, Token(next));
                    connections.insert(next, (stream, Heads::default()));
                    next += 1;
                }
                continue;
            }
            let Token(number) = event.token();
            let Some((stream, heads)) = connections.get_mut(&number) else {
                continue;
            };
            if !answer(stream, heads, &mut buffer, &mut answers) {
                connections.remove(&number);
            }
        }
    }
}

/// Reads until a read is short, answers what came; false when the connection is over.
fn answer(
    stream: &mut TcpStream,
    heads: &mut Heads,
    buffer: &mut [u8],
    answers: &mut Vec<u8>,
) -> bool {
    loop {
        let count = match stream.read(buffer) {
            Ok(0) => return false,
            Ok(count) => count,
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        };
        answers.clear();
        for _ in 0..heads.ends_in(&buffer[..count]) {
            answers.extend_from_slice(ANSWER);
        }
        // The answers of a batch are far smaller than the socket's buffer.
        if !answers.is_empty() && stream.write_all(answers).is_err() {
            return false;
        }
        if count < buffer.len() {
            return true;
        }
    }
}

fn register(poll: &Poll, source: &mut impl Source, token: Token) {
    let registered = poll.registry().register(source, token, Interest::READABLE);
    registered.expect("epoll takes sockets");
}

/// Fifty connections that ask and wait for the answer, all of the length of the first.
pub fn fetch(address: SocketAddr, path: &str, requests: u64) -> Duration {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").into_bytes();
    let mut poll = Poll::new().expect("a descriptor is left");
    let mut events = Events::with_capacity(CLIENTS);
    let mut buffer = vec![0; 16 * 1024];
    let mut length = 0;
    let mut streams = Vec::new();
    for number in 0..CLIENTS {
        let mut stream = net::TcpStream::connect(address).expect("nginx listens");
        stream.set_nodelay(true).expect("it is a TCP socket");
        stream.write_all(&request).expect("nginx reads");
        // The first answer, by blocking calls: what is measured comes after it.
        let mut seen = Vec::new();
        while !seen.ends_with(super::BODY.as_bytes()) {
            let count = stream.read(&mut buffer).expect("nginx answers");
            assert!(count > 0, "nginx keeps the connection");
            seen.extend_from_slice(&buffer[..count]);
        }
        length = seen.len();
        stream.set_nonblocking(true).expect("every socket can be");
        let mut stream = TcpStream::from_std(stream);
        register(&poll, &mut stream, Token(number));
        // How many bytes of the answer are missing.
        streams.push((stream, length));
    }
    let start = processor_time();
    for (stream, _) in &mut streams {
        stream.write_all(&request).expect("there is room");
    }
    let (mut asked, mut answered) = (CLIENTS as u64, 0);
    while answered < asked {
        poll.poll(&mut events, None).expect("it polls");
        for event in &events {
            let (stream, missing) = &mut streams[event.token().0];
            match stream.read(&mut buffer) {
                Ok(count) => *missing -= count,
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
            if *missing > 0 {
                continue;
            }
            *missing = length;
            answered += 1;
            if asked < requests {
                asked += 1;
                stream.write_all(&request).expect("there is room");
            }
        }
    }
    processor_time() - start
}

#[cfg(test)]
mod tests {
    use super::Heads;

    #[test]
    fn heads_are_counted_at_every_split() {
        let bytes = b"GET / HTTP/1.1\r\na: b\r\n\r\nGET / HTTP/1.1\r\n\r\n";
        for split in 0..bytes.len() {
            let mut heads = Heads::default();
            let (front, back) = bytes.split_at(split);
            assert_eq!(heads.ends_in(front) + heads.ends_in(back), 2, "{split}");
        }
    }
}
