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

/// What a process that is started here finds at the numbers of the inherited descriptors.
fn descriptors_of_a_child() -> String {
    let script = "for n in 3 4 5 6 7; do readlink /proc/$$/fd/$n; done";
    let output = Command::new("sh").args(["-c", script]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The process that is started: it serves one client at each of its sockets.
fn serve() {
    let mut inherited = Inherited::from_env();
    assert!(
        std::env::var("LISTEN_FDS").is_err(),
        "no child of ours takes them for its own"
    );
    assert_eq!((inherited.len(), inherited.position("time")), (5, Some(2)));
    assert_eq!(inherited.position("nobody"), None);
    let handed_on = descriptors_of_a_child();
    assert_eq!(handed_on, "/dev/null\n", "sockets go no further");
    let outside = inherited.tcp_listener(0).unwrap_err();
    assert!(outside.to_string().contains("oneloop::run"), "{outside}");
    oneloop::run(async {
        // The wrong kind is an error that takes nothing away.
        let wrong = inherited.udp_socket(0).unwrap_err();
        assert_eq!(wrong.kind(), std::io::ErrorKind::InvalidInput);
        let named = [
            (wrong, "which `tcp_listener` takes"),
            (
                inherited.tcp_listener(1).unwrap_err(),
                "which `unix_listener` takes",
            ),
            (
                inherited.unix_datagram(2).unwrap_err(),
                "which `udp_socket` takes",
            ),
            (inherited.udp_socket(4).unwrap_err(), "no socket at all"),
        ];
        for (error, cure) in named {
            assert!(error.to_string().contains(cure), "{error}");
        }
        let web = inherited.tcp_listener(0).unwrap().unwrap();
        let control = inherited.unix_listener(1).unwrap().unwrap();
        let time = inherited.udp_socket(2).unwrap().unwrap();
        assert!(inherited.tcp_listener(0).unwrap().is_none(), "it was taken");
        let file = inherited.unix_datagram(4).unwrap_err();
        assert!(file.to_string().contains("place 4 is no Unix"), "{file}");
        assert!(inherited.unix_datagram(5).unwrap().is_none());

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
    // The fourth is one that nobody takes, and the fifth is no socket.
    let script = r#"LISTEN_PID=$$ LISTEN_FDS=5 LISTEN_FDNAMES=web:control:time \
                    exec "$0" --exact "$1" \
                    3<&0 4<&1 5<&2 6<&0 7</dev/null </dev/null >/dev/null 2>/dev/null"#;
    let mut process = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg("a_process_serves_at_the_sockets_that_it_was_started_with")
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
fn a_connection_is_no_listener() {
    if std::env::var_os("LISTEN_FDS").is_some() {
        let mut inherited = Inherited::from_env();
        oneloop::run(async {
            let error = inherited.tcp_listener(0).unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
            assert!(
                error.to_string().contains("connection (`Accept=yes`)"),
                "{error}"
            );
        });
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (connection, _) = listener.accept().unwrap();
    let script = r#"LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --exact "$1" 3<&0 </dev/null"#;
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg("a_connection_is_no_listener")
        .stdin(Stdio::from(OwnedFd::from(connection)))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("1 passed"), "{text}");
}

#[test]
fn what_nobody_has_taken_is_closed_with_the_rest() {
    if std::env::var_os("LISTEN_FDS").is_some() {
        let inherited = Inherited::from_env();
        assert_eq!(inherited.len(), 1);
        drop(inherited);
        // Whoever waits for the end of the connection is told while this process runs.
        std::thread::sleep(Duration::from_secs(100));
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (connection, _) = listener.accept().unwrap();
    let script = r#"LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --exact "$1" 3<&0 </dev/null >/dev/null"#;
    let mut process = Command::new("sh");
    let process = process
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg("what_nobody_has_taken_is_closed_with_the_rest")
        .stdin(Stdio::from(OwnedFd::from(connection)));
    let mut running = process.spawn().unwrap();
    // Ours is one of the copies.
    process.stdin(Stdio::null());
    let patience = Duration::from_secs(20);
    client.set_read_timeout(Some(patience)).unwrap();
    let end = client.read(&mut [0; 10]);
    let still_runs = running.try_wait().unwrap().is_none();
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(end.unwrap(), 0);
    assert!(still_runs);
}

#[test]
fn what_is_not_said_to_be_ours_is_left_alone() {
    if std::env::var_os("LISTEN_FDS").is_some() {
        assert!(Inherited::from_env().is_empty());
        return;
    }
    let somebodys = TcpListener::bind("127.0.0.1:0").unwrap();
    for of_whom in [
        "",
        "LISTEN_PID=1",
        "LISTEN_PID=$$ LISTEN_FDS_FIRST_FD=2147483647",
    ] {
        let script = format!(r#"{of_whom} LISTEN_FDS=1 exec "$0" --exact "$1" 3<&0 </dev/null"#);
        let mut process = Command::new("sh");
        let process = process
            .args(["-c", &script])
            .arg(std::env::current_exe().unwrap())
            .arg("what_is_not_said_to_be_ours_is_left_alone")
            .stdin(Stdio::from(OwnedFd::from(somebodys.try_clone().unwrap())));
        let output = process.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("1 passed"), "{of_whom}: {text}");
    }
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
