//! Sockets that were open before the program was: systemd's socket activation (sd_listen_fds(3)), and
//! whoever else sets `LISTEN_FDS`. A server that is started so may be restarted without refusing anybody.
//!
//! Needs the feature `inherited`, and Unix.

use crate::unix::{UnixDatagram, UnixListener};
use crate::{TcpListener, UdpSocket};
use listenfd::ListenFd;
use oneloop::Loop;
use std::fmt;
use std::io;

/// The sockets that this process has got from who started it, each to be taken once.
///
/// ```
/// use oneloop_net::TcpListener;
/// use oneloop_net::inherited::Inherited;
///
/// // First of all in `main`: it changes the environment.
/// let mut inherited = Inherited::from_env();
/// oneloop::run(async {
///     // By systemd's unit file, or else by our own choice.
///     let listener = match inherited.tcp_listener(0)? {
///         Some(listener) => listener,
///         None => TcpListener::bind("127.0.0.1:0").await?,
///     };
///     assert!(listener.local_addr()?.port() > 0);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Inherited {
    sockets: ListenFd,
    names: Vec<String>,
}

impl Inherited {
    /// Reads `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES`; there are none where they are not set, or
    /// meant for another process.
    ///
    /// The first two are taken out of the environment, so that programs which this one starts do not take
    /// the sockets for theirs. Environments and threads do not go together: call this in `main`, before
    /// there is a second thread. A second call finds nothing.
    pub fn from_env() -> Inherited {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let count = std::env::var("LISTEN_FDS").unwrap_or_default();
        // More than a process can have is no count, and would only cost memory.
        let sockets = match count.parse::<u16>() {
            Ok(_) => ListenFd::from_env(),
            Err(_) => ListenFd::empty(),
        };
        Inherited {
            sockets,
            names: names.split(':').map(str::to_owned).collect(),
        }
    }

    /// Returns how many there were at first.
    pub fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Tells whether there were none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the place of the first socket with this name: `FileDescriptorName=` in the unit file.
    pub fn position(&self, name: &str) -> Option<usize> {
        let mut names = self.names.iter().take(self.len());
        names.position(|one| one == name)
    }

    /// Takes the listener at this place, counted from 0; `None` if there is nothing any more.
    ///
    /// # Errors
    /// Fails outside a loop, and of kind [`InvalidInput`](io::ErrorKind::InvalidInput) for another kind of
    /// socket, which stays there.
    pub fn tcp_listener(&mut self, place: usize) -> io::Result<Option<TcpListener>> {
        Loop::current().map_err(io::Error::other)?;
        let taken = self.sockets.take_tcp_listener(place)?;
        taken.map(TcpListener::from_std).transpose()
    }

    /// Takes the UDP socket at this place. All else is as with [`tcp_listener`](Inherited::tcp_listener).
    ///
    /// # Errors
    /// As there.
    pub fn udp_socket(&mut self, place: usize) -> io::Result<Option<UdpSocket>> {
        Loop::current().map_err(io::Error::other)?;
        let taken = self.sockets.take_udp_socket(place)?;
        taken.map(UdpSocket::from_std).transpose()
    }

    /// Takes the Unix listener at this place; its file belongs to who made it. All else is as with
    /// [`tcp_listener`](Inherited::tcp_listener).
    ///
    /// # Errors
    /// As there.
    pub fn unix_listener(&mut self, place: usize) -> io::Result<Option<UnixListener>> {
        Loop::current().map_err(io::Error::other)?;
        let taken = self.sockets.take_unix_listener(place)?;
        taken.map(UnixListener::from_std).transpose()
    }

    /// Takes the Unix socket for datagrams at this place. All else is as with
    /// [`unix_listener`](Inherited::unix_listener).
    ///
    /// # Errors
    /// As there.
    pub fn unix_datagram(&mut self, place: usize) -> io::Result<Option<UnixDatagram>> {
        Loop::current().map_err(io::Error::other)?;
        let taken = self.sockets.take_unix_datagram(place)?;
        taken.map(UnixDatagram::from_std).transpose()
    }
}

impl fmt::Debug for Inherited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inherited")
            .field("sockets", &self.len())
            .field("names", &self.names)
            .finish()
    }
}
