//! Sockets that were open before the program was: systemd's socket activation (sd_listen_fds(3)), and
//! whoever else sets `LISTEN_FDS`. A server that is started so may be restarted without refusing anybody.
//!
//! Needs the feature `inherited`, and Unix.

use crate::unix::{UnixDatagram, UnixListener};
use crate::{TcpListener, UdpSocket};
use listenfd::ListenFd;
use oneloop::Loop;
use rustix::net::{AddressFamily, SocketType};
use socket2::{SockRef, Type};
use std::fmt;
use std::io;
use std::os::fd::OwnedFd;

/// Whatever kinds of sockets systemd opens (systemd.socket(5)). For `listenfd` IPv6 counts as `INET`.
const FAMILIES: &[AddressFamily] = &[
    AddressFamily::UNIX,
    AddressFamily::INET,
    #[cfg(target_os = "linux")]
    AddressFamily::NETLINK,
    #[cfg(target_os = "linux")]
    AddressFamily::VSOCK,
];
const TYPES: [SocketType; 4] = [
    SocketType::STREAM,
    SocketType::DGRAM,
    SocketType::SEQPACKET,
    SocketType::RAW,
];

/// The sockets that this process has got from who started it, each to be taken once.
///
/// None of them is handed on to programs that this one starts (`FD_CLOEXEC`), whether or not it is taken, as with
/// systemd's own sd_listen_fds(3). What nobody has taken is closed when this is dropped. What is no
/// socket (`ListenFIFO=`, `ListenSpecial=`) is left as it was.
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
    places: Vec<Place>,
    names: Vec<String>,
}

/// What lies at one place.
enum Place {
    Socket(OwnedFd),
    Taken,
    /// A file or a pipe, say, whose number nobody may use without being its owner.
    NoSocket,
}

impl Inherited {
    /// Reads `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES`; there are none where one of the
    /// first two is not set, or is meant for another process.
    ///
    /// The first two are taken out of the environment, so that programs which this one starts do not take
    /// the sockets for theirs. The third stays there and says nothing without them (safe code can't take it
    /// out): if you hand sockets on to a program, set all three for it. Environments and threads do not go together: call this in `main`, before
    /// there is a second thread. A second call finds nothing.
    pub fn from_env() -> Inherited {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let count = std::env::var("LISTEN_FDS").unwrap_or_default();
        // More than a process can have is no count, and would only cost memory.
        let is_count = count.parse::<u16>().is_ok();
        // The library takes what says nothing of whom it is for, and begins where a variable of its own says:
        // with descriptors, perhaps, that others own.
        let is_for_somebody = std::env::var_os("LISTEN_PID").is_some();
        let begins_elsewhere = std::env::var_os("LISTEN_FDS_FIRST_FD").is_some();
        let mut sockets = match is_count && is_for_somebody && !begins_elsewhere {
            true => ListenFd::from_env(),
            false => ListenFd::empty(),
        };
        Inherited {
            places: (0..sockets.len())
                .map(|place| own(&mut sockets, place))
                .collect(),
            names: names.split(':').map(str::to_owned).collect(),
        }
    }

