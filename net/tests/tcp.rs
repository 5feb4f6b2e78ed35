//! TCP through the public API: bytes both ways, ends, options.
//! How connections are made: `connect.rs`. What goes wrong between tasks and loops: `tcp_tasks.rs`.

mod common;

use common::pair;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use oneloop_net::tcp::Keepalive;
use oneloop_net::{TcpListener, TcpStream};
use std::io::{self, ErrorKind, IoSlice};
use std::net::Shutdown;
use std::rc::Rc;
use std::time::Duration;

/// Bytes that differ from place to place, so that a swap or a loss shows.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place * 31 % 251) as u8).collect()
}

/// Feature row 11.
#[test]
fn an_echo_comes_back_for_every_message() {
    oneloop::run(async {
        let (client, server) = pair().await;
        let echo = oneloop::create_task(async move {
            let mut buffer = [0; 64];
            loop {
                match server.read(&mut buffer).await.unwrap() {
                    0 => break,
                    read => server.write_all(&buffer[..read]).await.unwrap(),
                }
            }
        });
        for round in 0..100u8 {
            client.write_all(&[round; 10]).await.unwrap();
            let mut answer = [0; 10];
            client.read_exact(&mut answer).await.unwrap();
            assert_eq!(answer, [round; 10]);
        }
        drop(client);
        echo.await.unwrap();
    });
}

#[test]
fn ten_megabytes_pass_each_way_at_the_same_time() {
    const LENGTH: usize = 10_000_000;

    async fn send_and_receive(stream: TcpStream) -> Vec<u8> {
        let stream = Rc::new(stream);
        let sender = oneloop::create_task({
            let stream = stream.clone();
            async move {
                stream.write_all(&pattern(LENGTH)).await.unwrap();
                stream.shutdown(Shutdown::Write).unwrap();
            }
        });
        let mut received = Vec::new();
        (&*stream).read_to_end(&mut received).await.unwrap();
        sender.await.unwrap();
        received
    }

    oneloop::run(async {
        let (client, server) = pair().await;
        let other = oneloop::create_task(send_and_receive(server));
        let here = send_and_receive(client).await;
        let there = other.await.unwrap();
        assert!(here == pattern(LENGTH), "{} bytes came back", here.len());
        assert!(there == pattern(LENGTH), "{} bytes went", there.len());
    });
}

#[test]
fn after_a_half_close_the_other_direction_goes_on() {
    oneloop::run(async {
        let (mut client, server) = pair().await;
        client.write_all(b"question").await.unwrap();
        client.close().await.unwrap();

        let mut question = Vec::new();
        (&server).read_to_end(&mut question).await.unwrap();
        assert_eq!(question, b"question");
        server.write_all(b"answer").await.unwrap();
        drop(server);

        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"answer");
        assert_eq!(client.read(&mut [0; 4]).await.unwrap(), 0, "the end stays");
    });
}

#[test]
fn several_buffers_leave_in_one_write_and_arrive_in_several_buffers() {
    oneloop::run(async {
        let (client, server) = pair().await;
        let parts = [IoSlice::new(b"one"), IoSlice::new(b"two")];
        assert_eq!(client.write_vectored(&parts).await.unwrap(), 6);
        let (mut first, mut second) = ([0; 2], [0; 10]);
        let mut buffers = [
            io::IoSliceMut::new(&mut first),
            io::IoSliceMut::new(&mut second),
        ];
        assert_eq!((&server).read_vectored(&mut buffers).await.unwrap(), 6);
        assert_eq!((&first, &second[..4]), (b"on", &b"etwo"[..]));
    });
}

#[test]
fn more_buffers_than_the_system_takes_in_one_call_leave_the_stream_awake() {
    oneloop::run(async {
        let (client, server) = pair().await;
        // Only who has waited once is told by the kernel when to go on.
        let brief = Duration::from_millis(1);
        for stream in [&client, &server] {
            let waited = oneloop::timeout(brief, stream.read(&mut [0])).await;
            assert!(waited.is_err(), "nothing was sent");
        }
        let sent = pattern(5000);
        let parts = sent.chunks(1).map(IoSlice::new).collect::<Vec<_>>();
        let mut written = 0;
        while written < sent.len() {
            written += client.write_vectored(&parts[written..]).await.unwrap();
        }
        let mut received = vec![0; sent.len()];
        let mut read = 0;
        while read < received.len() {
            let mut parts = received[read..]
                .chunks_mut(1)
                .map(io::IoSliceMut::new)
                .collect::<Vec<_>>();
            read += (&server).read_vectored(&mut parts).await.unwrap();
        }
        assert!(received == sent);
    });
}

#[test]
fn what_was_peeked_at_is_still_there() {
    oneloop::run(async {
        let (client, server) = pair().await;
        client.write_all(b"abc").await.unwrap();
        let mut buffer = [0; 8];
        assert_eq!(server.peek(&mut buffer).await.unwrap(), 3);
        assert_eq!(server.peek(&mut buffer).await.unwrap(), 3);
        assert_eq!(server.read(&mut buffer).await.unwrap(), 3);
        assert_eq!(&buffer[..3], b"abc");
    });
}

