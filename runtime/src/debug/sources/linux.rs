//! What Linux tells of an epoll and of sockets. Pure but for [`names`], which reads the files. Next: `../limbs.rs`.

use crate::reactor::Reactor;
use std::collections::HashMap;
use std::fs::{read_link, read_to_string};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, RawFd};

/// The tables of sockets in `/proc/self/net`, with what theirs are called.
const TABLES: [(&str, &str); 4] = [
    ("tcp", "tcp"),
    ("tcp6", "tcp"),
    ("udp", "udp"),
    ("udp6", "udp"),
];

/// The state of a TCP socket that listens: `TCP_LISTEN` of Linux's `net/tcp_states.h`.
const LISTENS: &str = "0A";

/// One descriptor of an epoll.
#[derive(Debug, PartialEq)]
struct Watched {
    /// What came with it when it was registered.
    token: u64,
    descriptor: RawFd,
    /// By which its socket stands in the tables.
    inode: u64,
}

/// The names of all sources, by their numbers in the reactor.
pub(super) fn names(reactor: &Reactor) -> HashMap<u64, String> {
    let read = |file: &str| read_to_string(format!("/proc/self/{file}")).unwrap_or_default();
    let epoll = reactor.as_fd().as_raw_fd();
    let watched = watched(&read(&format!("fdinfo/{epoll}")));
    let mut sockets = HashMap::new();
    for (table, kind) in TABLES {
        sockets.extend(internet_sockets(kind, &read(&format!("net/{table}"))));
    }
    sockets.extend(unix_sockets(&read("net/unix")));
    let name = |one: &Watched| {
        let descriptor = one.descriptor;
        let what = sockets.get(&one.inode).cloned();
        let what = what.unwrap_or_else(|| other(descriptor));
        format!("{what} (descriptor {descriptor})")
    };
    let number = |one: &Watched| Reactor::number_in(one.token);
    watched.iter().map(|one| (number(one), name(one))).collect()
}

/// The lines `tfd: 7 events: 8000201f data: 300000001 pos:0 ino:1b58917 sdev:9` of an epoll's `fdinfo`. All but
/// the descriptor is in hex.
fn watched(info: &str) -> Vec<Watched> {
    let field = |line: &str, name: &str| {
        let (_, behind) = line.split_once(name)?;
        Some(behind.split_whitespace().next()?.to_owned())
    };
    let one = |line: &str| {
        Some(Watched {
            descriptor: field(line, "tfd:")?.parse().ok()?,
            token: u64::from_str_radix(&field(line, "data:")?, 16).ok()?,
            inode: u64::from_str_radix(&field(line, "ino:")?, 16).ok()?,
        })
    };
    info.lines().filter_map(one).collect()
}

/// The sockets of a table of TCP's or UDP's, by their inodes.
fn internet_sockets(kind: &str, table: &str) -> Vec<(u64, String)> {
    let one = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, peer, state, _, _, _, _, _, inode, ..] = fields[..] else {
            return None;
        };
        let (local, peer) = (address(local)?, address(peer)?);
        let text = match (kind, state) {
            ("tcp", LISTENS) => format!("tcp listener {local}"),
            _ if peer.port() == 0 => format!("{kind} {local}"),
            _ => format!("{kind} {local} with {peer}"),
        };
        Some((inode.parse().ok()?, text))
    };
    table.lines().filter_map(one).collect()
}

/// Unix sockets, by their inodes, with the file of those that have one.
fn unix_sockets(table: &str) -> Vec<(u64, String)> {
    let one = |line: &str| {
        let mut fields = line.split_whitespace().skip(6);
        let inode = fields.next()?.parse().ok()?;
        let file: Vec<&str> = fields.collect();
        let text = match file.is_empty() {
            true => "unix".to_owned(),
            false => format!("unix {}", file.join(" ")),
        };
        Some((inode, text))
    };
    table.lines().filter_map(one).collect()
}

/// An address as it stands there: `0100007F:1F90`, in words of four bytes as this machine has them in memory.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let word = |place: usize| {
        let digits = ip.get(8 * place..8 * place + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    let ip = match ip.len() {
        8 => IpAddr::from(Ipv4Addr::from(word(0)?)),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let bytes: [u8; 16] = words.concat().try_into().ok()?;
            IpAddr::from(Ipv6Addr::from(bytes)).to_canonical()
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

/// What is no socket of a known kind: a terminal by its path, a pipe, a pidfd.
fn other(descriptor: RawFd) -> String {
    let link = read_link(format!("/proc/self/fd/{descriptor}")).unwrap_or_default();
    let link = link.to_string_lossy();
    match link.split_once(":[") {
        Some(("anon_inode", kind)) => kind.trim_end_matches(']').to_owned(),
        Some((kind, _inode)) => kind.to_owned(),
        None if link.is_empty() => "a source".to_owned(),
        None => link.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_descriptors_of_an_epoll_are_read_with_their_tokens() {
        let info = "pos:\t0\nflags:\t02000002\nmnt_id:\t17\nino:\t1038\n\
            tfd:        4 events:       19 data: ffffffffffffffff  pos:0 ino:40e sdev:f\n\
            tfd:       51 events: 8000201f data:        300000001  pos:0 ino:1b58918 sdev:9\n";
        let second = Watched {
            token: 0x3_0000_0001,
            descriptor: 51,
            inode: 0x1b5_8918,
        };
        assert_eq!(watched(info)[1..], [second]);
        assert_eq!(watched(info).len(), 2);
        assert_eq!(watched("nothing of that kind\n"), []);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn sockets_are_read_with_both_addresses() {
        let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
        let rest = "00000000:00000000 00:00000000 00000000     0        0";
        let table = format!(
            "{head}   0: 0100007F:1F90 00000000:0000 0A {rest} 11 1 0\n   1: 0100007F:1F90 0200007F:8DC3 01 {rest} 12 1 0\n"
        );
        assert_eq!(
            internet_sockets("tcp", &table),
            [
                (11, "tcp listener 127.0.0.1:8080".to_owned()),
                (12, "tcp 127.0.0.1:8080 with 127.0.0.2:36291".to_owned()),
            ]
        );
        let six = "00000000000000000000000001000000:0035 00000000000000000000000000000000:0000";
        let mapped = "0000000000000000FFFF00000100007F:0035 0000000000000000FFFF00000200007F:0007";
        let table =
            format!("{head}   0: {six} 07 {rest} 13 2 0\n   1: {mapped} 01 {rest} 14 2 0\n");
        assert_eq!(
            internet_sockets("udp", &table),
            [
                (13, "udp [::1]:53".to_owned()),
                (14, "udp 127.0.0.1:53 with 127.0.0.2:7".to_owned()),
            ]
        );
    }

    #[test]
    fn unix_sockets_are_read_with_their_files() {
        let table = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            000000005e561614: 00000003 00000000 00000000 0001 03 28663104\n\
            000000005e561615: 00000002 00000000 00010000 0001 01 28663105 /tmp/a b\n";
        assert_eq!(
            unix_sockets(table),
            [
                (28_663_104, "unix".to_owned()),
                (28_663_105, "unix /tmp/a b".to_owned()),
            ]
        );
    }
}
