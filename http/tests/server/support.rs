//! A server to test, and a peer that speaks raw octets to it. The peer understands answers by a few
//! lines of its own, so that a mistake of the library is not made twice.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use oneloop::sync::channel::{self, Receiver, Sender};
use oneloop_http::{Accept, IntoResponse, Request, Server, ServerHandle, serve};
use oneloop_net::{DuplexStream, TcpListener, TcpStream, duplex};

/// What the octets travel over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Medium {
    /// A TCP connection, and the real clock.
    Socket,
    /// An in-memory connection that cuts every write into single octets, and a paused clock.
    SingleOctets,
    /// An in-memory connection that leaves writes whole, and a paused clock.
    Memory,
}

/// Runs a scenario over a socket, and over single octets.
pub(crate) fn on_both(scenario: impl AsyncFn(Medium)) {
    on(Medium::Socket, &scenario);
    on(Medium::SingleOctets, &scenario);
}

/// Runs a scenario over one medium, in a loop of its own.
pub(crate) fn on(medium: Medium, scenario: impl AsyncFn(Medium)) {
    let builder = oneloop::Loop::builder();
    let builder = if medium == Medium::Socket {
        builder
    } else {
        builder.paused_clock()
    };
    let event_loop = builder.build().expect("a loop can be made");
    event_loop.block_on(scenario(medium));
}

/// A running server and the way to it.
pub(crate) struct Site {
    pub(crate) server: ServerHandle,
    /// How many writes the server's side of all connections has made.
    pub(crate) writes: Rc<Cell<usize>>,
    way: Way,
}

enum Way {
    To(SocketAddr),
    Through(Sender<TestStream>, duplex::Builder),
}

impl Site {
    /// Starts a server with the default settings.
    pub(crate) async fn new<H, R>(medium: Medium, handler: H) -> Site
    where
        H: AsyncFn(Request) -> R + 'static,
        R: IntoResponse + 'static,
    {
        Site::with(medium, handler, |server| server).await
    }

    /// Starts a server after `set` has changed its settings.
    pub(crate) async fn with<H, R>(
        medium: Medium,
        handler: H,
        set: impl FnOnce(Server<Door, H>) -> Server<Door, H>,
    ) -> Site
    where
        H: AsyncFn(Request) -> R + 'static,
        R: IntoResponse + 'static,
    {
        let writes = Rc::new(Cell::new(0));
        let (door, way) = match medium {
            Medium::Socket => {
                let listener = TcpListener::bind("127.0.0.1:0")
                    .await
                    .expect("a port is free");
                let address = listener
                    .local_addr()
                    .expect("a bound listener has an address");
                (Door::Port(listener, Rc::clone(&writes)), Way::To(address))
            }
            Medium::SingleOctets | Medium::Memory => {
                let (sender, receiver) = channel::channel(16);
                let mut builder = duplex::Builder::new();
                if medium == Medium::SingleOctets {
                    builder = builder.split(1);
                }
                (
                    Door::Memory(RefCell::new(receiver)),
                    Way::Through(sender, builder),
                )
            }
        };
        let server = set(serve(door, handler)).start();
        Site {
            server,
            writes,
            way,
        }
    }

    /// Opens a connection.
    pub(crate) async fn connect(&self) -> Peer {
        let stream = match &self.way {
            Way::To(address) => {
                let stream = TcpStream::connect(*address)
                    .await
                    .expect("the server listens");
                Inner::Socket(stream)
            }
            Way::Through(door, builder) => {
                let (near, far) = builder.build();
                let far = TestStream {
                    inner: Inner::Memory(far),
                    writes: Rc::clone(&self.writes),
                };
                door.send(far)
                    .await
                    .unwrap_or_else(|_| panic!("the server listens"));
                Inner::Memory(near)
            }
        };
        let stream = TestStream {
            inner: stream,
            writes: Rc::default(),
        };
        Peer {
            stream,
            received: Vec::new(),
        }
    }

    /// Sends one request over a connection of its own and returns the answer, which must be all.
    pub(crate) async fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut peer = self.connect().await;
        peer.send(&request).await;
        let is_head = request.as_ref().starts_with(b"HEAD ");
        peer.answer_to(is_head).await
    }
}

/// Where the server's connections come from.
pub(crate) enum Door {
    Port(TcpListener, Rc<Cell<usize>>),
    Memory(RefCell<Receiver<TestStream>>),
}

impl Accept for Door {
    type Stream = TestStream;

    async fn accept(&self) -> io::Result<(TestStream, Option<SocketAddr>)> {
        match self {
            Door::Port(listener, writes) => {
                let (stream, address) = listener.accept().await?;
                let inner = Inner::Socket(stream);
                Ok((
                    TestStream {
                        inner,
                        writes: Rc::clone(writes),
                    },
                    Some(address),
                ))
            }
            Door::Memory(receiver) => {
                let next = poll_fn(|context| receiver.borrow_mut().poll_recv(context)).await;
                Ok((next.expect("the site outlives its server"), None))
            }
        }
    }
}

/// A connection over either medium that counts its writes.
pub(crate) struct TestStream {
    inner: Inner,
    writes: Rc<Cell<usize>>,
}

enum Inner {
    Socket(TcpStream),
    Memory(DuplexStream),
}

