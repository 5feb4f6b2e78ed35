//! A server to test, and a peer that speaks raw octets to it. The peer understands answers by a few
//! lines of its own, so that a mistake of the library is not made twice.

mod peer;
mod stream;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use oneloop::sync::channel::{self, Receiver, Sender};
use oneloop_http::{Accept, IntoResponse, Request, Server, ServerHandle, serve};
use oneloop_net::{TcpListener, TcpStream, duplex};

pub(crate) use peer::{Answer, Peer};
use stream::Inner;
pub(crate) use stream::TestStream;

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
