//! A server that does what a test says, octet by octet.

use std::net::SocketAddr;
use std::time::Duration;

use oneloop_net::{TcpListener, TcpStream};

/// The longest that a step may take before the test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(10);

/// A listener on the loopback.
pub(crate) struct Server {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) async fn bind() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("the loopback is there");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        Server { listener, address }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn accept(&self) -> Peer {
        let accepted = oneloop::timeout(PATIENCE, self.listener.accept()).await;
        let (stream, _) = accepted
            .expect("a connection comes")
            .expect("accepting works");
        Peer {
            stream,
            input: Vec::new(),
        }
    }

    /// Fails if another connection is waiting.
    pub(crate) async fn expect_no_more(&self) {
        let accepted = oneloop::timeout(Duration::from_millis(100), self.listener.accept()).await;
        assert!(accepted.is_err(), "another connection came");
    }
}

/// The server's end of one connection.
pub(crate) struct Peer {
    stream: TcpStream,
    input: Vec<u8>,
}

impl Peer {
    /// Reads a head, and gives it without its empty line.
    pub(crate) async fn head(&mut self) -> String {
        loop {
            if let Some(end) = self
                .input
                .windows(4)
                .position(|octets| octets == b"\r\n\r\n")
            {
                let rest = self.input.split_off(end + 4);
                let head = std::mem::replace(&mut self.input, rest);
                return String::from_utf8_lossy(&head[..end]).into_owned();
            }
            assert!(
                self.fill().await > 0,
                "the client closed within a head: {:?}",
                String::from_utf8_lossy(&self.input)
            );
        }
    }

    /// Reads a head, and gives its first line.
    pub(crate) async fn line(&mut self) -> String {
        self.head()
            .await
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// Reads this many octets.
    pub(crate) async fn read(&mut self, count: usize) -> String {
        while self.input.len() < count {
            assert!(
                self.fill().await > 0,
                "the client closed within a body: {:?}",
                String::from_utf8_lossy(&self.input)
            );
        }
        let rest = self.input.split_off(count);
        String::from_utf8_lossy(&std::mem::replace(&mut self.input, rest)).into_owned()
    }

    /// Reads until the client has closed, and gives what came before.
    pub(crate) async fn rest(&mut self) -> String {
        while self.fill().await > 0 {}
        String::from_utf8_lossy(&std::mem::take(&mut self.input)).into_owned()
    }

    pub(crate) async fn send(&mut self, text: impl AsRef<[u8]>) {
        let sent = oneloop::timeout(PATIENCE, self.stream.write_all(text.as_ref())).await;
        sent.expect("the client reads")
            .expect("the client is there");
    }

    /// Closes at once and loses what is on its way, as a server does that crashes.
    pub(crate) fn reset(self) {
        self.stream
            .set_linger(Some(Duration::ZERO))
            .expect("the socket is open");
    }

    /// Reads what has come; 0 is the client's end, in order or not.
    async fn fill(&mut self) -> usize {
        let mut buffer = [0; 16 * 1024];
        let read = oneloop::timeout(PATIENCE, self.stream.read(&mut buffer))
            .await
            .expect("something comes");
        let count = read.unwrap_or(0);
        self.input.extend_from_slice(&buffer[..count]);
        count
    }
}

/// A response with a `Content-Length`.
pub(crate) fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
