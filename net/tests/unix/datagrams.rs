//! Datagrams within a machine.

use crate::{Folder, exists};
use oneloop::reactor::Direction;
use oneloop::{create_task, run, sleep, timeout};
use oneloop_net::UnixDatagram;
use std::io::ErrorKind;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

#[test]
fn datagrams_come_whole_and_in_order_and_a_wait_that_is_given_up_takes_none() {
    run(async {
        let (one, other) = UnixDatagram::pair().unwrap();
        let mut buffer = [0; 16];
        assert!(timeout(MS, other.recv(&mut buffer)).await.is_err());
        for text in ["one", "three", ""] {
            one.send(text.as_bytes()).await.unwrap();
        }
        assert_eq!(other.recv(&mut buffer).await.unwrap(), 3);
        assert_eq!(other.recv(&mut buffer[..2]).await.unwrap(), 2, "it is cut");
        assert_eq!(other.recv(&mut buffer).await.unwrap(), 0);
        assert_eq!(
            other.try_recv_from(&mut buffer).unwrap_err().kind(),
            ErrorKind::WouldBlock
        );
        assert!(timeout(MS, other.ready(Direction::Read)).await.is_err());
    });
}

#[test]
fn a_server_at_a_path_answers_a_client_at_another_and_their_files_go_with_them() {
    let folder = Folder::new();
    run(async {
        let (there, here) = (folder.path("server"), folder.path("client"));
        let server = UnixDatagram::bind(&there).await.unwrap();
        let client = UnixDatagram::bind(&here).await.unwrap();
        client.connect(&there).unwrap();
        assert_eq!(client.peer_addr().unwrap().as_pathname(), Some(&*there));
        client.send(b"question").await.unwrap();
        let mut buffer = [0; 16];
        let (length, peer) = server.recv_from(&mut buffer).await.unwrap();
        assert_eq!(
            (&buffer[..length], peer.as_pathname()),
            (&b"question"[..], Some(&*here))
        );
        server.send_to(b"answer", &here).await.unwrap();
        assert_eq!(client.recv(&mut buffer).await.unwrap(), 6);

        let error = UnixDatagram::bind(&there).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(
            error
                .to_string()
                .starts_with(&format!("bind to {there:?}: ")),
            "{error}"
        );
        drop(server);
        assert!(!exists(&there));
        let error = client.send_to(b"anybody?", &there).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(
            error
                .to_string()
                .starts_with(&format!("send to {there:?}: ")),
            "{error}"
        );
    });
}

/// For a peer that was chosen the system tells; else there are rests, since it does not.
#[cfg(target_os = "linux")]
#[test]
fn who_sends_waits_while_the_receiver_has_no_room_and_nothing_is_lost() {
    run(async {
        let name = format!("\0oneloop-datagrams-{}", std::process::id());
        let receiver = UnixDatagram::bind(&name).await.unwrap();
        let connected = UnixDatagram::unbound().unwrap();
        connected.connect(&name).unwrap();
        let free = UnixDatagram::unbound().unwrap();
        let mut sent = 0;
        while connected.try_send(&[7]).is_ok() {
            sent += 1;
        }
        let sending = create_task(async move {
            for _ in 0..50 {
                connected.send(&[7]).await.unwrap();
                free.send_to(&[7], &name).await.unwrap();
            }
        });
        sleep(20 * MS).await;
        assert!(!sending.done());
        for _ in 0..sent + 100 {
            let mut buffer = [0; 1];
            let received = timeout(Duration::from_secs(10), receiver.recv(&mut buffer)).await;
            assert_eq!((received.unwrap().unwrap(), buffer), (1, [7]));
        }
        sending.await.unwrap();
        assert!(receiver.try_recv_from(&mut [0]).is_err());
    });
}
