//! The same over TLS: [`open_tls_connection`] and [`start_tls_server`]. Next: `start_tls.rs`.

use super::clients::Clients;
use super::server::{Address, Server, expect_loop};
use super::{StreamReader, StreamWriter, reader_and_writer};
use crate::tcp::TcpListener;
use crate::tls::{Late, TlsAcceptor, TlsConnector};
use crate::{TcpStream, ToAddresses};
use std::io;
use std::rc::Rc;

/// Connects, makes a TLS connection to `name`, and returns its reader and writer: asyncio's
/// `open_connection(…, ssl=context, server_hostname=name)`.
///
/// Cancel safety: giving it up closes what was begun.
///
/// # Errors
/// As [`TcpStream::connect`] and [`TlsConnector::connect`]. A name that is none fails before anything
/// is connected.
///
/// ```
/// use oneloop_net::streams::{open_tls_connection, start_tls_server};
/// use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector};
/// # let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
/// # let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
/// let acceptor = TlsAcceptor::builder(identity).build()?;
/// let connector = TlsConnector::builder().root_pem(made.cert.pem()).build()?;
/// oneloop::run(async {
///     let welcome = async |_, writer: oneloop_net::streams::StreamWriter| writer.write(b"welcome\n");
///     let server = start_tls_server(welcome, "127.0.0.1:0", acceptor).await?;
///     let address = server.local_addr()?;
///     let (reader, _writer) = open_tls_connection(address, "localhost", &connector).await?;
///     assert_eq!(reader.read_to_end(100).await?, b"welcome\n");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn open_tls_connection(
    addresses: impl ToAddresses,
    name: &str,
    connector: &TlsConnector,
) -> io::Result<(StreamReader, StreamWriter)> {
    connector.check_name(name)?;
    let stream = TcpStream::connect(addresses).await?;
    Ok(reader_and_writer(connector.connect(name, stream).await?))
}

/// Listens on an address, makes a TLS connection with each client, and runs `serve` for it, all in a
/// task of its own: asyncio's `start_server(…, ssl=context)`. All else is as with
/// [`start_server`](super::start_server).
///
/// A handshake that fails goes to the loop's exception handler, as an error of `serve` does.
///
/// # Errors
/// When it can't listen.
///
/// ```
/// # use oneloop_net::streams::{StreamReader, StreamWriter, open_tls_connection, start_tls_server};
/// # use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector};
/// # let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
/// # let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
/// # let acceptor = TlsAcceptor::builder(identity).build()?;
/// # let connector = TlsConnector::builder().root_pem(made.cert.pem()).build()?;
/// oneloop::run(async {
///     let echo = async |reader: StreamReader, writer: StreamWriter| {
///         writer.write(&reader.readline().await?)
///     };
///     let server = start_tls_server(echo, "127.0.0.1:0", acceptor).await?;
///     let address = server.local_addr()?;
///     let (reader, writer) = open_tls_connection(address, "localhost", &connector).await?;
///     writer.write(b"hello\n")?;
///     assert_eq!(reader.readline().await?, b"hello\n");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn start_tls_server<F>(
    serve: F,
    addresses: impl ToAddresses,
    acceptor: TlsAcceptor,
) -> io::Result<Server>
where
    F: AsyncFn(StreamReader, StreamWriter) -> io::Result<()> + 'static,
{
    let listener = TcpListener::bind(addresses).await?;
    Ok(serve_on_tls(serve, listener, acceptor))
}

/// The same on a listener that is there already.
///
/// # Panics
/// Outside a loop.
///
/// ```
/// # use oneloop_net::TcpListener;
/// # use oneloop_net::streams::{StreamWriter, serve_on_tls};
/// # use oneloop_net::tls::{Identity, TlsAcceptor};
/// # let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
/// # let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
/// # let acceptor = TlsAcceptor::builder(identity).build()?;
/// oneloop::run(async {
///     let listener = TcpListener::builder().backlog(16).bind("127.0.0.1:0").await?;
///     let hi = async |_, writer: StreamWriter| writer.write(b"hi\n");
///     let server = serve_on_tls(hi, listener, acceptor);
///     assert!(server.is_serving());
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[track_caller]
pub fn serve_on_tls<F>(serve: F, listener: TcpListener, acceptor: TlsAcceptor) -> Server
where
    F: AsyncFn(StreamReader, StreamWriter) -> io::Result<()> + 'static,
{
    expect_loop("serve_on_tls");
    let address = Address::Internet(listener.local_addr());
    Server::start("start_tls_server", address, |clients| {
        accept(listener, acceptor, Rc::new(serve), clients)
    })
}

/// Accepts until it is cancelled. A client is on the list from now on, and is served when its handshake
/// is through.
async fn accept<F>(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    serve: Rc<F>,
    clients: Rc<Clients>,
) -> io::Result<()>
where
    F: AsyncFn(StreamReader, StreamWriter) -> io::Result<()> + 'static,
{
    loop {
        let (stream, peer) = listener.accept().await?;
        let serve = serve.clone();
        let (late, shaken) = Late::new(acceptor.begin(stream)?);
        clients.start(
            reader_and_writer(late),
            peer.to_string(),
            |reader, writer| async move {
                match shaken.wait().await? {
                    true => serve(reader, writer).await,
                    // The server was told to close it.
                    false => Ok(()),
                }
            },
        );
    }
}
