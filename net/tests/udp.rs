//! UDP: datagrams that come whole, to the right one, and that no cancelled wait takes along.

use oneloop::reactor::Direction;
use oneloop::{create_task, gather, run, sleep, timeout};
use oneloop_net::UdpSocket;
use oneloop_net::names::{Blocking, Resolver, set_resolver};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

async fn pair() -> (UdpSocket, UdpSocket) {
    let one = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    one.connect(other.local_addr().unwrap()).await.unwrap();
    other.connect(one.local_addr().unwrap()).await.unwrap();
    (one, other)
}

/// Feature row 11.
#[test]
fn a_server_answers_several_clients_each_with_its_own() {
    run(async {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap();
        let echo = create_task(async move {
            let mut buffer = [0; 1500];
            loop {
                let (length, peer) = server.recv_from(&mut buffer).await.unwrap();
                server.send_to(&buffer[..length], peer).await.unwrap();
            }
        });
        let clients = (0..20_u8).map(|number| async move {
            let client = UdpSocket::connect_to(address).await.unwrap();
            let mut buffer = [0; 1500];
            for length in [0, 1, 1400] {
                let sent = vec![number; length];
                assert_eq!(client.send(&sent).await.unwrap(), length);
                let length = client.recv(&mut buffer).await.unwrap();
                assert_eq!(buffer[..length], sent);
            }
        });
        gather(clients).await;
        echo.cancel();
        assert!(echo.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_wait_that_is_given_up_takes_no_datagram_along() {
    run(async {
        let (one, other) = pair().await;
        let mut buffer = [0; 16];
        assert!(timeout(MS, other.recv(&mut buffer)).await.is_err());
        one.send(b"first").await.unwrap();
        one.send(b"second").await.unwrap();
        assert_eq!(other.recv(&mut buffer).await.unwrap(), 5);
        assert_eq!(other.recv(&mut buffer).await.unwrap(), 6);
        assert_eq!(&buffer[..6], b"second");
    });
}

#[test]
fn what_is_too_long_for_the_buffer_is_cut_and_the_next_comes_whole() {
    run(async {
        let (one, other) = pair().await;
        one.send(b"too long").await.unwrap();
        one.send(b"next").await.unwrap();
        let mut small = [0; 3];
        let (length, peer) = other.peek_from(&mut small).await.unwrap();
        assert_eq!((length, peer), (3, one.local_addr().unwrap()));
        assert_eq!(other.recv(&mut small).await.unwrap(), 3);
        assert_eq!(&small, b"too");
        let mut buffer = [0; 16];
        assert_eq!(other.recv(&mut buffer).await.unwrap(), 4);
    });
}

#[test]
fn a_connected_socket_hears_its_peer_only_and_that_nobody_is_there() {
    run(async {
        let (one, other) = pair().await;
        let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = other.local_addr().unwrap();
        stranger.send_to(b"psst", address).await.unwrap();
        one.send(b"hello").await.unwrap();
        let mut buffer = [0; 16];
        assert_eq!(other.recv(&mut buffer).await.unwrap(), 5);
        assert_eq!(
            other.try_recv(&mut buffer).unwrap_err().kind(),
            ErrorKind::WouldBlock
        );
        assert_eq!(other.peer_addr().unwrap(), one.local_addr().unwrap());

        drop(other);
        one.send(b"anybody?").await.unwrap();
        let refused = one.recv(&mut buffer).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn a_second_receiver_is_refused_and_one_may_send_beside_it() {
    run(async {
        let (one, other) = pair().await;
        let (mut first, mut second) = ([0; 16], [0; 16]);
        let both = gather((other.recv(&mut first), other.recv(&mut second), async {
            sleep(MS).await;
            other.send(b"beside").await.unwrap();
            one.send(b"hello").await
        }));
        let (first, second, sent) = both.await;
        assert_eq!((first.unwrap(), sent.unwrap()), (5, 5));
        assert_eq!(second.unwrap_err().kind(), ErrorKind::ResourceBusy);
    });
}

#[test]
fn ready_waits_anew_after_a_try_in_vain() {
    run(async {
        let (one, other) = pair().await;
        let mut buffer = [0; 16];
        one.send(b"hello").await.unwrap();
        other.ready(Direction::Read).await.unwrap();
        assert_eq!(other.try_recv(&mut buffer).unwrap(), 5);
        assert_eq!(
            other.try_recv_from(&mut buffer).unwrap_err().kind(),
            ErrorKind::WouldBlock
        );
        assert!(timeout(MS, other.ready(Direction::Read)).await.is_err());
        one.try_send_to(b"again", other.local_addr().unwrap())
            .unwrap_or_else(|_| {
                // Systems other than Linux refuse an address where there is a peer.
                one.try_send(b"again").unwrap()
            });
        other.ready(Direction::Read).await.unwrap();
        assert_eq!(other.try_recv_from(&mut buffer).unwrap().0, 5);
        other.ready(Direction::Write).await.unwrap();
    });
}

#[test]
fn a_peer_is_found_by_its_name_and_the_first_that_can_be_had_is_taken() {
    run(async {
        let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = peer.local_addr().unwrap();
        set_resolver(Resolver::new(Blocking::new(1, |_| {
            // The system refuses to broadcast, unless it was allowed.
            Ok(["255.255.255.255:0", "127.0.0.1:0"]
                .map(|text| text.parse().unwrap())
                .to_vec())
        })))
        .unwrap();
        let socket = UdpSocket::connect_to(("peer.example", address.port()))
            .await
            .unwrap();
        assert_eq!(socket.peer_addr().unwrap(), address);
        let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        other
            .connect(format!("peer.example:{}", address.port()))
            .await
            .unwrap();
        assert_eq!(other.peer_addr().unwrap(), address);
    });
}

#[test]
fn errors_name_the_address_and_broadcasting_wants_to_be_allowed() {
    run(async {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let error = UdpSocket::bind(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(
            error
                .to_string()
                .starts_with(&format!("bind to {address}: ")),
            "{error}"
        );

        let all: SocketAddr = "127.255.255.255:9".parse().unwrap();
        let error = socket.send_to(b"x", all).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        socket.set_broadcast(true).unwrap();
        assert_eq!(socket.send_to(b"x", all).await.unwrap(), 1);
    });
    let outside = futures_lite::future::block_on(UdpSocket::bind("127.0.0.1:0"));
    let error = outside.unwrap_err();
    assert!(error.to_string().contains("oneloop::run"), "{error}");
}

#[test]
fn a_socket_that_outlives_its_loop_says_so() {
    let (socket, address) = run(async {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    });
    let mut buffer = [0; 16];
    let error = run(socket.recv_from(&mut buffer)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected, "{error}");
    // The port is free again once it is dropped.
    drop(socket);
    run(UdpSocket::bind(address)).unwrap();
}

#[test]
fn what_the_system_refuses_to_send_is_told_with_its_cure() {
    run(async {
        let socket = UdpSocket::bind("0.0.0.0:0").await.unwrap();
        let everybody: SocketAddr = "255.255.255.255:9".parse().unwrap();
        for (error, cure) in [
            (
                socket.send_to(b"all", everybody).await.unwrap_err(),
                "broadcast(true)",
            ),
            (
                socket.try_send_to(b"all", everybody).unwrap_err(),
                "broadcast(true)",
            ),
            (
                socket.connect(everybody).await.unwrap_err(),
                "broadcast(true)",
            ),
            (socket.send(b"whom").await.unwrap_err(), "`connect`"),
            (socket.try_send(b"whom").unwrap_err(), "`connect`"),
        ] {
            assert!(error.to_string().contains(cure), "{error}");
            // What the system said is still there.
            let source = std::error::Error::source(&error).unwrap();
            assert!(error.to_string().contains(&source.to_string()), "{error}");
        }
        let refused = socket.send_to(b"all", everybody).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    });
}
