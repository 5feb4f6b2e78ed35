//! Sockets that a process gets from who starts it. A program of its own, since the test starts itself
//! again as that process.
#![cfg(all(unix, feature = "inherited"))]

use oneloop_net::inherited::Inherited;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The process that is started: it serves one client at each of its sockets.
fn serve() {
    let mut inherited = Inherited::from_env();
    assert!(
        std::env::var("LISTEN_FDS").is_err(),
        "no child of ours takes them for its own"
    );
    assert_eq!((inherited.len(), inherited.position("time")), (3, Some(2)));
    assert_eq!(inherited.position("nobody"), None);
    let outside = inherited.tcp_listener(0).unwrap_err();
    assert!(outside.to_string().contains("oneloop::run"), "{outside}");
    oneloop::run(async {
        // The wrong kind is an error that takes nothing away.
        let wrong = inherited.udp_socket(0).unwrap_err();
        assert_eq!(wrong.kind(), std::io::ErrorKind::InvalidInput);
        let web = inherited.tcp_listener(0).unwrap().unwrap();
        let control = inherited.unix_listener(1).unwrap().unwrap();
        let time = inherited.udp_socket(2).unwrap().unwrap();
        assert!(inherited.tcp_listener(0).unwrap().is_none(), "it was taken");
        assert!(inherited.unix_datagram(3).unwrap().is_none());

        web.accept()
            .await
            .unwrap()
            .0
            .write_all(b"web")
            .await
            .unwrap();
        control
            .accept()
            .await
            .unwrap()
            .0
            .write_all(b"control")
            .await
            .unwrap();
        let (length, peer) = time.recv_from(&mut [0; 16]).await.unwrap();
        assert_eq!(length, 5);
        time.send_to(b"time", peer).await.unwrap();
    });
}

#[test]
fn a_process_serves_at_the_sockets_that_it_was_started_with() {
    if std::env::var_os("LISTEN_FDS").is_some() {
        return serve();
    }
    let path = std::env::temp_dir().join(format!("oneloop-inherited-{}", std::process::id()));
    let web = TcpListener::bind("127.0.0.1:0").unwrap();
    let control = UnixListener::bind(&path).unwrap();
    let time = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (web_address, time_address) = (web.local_addr().unwrap(), time.local_addr().unwrap());

    // A shell puts them where systemd would, and becomes the process, so that it knows its number.
    let script = r#"LISTEN_PID=$$ LISTEN_FDS=3 LISTEN_FDNAMES=web:control:time \
                    exec "$0" --nocapture 3<&0 4<&1 5<&2 </dev/null >/dev/null 2>/dev/null"#;
    let mut process = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .stdin(Stdio::from(OwnedFd::from(web)))
        .stdout(Stdio::from(OwnedFd::from(control)))
        .stderr(Stdio::from(OwnedFd::from(time)))
        .spawn()
        .unwrap();

    let mut text = String::new();
    TcpStream::connect(web_address)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    UnixStream::connect(&path)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    client.send_to(b"when?", time_address).unwrap();
    let mut buffer = [0; 16];
    let length = client.recv(&mut buffer).unwrap();
    text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
    assert_eq!(text, "webcontroltime");
    assert!(process.wait().unwrap().success());
    std::io::stdout().flush().unwrap();
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn without_any_there_is_nothing_to_take() {
    if std::env::var_os("LISTEN_FDS").is_some() {
        return; // That process is busy with the other test.
    }
    let mut none = Inherited::from_env();
    assert!(none.is_empty() && none.position("").is_none());
    oneloop::run(async { assert!(none.tcp_listener(0).unwrap().is_none()) });
}