impl AsyncRead for TestStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.inner {
            Inner::Socket(stream) => Pin::new(stream).poll_read(context, buffer),
            Inner::Memory(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for TestStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(buffer)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = match &mut self.inner {
            Inner::Socket(stream) => Pin::new(stream).poll_write_vectored(context, buffers),
            Inner::Memory(stream) => Pin::new(stream).poll_write_vectored(context, buffers),
        };
        if written.is_ready() {
            self.writes.set(self.writes.get() + 1);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Socket(stream) => Pin::new(stream).poll_flush(context),
            Inner::Memory(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Socket(stream) => Pin::new(stream).poll_close(context),
            Inner::Memory(stream) => Pin::new(stream).poll_close(context),
        }
    }
}

/// The client's end of a connection.
pub(crate) struct Peer {
    stream: TestStream,
    /// What was received beyond the last answer.
    received: Vec<u8>,
}

impl Peer {
    /// Sends octets. That the server has closed meanwhile is no failure: its answer will tell.
    pub(crate) async fn send(&mut self, octets: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(octets.as_ref()).await;
    }

    /// Says that nothing more will be sent.
    pub(crate) async fn finish(&mut self) {
        let _ = self.stream.close().await;
    }

    /// Receives once more; `false` is the end of the connection, orderly or not.
    pub(crate) async fn receive(&mut self) -> bool {
        let mut buffer = vec![0; 16 * 1024];
        let count = self.stream.read(&mut buffer).await.unwrap_or(0);
        self.received.extend_from_slice(&buffer[..count]);
        count > 0
    }

    /// Takes what has come by now, without waiting for more than one turn.
    pub(crate) async fn received_by_now(&mut self) -> Vec<u8> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = poll_fn(|context| {
                Poll::Ready(Pin::new(&mut self.stream).poll_read(context, &mut buffer))
            });
            match read.await {
                Poll::Ready(Ok(count @ 1..)) => self.received.extend_from_slice(&buffer[..count]),
                _ => return std::mem::take(&mut self.received),
            }
        }
    }

    /// Receives until the connection ends.
    pub(crate) async fn receive_all(&mut self) -> Vec<u8> {
        while self.receive().await {}
        std::mem::take(&mut self.received)
    }

    /// Waits for the end of the connection, which must come without a further octet.
    pub(crate) async fn expect_end(&mut self) {
        let rest = self.receive_all().await;
        assert_eq!(
            String::from_utf8_lossy(&rest),
            "",
            "nothing should come before the end"
        );
    }

    /// Receives until `text` has come, and takes everything up to its end.
    pub(crate) async fn receive_until(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = find(&self.received, text.as_bytes()) {
                let taken = self.received.drain(..at + text.len()).collect::<Vec<_>>();
                return String::from_utf8_lossy(&taken).into_owned();
            }
            assert!(
                self.receive().await,
                "ended before {text:?}: {:?}",
                self.as_text()
            );
        }
    }

    fn as_text(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }

    /// Receives `count` octets.
    pub(crate) async fn receive_exactly(&mut self, count: usize) -> Vec<u8> {
        while self.received.len() < count {
            assert!(
                self.receive().await,
                "ended after {} of {count} octets",
                self.received.len()
            );
        }
        self.received.drain(..count).collect()
    }

    /// Receives the answer to a request that was no `HEAD`.
    pub(crate) async fn answer(&mut self) -> Answer {
        self.answer_to(false).await
    }

    /// Receives an answer.
    pub(crate) async fn answer_to(&mut self, is_head: bool) -> Answer {
        let head = self.receive_until("\r\n\r\n").await;
        let mut lines = head.trim_end().split("\r\n");
        let status_line = lines.next().expect("a split gives one item at least");
        let status = status_line
            .strip_prefix("HTTP/1.1 ")
            .expect("answers are HTTP/1.1");
        let status = status[..3].parse().expect("a status has three digits");
        let mut headers = BTreeMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").expect("a header line has a colon");
            let before = headers.insert(name.to_ascii_lowercase(), value.to_owned());
            assert!(before.is_none(), "{name} is there twice");
        }
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        if is_head || status == 204 || status == 304 {
            return answer;
        }
        answer.body = if let Some(length) = answer.header("content-length") {
            self.receive_exactly(length.parse().expect("a length is a number"))
                .await
        } else if answer.header("transfer-encoding") == Some("chunked") {
            self.chunks().await.concat()
        } else {
            self.receive_all().await
        };
        answer
    }

    /// Receives the chunks of a chunked body, up to and with the last, which is empty.
    pub(crate) async fn chunks(&mut self) -> Vec<Vec<u8>> {
        let mut chunks = Vec::new();
        loop {
            let size = self.receive_until("\r\n").await;
            let size = usize::from_str_radix(size.trim_end(), 16).expect("a chunk has a size");
            let chunk = self.receive_exactly(size).await;
            assert_eq!(
                self.receive_exactly(2).await,
                b"\r\n",
                "a chunk ends with a line break"
            );
            if size == 0 {
                return chunks;
            }
            chunks.push(chunk);
        }
    }
}

/// An answer as the peer understands it.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// By lower-case name; no header may come twice.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether the server says that the connection ends here.
    pub(crate) fn says_close(&self) -> bool {
        self.header("connection") == Some("close")
    }
}

fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets
        .windows(wanted.len())
        .position(|window| window == wanted)
}