#[test]
fn nodelay_is_on_at_both_ends_unless_told_otherwise() {
    oneloop::run(async {
        let (client, server) = pair().await;
        assert!(client.nodelay().unwrap());
        assert!(server.nodelay().unwrap());
        client.set_nodelay(false).unwrap();
        assert!(!client.nodelay().unwrap());

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let slow = TcpStream::builder()
            .nodelay(false)
            .connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        assert!(!slow.nodelay().unwrap());
    });
}

#[test]
fn options_of_a_builder_are_those_of_the_connection() {
    oneloop::run(async {
        let keepalive = Keepalive::new()
            .time(Duration::from_secs(77))
            .interval(Duration::from_secs(7))
            .retries(3);
        let listener = TcpListener::builder()
            .keepalive(keepalive.clone())
            .receive_buffer_size(50_000)
            .send_buffer_size(60_000)
            .bind("127.0.0.1:0")
            .await
            .unwrap();
        let client = TcpStream::builder()
            .keepalive(keepalive)
            .receive_buffer_size(50_000)
            .send_buffer_size(60_000)
            .local_address("127.0.0.1:0".parse().unwrap())
            .connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (server, _) = listener.accept().await.unwrap();
        for stream in [&client, &server] {
            assert!(stream.keepalive().unwrap());
            assert!(stream.receive_buffer_size().unwrap() >= 50_000);
            assert!(stream.send_buffer_size().unwrap() >= 60_000);
            #[cfg(target_os = "linux")]
            {
                let socket = socket2::SockRef::from(stream);
                assert_eq!(socket.tcp_keepalive_time().unwrap().as_secs(), 77);
                assert_eq!(socket.tcp_keepalive_interval().unwrap().as_secs(), 7);
                assert_eq!(socket.tcp_keepalive_retries().unwrap(), 3);
                // Linux doubles what is asked for.
                assert_eq!(stream.receive_buffer_size().unwrap(), 100_000);
            }
        }
        client.set_keepalive(None).unwrap();
        assert!(!client.keepalive().unwrap());
        client.set_keepalive(Some(&Keepalive::new())).unwrap();
        assert!(client.keepalive().unwrap());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_port_is_shared_by_those_who_say_so_and_by_nobody_else() {
    oneloop::run(async {
        let sharing = TcpListener::builder().reuse_port(true);
        let first = sharing.bind("127.0.0.1:0").await.unwrap();
        let address = first.local_addr().unwrap();
        let second = sharing.bind(address).await.unwrap();
        assert!(socket2::SockRef::from(&second).reuse_port().unwrap());
        assert!(socket2::SockRef::from(&second).reuse_address().unwrap());
        let error = TcpListener::bind(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
    });
}

#[test]
fn a_thousand_connections_come_and_go() {
    oneloop::run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = oneloop::create_task(async move {
            for _ in 0..1000 {
                let (stream, _) = listener.accept().await.unwrap();
                stream.write_all(b"hi").await.unwrap();
            }
        });
        for _ in 0..1000 {
            let stream = TcpStream::connect(address).await.unwrap();
            let mut greeting = Vec::new();
            (&stream).read_to_end(&mut greeting).await.unwrap();
            assert_eq!(greeting, b"hi");
        }
        server.await.unwrap();
    });
}

/// The kernel tells once of all that has come, and a read stops before the urgent byte.
#[cfg(target_os = "linux")]
#[test]
fn what_comes_behind_an_urgent_byte_is_read() {
    oneloop::run(async {
        let (client, server) = pair().await;
        let reader = oneloop::create_task(async move {
            let mut bytes = [0; 6];
            let read = server.read_exact(&mut bytes);
            oneloop::timeout(Duration::from_secs(10), read).await??;
            Ok::<_, io::Error>(bytes)
        });
        // So that the reader waits, and all comes before the loop looks.
        oneloop::sleep(Duration::from_millis(1)).await;
        client.write_all(b"abc").await.unwrap();
        rustix::net::send(&client, b"!", rustix::net::SendFlags::OOB).unwrap();
        client.write_all(b"def").await.unwrap();
        assert_eq!(&reader.await.unwrap().expect("it waits in vain"), b"abcdef");
    });
}

#[test]
fn a_reset_is_an_error_for_reader_and_writer_and_no_hang() {
    oneloop::run(async {
        let (client, server) = pair().await;
        let server = Rc::new(server);
        let reader = oneloop::create_task({
            let server = server.clone();
            async move { server.read(&mut [0; 8]).await }
        });
        oneloop::yield_now().await;
        client.set_linger(Some(Duration::ZERO)).unwrap();
        drop(client);
        let error = reader.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        let error = server.write_all(b"x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

/// Each connection that waits has one of these: an async function more on the way would double it.
#[test]
#[cfg(target_pointer_width = "64")]
fn a_read_that_waits_takes_little_room() {
    oneloop::run(async {
        let (client, _server) = pair().await;
        let mut buffer = [0; 8];
        // What it was called with (24 bytes), and its place among those who wait (24).
        let read = client.read(&mut buffer);
        assert!(size_of_val(&read) <= 48, "{} bytes", size_of_val(&read));
    });
}
