//! The programs that speak TCP.

use crate::program::Server;
use std::io::{Read, Write};
use std::thread;

#[test]
fn an_echo_server_serves_many_at_once() {
    let server = Server::start("echo_server", &["0"]);
    // All are connected before the first one speaks.
    let mut peers: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for (number, peer) in peers.iter_mut().enumerate().rev() {
        let line = format!("hello from {number}\n");
        peer.write_all(line.as_bytes()).unwrap();
        let mut answer = vec![0; line.len()];
        peer.read_exact(&mut answer).unwrap();
        assert_eq!(String::from_utf8(answer).unwrap(), line);
    }
    // More than fits into the buffers of both sides: the server must read on while it writes.
    let mut peer = peers.remove(0);
    let mut reader = peer.try_clone().unwrap();
    let sent: Vec<u8> = (0..3_000_000_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    let (expected, length) = (sent.clone(), sent.len());
    let reading = thread::spawn(move || {
        let mut got = Vec::with_capacity(length);
        reader.read_to_end(&mut got).unwrap();
        assert!(got == expected, "{} of {length} bytes came back", got.len());
    });
    peer.write_all(&sent).unwrap();
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    reading.join().unwrap();
    if cfg!(target_os = "linux") {
        assert_eq!(server.threads(), "1");
    }
}

/// A loop that waits for what never comes leaves the signal alone, so that it ends the process.
///
/// Feature row 26.
#[cfg(unix)]
#[test]
fn a_loop_that_waits_is_ended_by_ctrl_c() {
    use std::os::unix::process::ExitStatusExt;
    let server = Server::start("echo_server", &["0"]);
    let peer = server.connect(); // So it has been in its loop, and waits there again.
    const SIGINT: i32 = 2;
    assert_eq!(server.interrupt().signal(), Some(SIGINT));
    drop(peer);
}
