//! [`UnixListener`]: takes connections, and cares for the file that its path is. Next: `datagram.rs`.

use super::UnixStream;
use super::address::{address_of, at, show};
use crate::hindrance::{Hindrance, Rest};
use crate::socket::Socket;
use oneloop::Loop;
use oneloop::reactor::{Direction, Drained};
use std::fmt;
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A Unix socket that clients connect to.
///
/// The file at its path is removed when it is dropped, unless another one stands there by then. Who may
/// connect is decided by that file's mode, which the process's umask makes, and by its folder.
///
/// ```
/// use oneloop_net::unix::{UnixListener, UnixStream};
/// let path = std::env::temp_dir().join(format!("oneloop-{}.sock", std::process::id()));
/// oneloop::run(async {
///     let listener = UnixListener::bind(&path).await?;
///     let _client = UnixStream::connect(&path).await?;
///     listener.accept().await?;
///     drop(listener);
///     assert!(!path.exists());
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UnixListener {
    /// The file to be removed. Dropped first, so that no client finds it and nobody behind it.
    file: Option<SocketFile>,
    socket: Socket<mio::net::UnixListener>,
}

impl UnixListener {
    /// Listens at a path, or by an abstract name. See [the module](super).
    ///
    /// A socket's file that nobody listens at any more, as a program that was killed leaves it, is
    /// removed; asyncio removes also that of a program that runs.
    ///
    /// # Errors
    /// The system's, with the path in the text: of kind [`AddrInUse`](io::ErrorKind::AddrInUse) where
    /// somebody listens, and where something else than a socket is. Fails outside a loop.
    pub async fn bind(path: impl AsRef<Path>) -> io::Result<UnixListener> {
        let path = path.as_ref();
        Loop::current().map_err(io::Error::other)?;
        bind(path).map_err(|error| at("listen at", path, error))
    }

    /// Takes over a listener of std, for instance an inherited one, and makes it non-blocking. Its file
    /// is not removed.
    ///
    /// # Errors
    /// Fails outside a loop, and if the descriptor can't be made non-blocking.
    pub fn from_std(listener: std::os::unix::net::UnixListener) -> io::Result<UnixListener> {
        listener.set_nonblocking(true)?;
        let socket = Socket::new(mio::net::UnixListener::from_std(listener))?;
        socket.set_name(|listener| match listener.local_addr() {
            Ok(address) => format!("unix listener {}", show(&address)),
            Err(_) => "unix listener".to_owned(),
        });
        Ok(UnixListener { file: None, socket })
    }

    /// Gives the listener back as std's, in blocking mode. Its file is not removed any more.
    ///
    /// # Errors
    /// Fails if the kernel can't take it out of the loop's list or make it blocking.
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixListener> {
        if let Some(mut file) = self.file {
            file.keep = true;
        }
        let listener = std::os::unix::net::UnixListener::from(self.socket.into_inner()?);
        listener.set_nonblocking(false)?;
        Ok(listener)
    }

    /// Waits for the next connection, and returns it with the address of its client, mostly unnamed.
    ///
    /// When no descriptor is left it rests, as [`TcpListener::accept`](crate::TcpListener::accept) does.
    ///
    /// # Errors
    /// Those of the listener itself, of a second task that waits, and of a loop that is gone.
    ///
    /// # Cancel safety
    /// Dropped before it is ready it has accepted nothing.
    pub async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let mut rest = Rest::for_descriptors();
        loop {
            let accepted = self
                .socket
                .io(Direction::Read, |listener| {
                    Ok((listener.accept()?, Drained::No))
                })
                .await;
            match accepted {
                Ok((stream, address)) => {
                    let stream = UnixStream::new(stream)?;
                    stream.socket.set_name(|_| "unix client".to_owned());
                    return Ok((stream, address));
                }
                Err(error) => match Hindrance::of(&error) {
                    Hindrance::ClientGone => {}
                    Hindrance::NoDescriptor => oneloop::sleep(rest.next()).await,
                    Hindrance::Real => return Err(error),
                },
            }
        }
    }

    /// Returns the address that clients connect to.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.with(|listener| listener.local_addr())
    }
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    let address = address_of(path)?;
    let bound = std::os::unix::net::UnixListener::bind_addr(&address);
    let listener = match bound {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_stale(path, &address) => {
            fs::remove_file(path)?;
            std::os::unix::net::UnixListener::bind_addr(&address)?
        }
        bound => bound?,
    };
    let mut listener = UnixListener::from_std(listener)?;
    if address.as_pathname().is_some() {
        listener.file = Some(SocketFile::at(path)?);
    }
    Ok(listener)
}

/// Tells whether a socket's file is left of a program that has ended: the system refuses who connects.
fn is_stale(path: &Path, address: &SocketAddr) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    let refuses = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    address.as_pathname().is_some()
        && is_socket
        && mio::net::UnixStream::connect_addr(address).is_err_and(refuses)
}

/// The file that a bound socket has made.
pub(super) struct SocketFile {
    path: PathBuf,
    /// The file's device and number there, by which it is told from a later one.
    identity: (u64, u64),
    /// It was given away.
    keep: bool,
}

impl SocketFile {
    pub(super) fn at(path: &Path) -> io::Result<SocketFile> {
        let file = fs::symlink_metadata(path)?;
        Ok(SocketFile {
            // The program may change its folder.
            path: std::path::absolute(path)?,
            identity: (file.dev(), file.ino()),
            keep: false,
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let file = fs::symlink_metadata(&self.path);
        if !self.keep && file.is_ok_and(|file| (file.dev(), file.ino()) == self.identity) {
            // Where the folder was taken from us, the file stays.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl fmt::Debug for UnixListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnixListener")
            .field("local", &self.local_addr().ok())
            .finish()
    }
}

/// Lends the descriptor, for options and calls that this type lacks. Leave it non-blocking.
impl AsFd for UnixListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
