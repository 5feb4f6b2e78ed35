//! The programs that use sockets.

use crate::program::{Server, lines_of, story};
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

#[test]
fn a_server_of_lines_adds_up_for_two_clients_at_once() {
    let story = story("line_server", &[]);
    let quick = [
        "sent 10, got: 10 so far",
        "sent 20, got: 30 so far",
        "sent x, got: that is no number, but 30 so far",
    ];
    assert_eq!(lines_of(&story, "quick: "), quick);
    let slow = ["1, got: 1 so far", "2, got: 3 so far", "3, got: 6 so far"];
    assert_eq!(lines_of(&story, "slow: sent "), slow);
    let server = [
        "a client has left, at 30",
        "a client has left, at 6",
        "closed",
    ];
    assert_eq!(lines_of(&story, "server: "), server);
    // One client's pauses are no concern of the other's.
    let position = |line| story.iter().position(|it| it == line);
    let (quick, slow) = (
        position("quick: sent 20, got: 30 so far"),
        position("slow: sent 1, got: 1 so far"),
    );
    assert!(quick < slow, "{story:#?}");
}

#[test]
fn names_are_looked_up_beside_the_loop_and_a_dead_address_is_passed_over() {
    let expected = [
        "server.example is at 127.0.0.2 and 127.0.0.1",
        "the loop went on meanwhile: true",
        "127.0.0.1 says welcome",
        "nobody.example: NotFound",
    ];
    assert_eq!(story("names", &[]), expected);
}

#[test]
fn datagrams_come_back_but_for_one_that_is_lost() {
    let expected = [
        "one: got hello",
        "two: no answer",
        "three: got and once more",
    ];
    assert_eq!(story("udp_echo", &[]), expected);
}

#[cfg(unix)]
#[test]
fn a_server_at_a_path_serves_and_an_open_file_is_passed() {
    let expected = [
        "hello: HELLO",
        "goodbye: GOODBYE",
        "the file is there: false",
        "a letter came: written before it was passed",
    ];
    assert_eq!(story("unix_sockets", &[]), expected);
}
