//! What can be passed where an address is wanted: literal addresses, never a name to look up.
//!
//! std's `ToSocketAddrs` asks the resolver and blocks the thread meanwhile, which on a loop stops
//! every task. So this trait of our own takes what needs no resolver and says what to do about the rest.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// Gives one or more socket addresses without asking a resolver.
///
/// Strings have to hold a literal address and a port, or `localhost` and a port, which means the
/// loopback addresses (RFC 6761, section 6.3).
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
/// assert!(error.to_string().contains("resolve it"));
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
}

impl<T: ToAddresses + ?Sized> ToAddresses for &T {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        (**self).to_addresses()
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
        // An IPv6 address in a URL stands in brackets.
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(vec![(address, port).into()]);
        }
        if host.eq_ignore_ascii_case("localhost") {
            return Ok(vec![
                (Ipv4Addr::LOCALHOST, port).into(),
                (Ipv6Addr::LOCALHOST, port).into(),
            ]);
        }
        Err(not_literal(host))
    }
}

impl ToAddresses for str {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        // A scoped IPv6 address, `[fe80::1%2]:80`, is known to this parser only.
        if let Ok(address) = self.parse::<SocketAddr>() {
            return Ok(vec![address]);
        }
        let (host, port) = self.rsplit_once(':').ok_or_else(|| no_port(self))?;
        let port = port.parse().map_err(|_| no_port(self))?;
        (host, port).to_addresses()
    }
}

impl ToAddresses for String {
    fn to_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.as_str().to_addresses()
    }
}

/// The error for a name that a resolver would have to look up.
fn not_literal(host: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!(
            "{host:?} is no literal address, and looking a name up would block the loop: resolve it \
             on another thread, with std::net::ToSocketAddrs, and pass the addresses"
        ),
    )
}

/// The error for a string without a port.
fn no_port(text: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("{text:?} is no socket address: write address and port, as in \"127.0.0.1:80\""),
    )
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
    }

    #[test]
    fn names_and_missing_ports_are_errors_that_name_the_cure() {
        for text in ["example.com:80", "LocalHost.example:1"] {
            let error = text.to_addresses().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert!(error.to_string().contains("resolve it"), "{error}");
        }
        for text in ["127.0.0.1", "", ":", "127.0.0.1:65536", "127.0.0.1:http"] {
            let error = text.to_addresses().unwrap_err();
            assert!(
                error.to_string().contains("write address and port"),
                "{error}"
            );
        }
    }
}
