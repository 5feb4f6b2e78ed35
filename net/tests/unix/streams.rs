//! Connections, their listeners, and the files of those.

use crate::{Folder, exists};
use oneloop::{create_task, gather, run, timeout};
use oneloop_net::streams::{StreamReader, StreamWriter, open_unix_connection, start_unix_server};
use oneloop_net::{UnixListener, UnixStream};
use socket2::{Domain, SockAddr, Socket, Type};
use std::fs;
use std::io::ErrorKind;
use std::net::Shutdown;
use std::path::Path;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

#[test]
fn an_echo_comes_back_and_each_direction_ends_by_itself() {
    let folder = Folder::new();
    run(async {
        let path = folder.path("echo");
        let listener = UnixListener::bind(&path).await.unwrap();
        assert_eq!(listener.local_addr().unwrap().as_pathname(), Some(&*path));
        let echo = create_task(async move {
            let (stream, _) = listener.accept().await.unwrap();
            futures_lite::io::copy(&stream, &stream).await.unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
        });
        let stream = UnixStream::connect(&path).await.unwrap();
        // More than fits into the buffers of both sides.
        let sent: Vec<u8> = (0..1_000_000_u32)
            .map(|number| (number % 251) as u8)
            .collect();
        let mut got = Vec::new();
        let writing = async {
            stream.write_all(&sent).await.unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
        };
        let reading = async {
            let mut stream = &stream;
            futures_lite::AsyncReadExt::read_to_end(&mut stream, &mut got).await
        };
        let ((), read) = gather((writing, reading)).await;
        read.unwrap();
        assert!(got == sent, "{} bytes came back", got.len());
        echo.await.unwrap();
    });
}

#[test]
fn a_listeners_file_goes_with_it_unless_another_stands_there() {
    let folder = Folder::new();
    run(async {
        let path = folder.path("here");
        let listener = UnixListener::bind(&path).await.unwrap();
        assert!(exists(&path));
        drop(listener);
        assert!(!exists(&path));

        let listener = UnixListener::bind(&path).await.unwrap();
        fs::remove_file(&path).unwrap();
        let later = UnixListener::bind(&path).await.unwrap();
        drop(listener);
        UnixStream::connect(&path).await.unwrap();
        drop(later.into_std().unwrap());
        assert!(exists(&path), "it was given away, and its file with it");
    });
}

#[test]
fn a_file_that_a_dead_program_left_is_replaced_and_nothing_else_is() {
    let folder = Folder::new();
    run(async {
        let path = folder.path("stale");
        // As after a SIGKILL: std leaves the file.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let error = UnixStream::connect(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let listener = UnixListener::bind(&path).await.unwrap();

        let error = UnixListener::bind(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        let text = format!("listen at {path:?}: ");
        assert!(error.to_string().starts_with(&text), "{error}");
        UnixStream::connect(&path).await.unwrap();
        listener.accept().await.unwrap();

        let file = folder.path("file");
        fs::write(&file, "precious").unwrap();
        let error = UnixListener::bind(&file).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    });
}

#[test]
fn errors_name_the_path() {
    let folder = Folder::new();
    run(async {
        let path = folder.path("nobody");
        let error = UnixStream::connect(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let text = format!("connect to {path:?}: ");
        assert!(error.to_string().starts_with(&text), "{error}");
        let cause = std::error::Error::source(&error).unwrap();
        let cause: &std::io::Error = cause.downcast_ref().unwrap();
        assert!(cause.raw_os_error().is_some());

        for path in [folder.path(&"x".repeat(200)), "".into()] {
            let error = UnixListener::bind(&path).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
    });
    let outside = futures_lite::future::block_on(UnixStream::connect("/nowhere"));
    let error = outside.unwrap_err();
    assert!(error.to_string().contains("oneloop::run"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_abstract_name_needs_no_file_and_is_free_again_at_once() {
    run(async {
        let name = format!("\0oneloop-unix-{}", std::process::id());
        for _ in 0..2 {
            let listener = UnixListener::bind(&name).await.unwrap();
            assert!(listener.local_addr().unwrap().as_pathname().is_none());
            let error = UnixListener::bind(&name).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AddrInUse);
            UnixStream::connect(Path::new(&name)).await.unwrap();
        }
        let error = UnixStream::connect(&name).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

/// Linux says `EAGAIN` to who connects, and never says when to try again.
#[cfg(target_os = "linux")]
#[test]
fn who_connects_waits_while_the_listener_has_no_room() {
    let folder = Folder::new();
    let path = folder.path("full");
    let address = SockAddr::unix(&path).unwrap();
    let socket = || Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    let (listener, first) = (socket(), socket());
    listener.bind(&address).unwrap();
    listener.listen(0).unwrap();
    first.connect(&address).unwrap();
    run(async {
        assert!(timeout(20 * MS, UnixStream::connect(&path)).await.is_err());
        let connecting = create_task(async move { UnixStream::connect(&path).await });
        oneloop::sleep(20 * MS).await;
        assert!(!connecting.done());
        listener.accept().unwrap();
        connecting.await.unwrap().unwrap();
    });
}

#[test]
fn a_second_reader_is_refused_and_a_peer_that_is_gone_is_told() {
    run(async {
        let (one, other) = UnixStream::pair().unwrap();
        let (mut first, mut second) = ([0; 1], [0; 1]);
        let both = gather((other.read(&mut first), other.read(&mut second), async {
            one.write_all(b"x").await
        }));
        let (first, second, written) = both.await;
        assert_eq!((first.unwrap(), written.unwrap()), (1, ()));
        assert_eq!(second.unwrap_err().kind(), ErrorKind::ResourceBusy);
        drop(one);
        assert_eq!(other.read(&mut [0; 1]).await.unwrap(), 0);
        assert_eq!(
            other.write(b"x").await.unwrap_err().kind(),
            ErrorKind::BrokenPipe
        );
    });
}

#[test]
fn a_server_of_lines_serves_over_a_path_and_says_where() {
    let folder = Folder::new();
    run(async {
        let path = folder.path("lines");
        let shout = async |reader: StreamReader, writer: StreamWriter| {
            loop {
                let line = reader.readline().await?;
                if line.is_empty() {
                    return Ok(());
                }
                writer.write(&line.to_ascii_uppercase())?;
            }
        };
        let server = start_unix_server(shout, &path).await.unwrap();
        assert_eq!(
            server.local_unix_addr().unwrap().as_pathname(),
            Some(&*path)
        );
        let error = server.local_addr().unwrap_err();
        assert!(error.to_string().contains("local_unix_addr"), "{error}");

        let clients = ["one\n", "two\n", "three\n"].map(|line| {
            let path = &path;
            async move {
                let (reader, writer) = open_unix_connection(path).await.unwrap();
                assert_eq!(writer.peer_addr(), None);
                writer.write(line.as_bytes()).unwrap();
                assert_eq!(
                    reader.readline().await.unwrap(),
                    line.to_uppercase().as_bytes()
                );
                writer.write_eof();
                assert_eq!(reader.readline().await.unwrap(), b"");
            }
        });
        gather(clients).await;
        let ended = server.shutdown(Duration::from_secs(5)).await;
        assert_eq!(ended.aborted, 0);
        assert!(!exists(&path));
    });
}
