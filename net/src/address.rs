//! What can be passed where an address is wanted: literal addresses, and names for who connects.
//!
//! std's `ToSocketAddrs` asks the resolver and blocks the thread meanwhile, which on a loop stops
//! every task. So this trait of our own takes what needs no resolver apart from what does. Connecting
//! looks a name up (`names/`); binding takes literal addresses only, so that a program that only serves
//! holds no resolver.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// Gives one or more socket addresses, or the name of a host to look up.
///
/// Strings hold a literal address and a port, or a host name and a port. `localhost` means the loopback
/// addresses, and is never looked up (RFC 6761, section 6.3). To connect, a name will do; to listen,
/// look it up before, with [`getaddrinfo`](crate::names::getaddrinfo). All interfaces are `0.0.0.0` and
/// `[::]`, where asyncio has `host=None`.
///
/// ```
/// use oneloop_net::ToAddresses;
///
/// let address = "127.0.0.1:80".parse().unwrap();
/// assert_eq!("127.0.0.1:80".to_addresses()?, [address]);
/// assert_eq!(("127.0.0.1", 80).to_addresses()?, [address]);
/// assert_eq!(address.to_addresses()?, [address]);
/// assert_eq!(("localhost", 80).to_addresses()?[0], address);
///
/// let error = "example.com:80".to_addresses().unwrap_err();
/// assert!(error.to_string().contains("getaddrinfo"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait ToAddresses {
    /// Returns the addresses in the order in which they are to be tried.
    ///
    /// # Errors
    ///
    /// A host name, and a string that is no address, are errors of kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>>;

    /// Returns the addresses, or the name that stands for them.
    ///
    /// # Errors
    ///
    /// What is neither, of kind [`InvalidInput`](io::ErrorKind::InvalidInput).
    ///
    /// ```
    /// use oneloop_net::{Target, ToAddresses};
    ///
    /// assert_eq!("example.com:80".to_target()?, Target::Name("example.com", 80));
    /// assert!(matches!("[::1]:80".to_target()?, Target::Addresses(_)));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn to_target(&self) -> io::Result<Target<'_>> {
        self.to_addresses().map(Target::Addresses)
    }
}

/// What is to be connected to: see [`ToAddresses::to_target`].
///
/// ```
/// use oneloop_net::{Target, ToAddresses};
/// let addresses = vec!["127.0.0.1:80".parse().unwrap()];
/// assert_eq!(addresses.to_target()?, Target::Addresses(addresses.clone()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// Addresses, in the order in which they are to be tried.
    Addresses(Vec<SocketAddr>),
    /// A host to look up, and the port there.
    Name(&'a str, u16),
}

impl<T: ToAddresses + ?Sized> ToAddresses for &T {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        (**self).to_addresses()
    }

    fn to_target(&self) -> io::Result<Target<'_>> {
        (**self).to_target()
    }
}

impl ToAddresses for SocketAddr {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![*self])
    }
}

impl ToAddresses for SocketAddrV4 {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![(*self).into()])
    }
}

impl ToAddresses for SocketAddrV6 {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![(*self).into()])
    }
}

impl ToAddresses for (IpAddr, u16) {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![(*self).into()])
    }
}

impl ToAddresses for (Ipv4Addr, u16) {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![(*self).into()])
    }
}

impl ToAddresses for (Ipv6Addr, u16) {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![(*self).into()])
    }
}

impl ToAddresses for [SocketAddr] {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        Ok(self.to_vec())
    }
}

impl<const N: usize> ToAddresses for [SocketAddr; N] {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        Ok(self.to_vec())
    }
}

impl ToAddresses for Vec<SocketAddr> {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        Ok(self.clone())
    }
}

impl ToAddresses for (&str, u16) {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        let (host, port) = *self;
        literal(host, port).ok_or_else(|| not_literal(host))
    }

    fn to_target(&self) -> io::Result<Target<'_>> {
        let (host, port) = *self;
        Ok(literal(host, port).map_or(Target::Name(host, port), Target::Addresses))
    }
}

impl ToAddresses for (String, u16) {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        (self.0.as_str(), self.1).to_addresses()
    }

    fn to_target(&self) -> io::Result<Target<'_>> {
        let (host, port) = self;
        Ok(literal(host, *port).map_or(Target::Name(host, *port), Target::Addresses))
    }
}

impl ToAddresses for str {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        match self.to_target()? {
            Target::Addresses(addresses) => Ok(addresses),
            Target::Name(host, _) => Err(not_literal(host)),
        }
    }

    fn to_target(&self) -> io::Result<Target<'_>> {
        // A scoped IPv6 address, `[fe80::1%2]:80`, is known to this parser only.
        if let Ok(address) = self.parse::<SocketAddr>() {
            return Ok(Target::Addresses(vec![address]));
        }
        let (host, port) = self.rsplit_once(':').ok_or_else(|| no_target(self))?;
        let port = port.parse().map_err(|_| no_target(self))?;
        match literal(host, port) {
            Some(addresses) => Ok(Target::Addresses(addresses)),
            // `::1` without a port is no host called `:` with port 1.
            None if host.is_empty() || host.contains(':') => Err(no_target(self)),
            None => Ok(Target::Name(host, port)),
        }
    }
}

impl ToAddresses for String {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.as_str().to_addresses()
    }

    fn to_target(&self) -> io::Result<Target<'_>> {
        self.as_str().to_target()
    }
}

