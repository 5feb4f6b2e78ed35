//! When a connection serves another request, and when it must not. Requests that are sent again
//! because it closed under them: `retries.rs`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use oneloop::{create_task, run, to_thread};
use oneloop_http::client::ClientSession;

use super::peer::{Server, ok};

#[test]
fn requests_one_after_another_share_a_connection() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            for answer in [
                ok("one"),
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
                    .to_owned(),
                ok(""),
                "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n".to_owned(),
                "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
                "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nsix"
                    .to_owned(),
                ok("seven"),
            ] {
                assert_eq!(peer.line().await, "GET / HTTP/1.1");
                peer.send(answer).await;
            }
            assert_eq!(peer.line().await, "HEAD / HTTP/1.1");
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
                .await;
            assert_eq!(peer.line().await, "GET / HTTP/1.1");
            peer.send(ok("nine")).await;
            server.expect_no_more().await;
        });

        let session = ClientSession::new();
        let mut bodies = Vec::new();
        for round in 0..7 {
            let mut response = session.get(&url).await.unwrap();
            assert_eq!(response.reused(), round > 0);
            bodies.push(response.text().await.unwrap());
        }
        let mut head = session.head(&url).await.unwrap();
        assert_eq!(head.header("content-length"), Some("5"));
        assert_eq!(head.text().await.unwrap(), "");
        bodies.push(session.get(&url).await.unwrap().text().await.unwrap());
        assert_eq!(bodies, ["one", "two", "", "", "", "six", "seven", "nine"]);
        script.await.unwrap();
    });
}

#[test]
fn a_connection_that_either_side_calls_the_last_is_not_used_again() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut asked = server.accept().await;
            assert!(asked.head().await.contains("\r\nconnection: close"));
            asked.send(ok("1")).await;
            assert_eq!(asked.rest().await, "", "the client closes");

            for answer in [
                "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\n2",
                "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n3",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
            ] {
                let mut told = server.accept().await;
                told.head().await;
                told.send(answer).await;
                assert_eq!(told.rest().await, "", "the client closes");
            }
        });

        let session = ClientSession::new();
        let mut last = session
            .get(&url)
            .header("connection", "close")
            .await
            .unwrap();
        assert_eq!(last.text().await.unwrap(), "1");
        for body in ["2", "3", ""] {
            let mut response = session.get(&url).await.unwrap();
            assert!(!response.reused());
            assert_eq!(response.text().await.unwrap(), body);
        }
        script.await.unwrap();
    });
}

#[test]
fn a_request_that_can_not_be_made_leaves_the_idle_connection_where_it_is() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            for body in ["one", "two"] {
                peer.head().await;
                peer.send(ok(body)).await;
            }
            server.expect_no_more().await;
        });

        let session = ClientSession::new();
        assert_eq!(
            session.get(&url).await.unwrap().text().await.unwrap(),
            "one"
        );
        let refused = session.get(&url).header("content-length", "5").await;
        assert!(refused.unwrap_err().is_build());
        let mut response = session.get(&url).await.unwrap();
        assert!(response.reused());
        assert_eq!(response.text().await.unwrap(), "two");
        script.await.unwrap();
    });
}

#[test]
fn a_connection_closed_while_idle_is_noticed_even_by_a_post() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut first = server.accept().await;
            first.head().await;
            first.send(ok("1")).await;
            drop(first);
            let mut second = server.accept().await;
            assert_eq!(second.line().await, "POST / HTTP/1.1");
            second.send(ok("2")).await;
        });

        let session = ClientSession::new();
        assert_eq!(session.get(&url).await.unwrap().text().await.unwrap(), "1");
        // The loop looks at no socket meanwhile: the kernel itself has to be asked.
        thread::sleep(Duration::from_millis(50));
        let mut response = session.post(&url).body("x").await.unwrap();
        assert_eq!(
            (response.text().await.unwrap().as_str(), response.reused()),
            ("2", false)
        );
        script.await.unwrap();
    });
}

#[test]
fn a_connection_closed_since_the_loop_last_slept_is_noticed_even_by_a_post() {
    // A peer of its own thread, which can close while the loop's has no turn.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (close, closes) = mpsc::channel();
    let (has_closed, closed) = mpsc::channel();
    let peer = thread::spawn(move || {
        for body in ["1", "2"] {
            let mut asked = listener.accept().unwrap().0;
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\r\n\r\nx") {
                let mut octets = [0; 1024];
                let length = asked.read(&mut octets).unwrap();
                assert_ne!(length, 0, "the request is whole");
                head.extend(&octets[..length]);
            }
            asked.write_all(ok(body).as_bytes()).unwrap();
            closes.recv().unwrap();
            drop(asked);
            has_closed.send(()).unwrap();
        }
    });

    run(async {
        let session = ClientSession::new();
        assert_eq!(session.get(&url).await.unwrap().text().await.unwrap(), "1");
        // A turn that begins with a sleep, while no timer stands.
        to_thread(|| thread::sleep(Duration::from_millis(50)))
            .await
            .unwrap();
        // The peer closes behind that sleep. All this is one poll, in which the loop looks at no socket.
        close.send(()).unwrap();
        closed.recv().unwrap();
        thread::sleep(Duration::from_millis(50));
        let mut response = session.post(&url).body("x").await.unwrap();
        assert_eq!(
            (response.text().await.unwrap().as_str(), response.reused()),
            ("2", false)
        );
        close.send(()).unwrap();
    });
    peer.join().unwrap();
}