    /// Returns how many there were at first.
    pub fn len(&self) -> usize {
        self.places.len()
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
    /// socket, which stays there: a connection, too, as `Accept=yes` in the unit file makes them.
    pub fn tcp_listener(&mut self, place: usize) -> io::Result<Option<TcpListener>> {
        let taken = self.take(place, "TCP listener", |socket| {
            Ok(is_ip(socket)? && is_listener(socket)?)
        })?;
        taken.map(|it| TcpListener::from_std(it.into())).transpose()
    }

    /// Takes the UDP socket at this place. All else is as with [`tcp_listener`](Inherited::tcp_listener).
    ///
    /// # Errors
    /// As there.
    pub fn udp_socket(&mut self, place: usize) -> io::Result<Option<UdpSocket>> {
        let taken = self.take(place, "UDP socket", |socket| {
            Ok(is_ip(socket)? && is_for_datagrams(socket)?)
        })?;
        taken.map(|it| UdpSocket::from_std(it.into())).transpose()
    }

    /// Takes the Unix listener at this place; its file belongs to who made it. All else is as with
    /// [`tcp_listener`](Inherited::tcp_listener).
    ///
    /// # Errors
    /// As there.
    pub fn unix_listener(&mut self, place: usize) -> io::Result<Option<UnixListener>> {
        let taken = self.take(place, "Unix listener", |socket| {
            Ok(is_unix(socket)? && is_listener(socket)?)
        })?;
        taken
            .map(|it| UnixListener::from_std(it.into()))
            .transpose()
    }

    /// Takes the Unix socket for datagrams at this place. All else is as with
    /// [`unix_listener`](Inherited::unix_listener).
    ///
    /// # Errors
    /// As there.
    pub fn unix_datagram(&mut self, place: usize) -> io::Result<Option<UnixDatagram>> {
        let taken = self.take(place, "Unix socket for datagrams", |socket| {
            Ok(is_unix(socket)? && is_for_datagrams(socket)?)
        })?;
        taken
            .map(|it| UnixDatagram::from_std(it.into()))
            .transpose()
    }

    /// Takes what lies at this place if it is of the right kind.
    fn take(
        &mut self,
        place: usize,
        kind: &str,
        is_right: impl FnOnce(&OwnedFd) -> io::Result<bool>,
    ) -> io::Result<Option<OwnedFd>> {
        Loop::current().map_err(io::Error::other)?;
        let right = match self.places.get(place) {
            None | Some(Place::Taken) => return Ok(None),
            Some(Place::NoSocket) => false,
            Some(Place::Socket(socket)) => is_right(socket)?,
        };
        if !right {
            let what = match &self.places[place] {
                Place::Socket(socket) => found(socket).unwrap_or(UNKNOWN),
                _ => "it is no socket at all",
            };
            let text = format!(
                "what this process has inherited at place {place} is no {kind}: {what}; see `Listen…=` \
                 and `Accept=` in the unit file"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        match std::mem::replace(&mut self.places[place], Place::Taken) {
            Place::Socket(socket) => Ok(Some(socket)),
            _ => Ok(None),
        }
    }
}

/// Makes the socket at this place ours, which also keeps it from our children.
fn own(sockets: &mut ListenFd, place: usize) -> Place {
    for family in FAMILIES {
        for kind in TYPES {
            let (family, kind) = (i32::from(family.as_raw()), kind.as_raw() as i32);
            // An error says that it is something else.
            if let Ok(Some(socket)) = sockets.take_custom(place, family, kind, "") {
                return Place::Socket(socket);
            }
        }
    }
    Place::NoSocket
}

/// What is said of a socket for which there is no method.
const UNKNOWN: &str = "nothing here takes a socket of its kind";

/// What lies there instead, and how it is taken.
fn found(socket: &OwnedFd) -> io::Result<&'static str> {
    let (ip, unix) = (is_ip(socket)?, is_unix(socket)?);
    Ok(match (is_listener(socket)?, is_for_datagrams(socket)?) {
        (true, _) if ip => "it is a TCP listener, which `tcp_listener` takes",
        (true, _) if unix => "it is a Unix listener, which `unix_listener` takes",
        (_, true) if ip => "it is a UDP socket, which `udp_socket` takes",
        (_, true) if unix => "it is a Unix socket for datagrams, which `unix_datagram` takes",
        (false, false) if SockRef::from(socket).peer_addr().is_ok() => {
            "it is a connection (`Accept=yes`), for which nothing is here"
        }
        _ => UNKNOWN,
    })
}

fn is_ip(socket: &OwnedFd) -> io::Result<bool> {
    Ok(SockRef::from(socket).local_addr()?.as_socket().is_some())
}

fn is_unix(socket: &OwnedFd) -> io::Result<bool> {
    Ok(SockRef::from(socket).local_addr()?.is_unix())
}

fn is_listener(socket: &OwnedFd) -> io::Result<bool> {
    // Apple's systems do not tell listeners from connections.
    #[cfg(not(target_vendor = "apple"))]
    if !rustix::net::sockopt::socket_acceptconn(socket)? {
        return Ok(false);
    }
    Ok(SockRef::from(socket).r#type()? == Type::STREAM)
}

fn is_for_datagrams(socket: &OwnedFd) -> io::Result<bool> {
    Ok(SockRef::from(socket).r#type()? == Type::DGRAM)
}

impl fmt::Debug for Inherited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inherited")
            .field("sockets", &self.len())
            .field("names", &self.names)
            .finish()
    }
}
