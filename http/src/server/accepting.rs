//! Taking connections: one task that accepts while there is room, and the end of a server.
//!
//! [`Accept`] is what can be listened on. Read next: `connection.rs`, what becomes of a connection.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use futures_io::{AsyncRead, AsyncWrite};
use oneloop_net::{TcpListener, TcpStream};

use super::connection;
use super::shared::Shared;
use crate::request::Request;
use crate::response::IntoResponse;

/// Something that connections come from.
///
/// ```
/// # oneloop::run(async {
/// use std::{io, net::SocketAddr};
/// use oneloop_http::{Accept, serve};
/// use oneloop_net::{TcpListener, TcpStream};
///
/// /// Lets only the machine itself in.
/// struct LocalOnly(TcpListener);
///
/// impl Accept for LocalOnly {
///     type Stream = TcpStream;
///
///     async fn accept(&self) -> io::Result<(TcpStream, Option<SocketAddr>)> {
///         loop {
///             let (stream, address) = self.0.accept().await?;
///             if address.ip().is_loopback() {
///                 return Ok((stream, Some(address)));
///             }
///         }
///     }
/// }
///
/// let listener = LocalOnly(TcpListener::bind("127.0.0.1:0").await?);
/// let server = serve(listener, async |_| "Hello").start();
/// server.stop(std::time::Duration::ZERO).await;
/// # io::Result::Ok(())
/// # }).unwrap();
/// ```
pub trait Accept {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin;

    /// Waits for the next connection and says where it comes from, if that can be said.
    ///
    /// It must be cancel safe: the server drops the future when it stops.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, Option<SocketAddr>)>>;
}

impl Accept for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, Option<SocketAddr>)> {
        let (stream, address) = TcpListener::accept(self).await?;
        Ok((stream, Some(address)))
    }
}

/// Serves what comes until the server is told to stop, then sees the open connections out.
pub(super) async fn run<L, H, R>(listener: L, handler: H, shared: Rc<Shared>) -> io::Result<()>
where
    L: Accept<Stream: 'static>,
    H: AsyncFn(Request) -> R + 'static,
    R: IntoResponse + 'static,
{
    // Whatever ends this function, also a cancellation, no connection outlives it.
    let _last = EndOnDrop(&shared);
    let handler = Rc::new(handler);
    let task = oneloop::task::Builder::new().name("http connection");
    while let Some(accepted) = next_connection(&listener, &shared).await {
        let (stream, remote) = accepted?;
        let place = shared.open();
        let key = place.key;
        let served = connection::run(stream, remote, Rc::clone(&handler), place);
        shared.set_task(key, task.clone().create_task(served));
    }
    // Closing the listener turns new connections away at once.
    drop(listener);
    see_out(&shared).await;
    Ok(())
}

/// Waits for room and then for a connection; `None` when the server is to stop.
async fn next_connection<L: Accept>(
    listener: &L,
    shared: &Shared,
) -> Option<io::Result<(L::Stream, Option<SocketAddr>)>> {
    let mut accepting = pin!(listener.accept());
    poll_fn(|context| {
        if shared.stopping().is_some() {
            return Poll::Ready(None);
        }
        shared.remember_acceptor(context);
        // At the limit the listener is left alone: who comes next waits in its backlog.
        if shared.open_connections() >= shared.settings.max_connections {
            return Poll::Pending;
        }
        accepting.as_mut().poll(context).map(Some)
    })
    .await
}

/// Waits until no connection is open; those that are at the deadline are cancelled.
async fn see_out(shared: &Shared) {
    let mut timer = None;
    let mut armed_for = None;
    poll_fn(|context| {
        shared.remember_acceptor(context);
        if shared.open_connections() == 0 {
            return Poll::Ready(());
        }
        // A second order to stop may have brought the deadline forward.
        let deadline = shared.stopping().and_then(|stop| stop.deadline);
        if deadline != armed_for {
            armed_for = deadline;
            timer = deadline.map(|at| Box::pin(oneloop::sleep_until(at)));
        }
        if let Some(sleep) = &mut timer
            && sleep.as_mut().poll(context).is_ready()
        {
            timer = None;
            shared.cancel_connections();
        }
        Poll::Pending
    })
    .await;
}

/// Ends the server when its task does, whichever way.
struct EndOnDrop<'a>(&'a Shared);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.cancel_connections();
        self.0.end();
    }
}
