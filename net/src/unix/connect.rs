//! Making a connection. Next: `descriptors.rs`.

use super::UnixStream;
use super::address::{address_of, at};
use crate::hindrance::Rest;
use oneloop::Loop;
use oneloop::reactor::{Direction, Drained};
use std::io;
use std::os::unix::net::SocketAddr;
use std::path::Path;

pub(super) async fn connect(path: &Path) -> io::Result<UnixStream> {
    Loop::current().map_err(io::Error::other)?;
    let address = address_of(path).map_err(|error| at("connect to", path, error))?;
    let mut rest = Rest::for_room();
    loop {
        match try_connect(&address, path).await {
            // > For nonblocking UNIX domain sockets, the socket is nonblocking, and the connection
            // > cannot be completed immediately.
            //
            // (connect(2), EAGAIN.) The listener's queue is full.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                oneloop::sleep(rest.next()).await
            }
            Err(error) => return Err(at("connect to", path, error)),
            Ok(stream) => return Ok(stream),
        }
    }
}

async fn try_connect(address: &SocketAddr, path: &Path) -> io::Result<UnixStream> {
    let stream = UnixStream::new(mio::net::UnixStream::connect_addr(address)?)?;
    stream.socket.set_name(|_| format!("unix to {path:?}"));
    // Linux connects at once; others may go on behind the scenes.
    let connected = |stream: &mio::net::UnixStream| {
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
        match stream.peer_addr() {
            Ok(_) => Ok(((), Drained::No)),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                Err(io::ErrorKind::WouldBlock.into())
            }
            Err(error) => Err(error),
        }
    };
    stream.socket.io(Direction::Write, connected).await?;
    Ok(stream)
}