/// The addresses of a host that no resolver has to be asked about.
pub(crate) fn literal(host: &str, port: u16) -> Option<Vec<SocketAddr>> {
    // An IPv6 address in a URL stands in brackets.
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Some(vec![(address, port).into()]);
    }
    if host.eq_ignore_ascii_case("localhost") {
        return Some(vec![
            (Ipv4Addr::LOCALHOST, port).into(),
            (Ipv6Addr::LOCALHOST, port).into(),
        ]);
    }
    None
}

/// The error for a name that a resolver would have to look up, and for no name at all.
fn not_literal(host: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!(
            "{host:?} is no literal address (all interfaces: \"0.0.0.0\", \"[::]\"): pass \
             what `getaddrinfo(host, port).await?` gives"
        ),
    )
}

/// The error for a string that is neither an address nor a name with a port behind it.
#[cold]
fn no_target(text: &str) -> io::Error {
    let (host, port) = text.rsplit_once(':').unwrap_or((text, ""));
    let cause = if let Some((scheme, _)) = text.split_once("://") {
        format!("is a URL: write host and port without {scheme}://, as in \"example.com:80\"")
    } else if text.parse::<Ipv6Addr>().is_ok() || host.contains(':') {
        "has an IPv6 address in it or one colon too many: write such an address in brackets, with the \
         port behind them, as in \"[::1]:80\""
            .to_owned()
    } else if host.is_empty() {
        let port = if port.is_empty() { "80" } else { port };
        format!(
            "names no host: to listen on all interfaces write \"0.0.0.0:{port}\" for IPv4 or \
             \"[::]:{port}\", to connect the host, as in \"example.com:80\""
        )
    } else if port.is_empty() {
        "has no port: write host and port, as in \"example.com:80\" or \"127.0.0.1:80\"".to_owned()
    } else {
        format!(
            "has the port {port:?}, which is no number up to 65535: names of services are not \
             looked up, so write host and port as in \"example.com:80\""
        )
    };
    io::Error::new(io::ErrorKind::InvalidInput, format!("{text:?} {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_addresses_are_taken_in_every_form() {
        let four: SocketAddr = "1.2.3.4:5".parse().unwrap();
        let six: SocketAddr = "[::1]:5".parse().unwrap();
        assert_eq!(String::from("1.2.3.4:5").to_addresses().unwrap(), [four]);
        assert_eq!("[::1]:5".to_addresses().unwrap(), [six]);
        assert_eq!(("::1", 5).to_addresses().unwrap(), [six]);
        assert_eq!(("[::1]", 5).to_addresses().unwrap(), [six]);
        assert_eq!((Ipv6Addr::LOCALHOST, 5).to_addresses().unwrap(), [six]);
        assert_eq!([four, six].to_addresses().unwrap(), [four, six]);
        assert_eq!(vec![six, four].to_addresses().unwrap(), [six, four]);
        assert_eq!([four][..].to_addresses().unwrap(), [four]);
        let scoped: SocketAddr = "[fe80::1%2]:5".parse().unwrap();
        assert_eq!("[fe80::1%2]:5".to_addresses().unwrap(), [scoped]);
    }

    #[test]
    fn whoever_connects_gets_the_name_and_the_port_apart() {
        let name = Target::Name("example.com", 80);
        assert_eq!("example.com:80".to_target().unwrap(), name);
        assert_eq!(String::from("example.com:80").to_target().unwrap(), name);
        assert_eq!(("example.com", 80).to_target().unwrap(), name);
        assert_eq!((String::from("example.com"), 80).to_target().unwrap(), name);
        let here = ("LOCALHOST", 80).to_addresses().unwrap();
        assert_eq!("localhost:80".to_target().unwrap(), Target::Addresses(here));
    }

    #[test]
    fn names_and_missing_ports_are_errors_that_name_the_cure() {
        for text in ["example.com:80", "LocalHost.example:1"] {
            let error = text.to_addresses().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert!(error.to_string().contains("getaddrinfo"), "{error}");
        }
        for (text, cure) in [
            (
                "127.0.0.1",
                "\"127.0.0.1\" has no port: write host and port",
            ),
            (
                "localhost",
                "has no port: write host and port, as in \"example.com:80\"",
            ),
            ("localhost:", "has no port"),
            ("", "\"0.0.0.0:80\""),
            (":", "\"0.0.0.0:80\""),
            (":80", "\"0.0.0.0:80\" for IPv4 or \"[::]:80\""),
            ("::1", "in brackets"),
            ("a:b:80", "in brackets"),
            ("127.0.0.1:65536", "no number up to 65535"),
            ("localhost:http", "the port \"http\", which is no number"),
            (
                "http://localhost:80",
                "without http://, as in \"example.com:80\"",
            ),
            ("https://example.com", "without https://"),
        ] {
            let error = text.to_target().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert_eq!(text.to_addresses().unwrap_err().kind(), error.kind());
            assert!(error.to_string().contains(cure), "{error}");
        }
        // No cure leads to the next error.
        let error = ("", 0).to_addresses().unwrap_err().to_string();
        assert!(error.contains("\"0.0.0.0\", \"[::]\""), "{error}");
        for text in ["0.0.0.0:80", "[::]:80", "[::1]:80", "example.com:80"] {
            assert!(text.to_target().is_ok(), "{text}");
        }
        for host in ["0.0.0.0", "[::]"] {
            assert!((host, 0).to_addresses().is_ok(), "{host}");
        }
    }
}