#[test]
fn octets_behind_a_response_are_not_taken_for_the_next_one() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
            for honest in [
                ok("1"),
                "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
            ] {
                let mut peer = server.accept().await;
                peer.head().await;
                peer.send(honest + poison).await;
                assert_eq!(peer.rest().await, "", "the client closes");
            }
            // Later, on the idle connection, as a server does that answers 408 to silence.
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send(ok("4")).await;
            oneloop::sleep(Duration::from_millis(50)).await;
            peer.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
                .await;
            let mut last = server.accept().await;
            last.head().await;
            last.send(ok("5")).await;
        });

        let session = ClientSession::new();
        for body in ["1", "", ""] {
            assert_eq!(session.get(&url).await.unwrap().text().await.unwrap(), body);
        }
        assert_eq!(session.get(&url).await.unwrap().text().await.unwrap(), "4");
        oneloop::sleep(Duration::from_millis(150)).await;
        assert_eq!(session.get(&url).await.unwrap().text().await.unwrap(), "5");
        script.await.unwrap();
    });
}

#[test]
fn a_response_dropped_unread_closes_unless_its_rest_is_here() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            for _ in 0..2 {
                peer.head().await;
                peer.send(ok("a small body")).await;
            }
            peer.head().await;
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nthe first octets")
                .await;
            assert_eq!(peer.rest().await, "", "the client closes at once");
            let mut next = server.accept().await;
            next.head().await;
            next.send(ok("")).await;
        });

        let session = ClientSession::new();
        for _ in 0..2 {
            drop(session.get(&url).await.unwrap());
        }
        let mut large = session.get(&url).await.unwrap();
        assert!(large.reused(), "the small bodies were taken");
        assert_eq!(large.chunk().await.unwrap().unwrap(), "the first octets");
        drop(large);
        assert!(!session.get(&url).await.unwrap().reused());
        script.await.unwrap();
    });
}

#[test]
fn a_cancelled_request_closes_its_connection_at_once() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            assert_eq!(peer.rest().await, "", "the client closes");
        });
        let session = ClientSession::new();
        let request = create_task(session.get(&url).send());
        oneloop::sleep(Duration::from_millis(50)).await;
        request.cancel();
        script.await.unwrap();
        assert!(request.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn concurrent_requests_have_connections_of_their_own_and_one_is_kept() {
    run(async {
        let (is_free, two_is_free) = oneloop::sync::oneshot::channel();
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let (mut one, mut two) = (server.accept().await, server.accept().await);
            one.head().await;
            two.head().await;
            two.send(ok("two")).await;
            two_is_free.await.unwrap();
            one.send(ok("one")).await;
            assert_eq!(one.rest().await, "", "the second one to be free is closed");
            two.head().await;
            two.send(ok("three")).await;
        });

        let session = ClientSession::new();
        let text = async |session: ClientSession, url: String| {
            session.get(url).await.unwrap().text().await.unwrap()
        };
        let one = create_task(text(session.clone(), url.clone()));
        let two = create_task(text(session.clone(), url.clone()));
        // Which of them came first does not matter, only which answer did.
        let waited = oneloop::wait([one, two]).first_completed().await;
        assert_eq!(waited.done.len(), 1);
        is_free.send(()).unwrap();
        for task in waited.done.into_iter().chain(waited.pending) {
            task.await.unwrap();
        }
        let mut third = session.get(&url).await.unwrap();
        assert_eq!(
            (third.text().await.unwrap().as_str(), third.reused()),
            ("three", true)
        );
        script.await.unwrap();
    });
}

#[test]
fn the_end_of_a_session_closes_its_idle_connections() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send(ok("")).await;
            assert_eq!(peer.rest().await, "");
        });
        let session = ClientSession::new();
        session.get(&url).await.unwrap();
        drop(session);
        script.await.unwrap();
    });
}

#[test]
fn a_request_that_is_over_keeps_no_connection_open() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send(ok("")).await;
            assert_eq!(peer.rest().await, "", "it is closed");
        });
        let session = ClientSession::new();
        let mut request = session.get(&url).send();
        let response = (&mut request).await.unwrap();
        drop(session);
        script.await.unwrap();
        drop((request, response));
    });
}

#[test]
fn a_response_that_was_read_keeps_no_timer() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
                .await;
            peer
        });
        let session = ClientSession::builder()
            .read_timeout(Duration::from_secs(60))
            .build();
        let request = session.post(&url).header("expect", "100-continue");
        let response = request.body("a body that is held back").await.unwrap();
        let _peer = script.await.unwrap();
        assert_eq!(response.status(), 417);
        let stats = oneloop::Loop::current().unwrap().stats();
        assert_eq!(stats.timers, 0, "{stats:?}");
    });
}
