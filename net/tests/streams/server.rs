//! A server's connections, from their begin to their end.

use oneloop::cancel::finally;
use oneloop::{Loop, gather, sleep, timeout};
use oneloop_net::TcpStream;
use oneloop_net::streams::{Server, open_connection, start_server};
use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::Duration;

const SOON: Duration = Duration::from_millis(1);

/// Waits for something that other tasks bring about.
async fn until(reached: impl Fn() -> bool) {
    while !reached() {
        sleep(SOON).await;
    }
}

async fn echo() -> Server {
    let serve = start_server(
        async |reader, writer| {
            while let line = reader.readline().await?
                && !line.is_empty()
            {
                writer.write(&line)?;
                writer.drain().await?;
            }
            Ok(())
        },
        "127.0.0.1:0",
    );
    serve.await.unwrap()
}

#[test]
fn fifty_clients_are_served_at_once_and_each_in_its_order() {
    oneloop::run(async {
        let server = echo().await;
        let address = server.local_addr().unwrap();
        let client = |number: usize| async move {
            let (reader, writer) = open_connection(address).await.unwrap();
            assert_eq!(writer.peer_addr(), Some(address));
            for line in 0..10 {
                let line = format!("client {number}, line {line}\n");
                writer.write(line.as_bytes()).unwrap();
                assert_eq!(reader.readline().await.unwrap(), line.as_bytes());
            }
            writer.close();
            writer.wait_closed().await.unwrap();
        };
        gather((0..50).map(client)).await;
        server.close();
        assert!(!server.is_serving(), "at once, as in asyncio");
        server.wait_closed().await;
        assert_eq!((server.clients(), server.is_serving()), (0, false));
        assert!(
            TcpStream::connect(address).await.is_err(),
            "nobody listens any more"
        );
    });
}

#[test]
fn an_error_of_one_connection_goes_to_the_handler_and_the_others_are_served_on() {
    let told = Rc::new(RefCell::new(Vec::new()));
    let hear = told.clone();
    oneloop::run(async {
        let handle = Loop::current().unwrap();
        handle.set_exception_handler(move |report| hear.borrow_mut().push(report.to_string()));
        let server = start_server(
            async |reader, writer| match reader.readline().await?.as_slice() {
                b"fail\n" => Err(io::Error::other("it was asked to fail")),
                b"panic\n" => panic!("it was asked to panic"),
                line => writer.write(line),
            },
            "127.0.0.1:0",
        );
        let server = server.await.unwrap();
        for word in ["fail\n", "panic\n", "work\n"] {
            let (reader, writer) = open_connection(server.local_addr().unwrap()).await.unwrap();
            writer.write(word.as_bytes()).unwrap();
            let answer = reader.read_to_end(100).await.unwrap();
            assert_eq!(answer == b"work\n", word == "work\n", "{word:?}");
        }
        until(|| told.borrow().len() == 2).await;
    });
    let told = told.borrow();
    assert!(
        told[0].contains("it was asked to fail") && told[0].contains("127.0.0.1"),
        "{told:?}"
    );
    assert!(
        told[1].contains("it was asked to panic") && told[1].contains("client 127"),
        "{told:?}"
    );
}

#[test]
fn shutdown_lets_finish_who_can_and_says_how_many_of_each() {
    oneloop::run(async {
        let cleaned = Rc::new(Cell::new(0));
        let inside = cleaned.clone();
        let server = start_server(
            async move |reader, writer| {
                finally(
                    async {
                        let line = reader.readline().await?;
                        writer.write(&line)
                    },
                    async || inside.set(inside.get() + 1),
                )
                .await
            },
            "127.0.0.1:0",
        );
        let server = server.await.unwrap();
        let address = server.local_addr().unwrap();
        let (quick, quick_writer) = open_connection(address).await.unwrap();
        let (silent, _silent_writer) = open_connection(address).await.unwrap();
        until(|| server.clients() == 2).await;
        let stopping = server.shutdown(Duration::from_millis(200));
        let finishing = async {
            quick_writer.write(b"in time\n").unwrap();
            assert_eq!(quick.readline().await.unwrap(), b"in time\n");
        };
        let (ended, ()) = gather((stopping, finishing)).await;
        assert_eq!((ended.finished, ended.aborted), (1, 1));
        assert_eq!(cleaned.get(), 2, "clean-up was awaited");
        // The end or a reset: in any case the silent client is not left hanging.
        let _ = timeout(Duration::from_secs(10), silent.read(1))
            .await
            .unwrap();
    });
}

#[test]
fn close_clients_ends_them_after_what_was_written() {
    oneloop::run(async {
        let server = start_server(
            async |reader, writer| {
                writer.write(b"welcome\n")?;
                reader.read(1).await?;
                Ok(())
            },
            "127.0.0.1:0",
        );
        let server = server.await.unwrap();
        let (reader, _writer) = open_connection(server.local_addr().unwrap()).await.unwrap();
        until(|| server.clients() == 1).await;
        server.close_clients();
        assert_eq!(reader.read_to_end(100).await.unwrap(), b"welcome\n");
        until(|| server.clients() == 0).await;
        assert!(server.is_serving());
    });
}

#[test]
fn a_cancelled_serve_forever_frees_the_address() {
    oneloop::run(async {
        let server = echo().await;
        let address = server.local_addr().unwrap();
        assert!(timeout(SOON, server.serve_forever()).await.is_err());
        let again = start_server(async |_, _| Ok(()), address).await.unwrap();
        assert_eq!(again.local_addr().unwrap(), address);
    });
}

#[test]
fn serving_outside_a_loop_names_what_was_called_and_the_cure() {
    let listener = oneloop::run(oneloop_net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let serve = || oneloop_net::streams::serve_on(async |_reader, _writer| Ok(()), listener);
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(serve)).err();
    let text = panic.unwrap().downcast::<String>().unwrap();
    let error = oneloop::Loop::current().unwrap_err();
    assert_eq!(
        *text,
        format!("`serve_on` was called outside a loop: {error}")
    );
    assert!(text.contains("`Remote`"), "{text}");
}

#[test]
fn a_client_whose_bytes_are_on_their_way_is_still_served() {
    const SIZE: usize = 20_000_000;
    oneloop::run(async {
        let server = start_server(
            async |_, writer| writer.write(&vec![5; SIZE]),
            "127.0.0.1:0",
        );
        let server = server.await.unwrap();
        let address = server.local_addr().unwrap();
        let (reader, _writer) = open_connection(address).await.unwrap();
        let (silent, _silent_writer) = open_connection(address).await.unwrap();
        until(|| server.clients() == 2).await;
        for _ in 0..100 {
            oneloop::yield_now().await; // The handlers have returned.
        }
        let stopping = server.shutdown(Duration::from_secs(2));
        let reading = reader.read_to_end(SIZE + 1);
        let (ended, read) = gather((stopping, reading)).await;
        assert_eq!(read.unwrap().len(), SIZE);
        assert_eq!((ended.finished, ended.aborted), (1, 1));
        drop(silent);
    });
}
