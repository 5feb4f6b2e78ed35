//! The end of a server, and how many connections it holds.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use oneloop_http::{Request, serve};
use oneloop_net::{TcpListener, TcpStream};

use crate::support::{Medium, Site, on, on_both};

const GET: &str = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// Answers `/SECONDS` after that time.
async fn sleeper(request: Request) -> &'static str {
    let seconds = request.path()[1..].parse().unwrap_or(0);
    oneloop::sleep(Duration::from_secs(seconds)).await;
    "slept"
}

fn sleeping(seconds: u64) -> String {
    format!("GET /{seconds} HTTP/1.1\r\nHost: h\r\n\r\n")
}

/// Pain 15.
#[test]
fn idle_connections_are_closed_at_once_and_running_handlers_are_waited_for() {
    on(Medium::Memory, async |medium| {
        let site = Site::new(medium, sleeper).await;
        let mut new = site.connect().await;
        let mut idle = site.connect().await;
        idle.send(GET).await;
        assert_eq!(idle.answer().await.status, 200);
        let mut busy = site.connect().await;
        busy.send(sleeping(3) + GET).await;
        oneloop::sleep(Duration::from_secs(1)).await;

        let start = oneloop::now();
        let stopped = site.server.stop(Duration::from_secs(10));
        new.expect_end().await;
        idle.expect_end().await;
        assert_eq!(oneloop::now(), start);

        let answer = busy.answer().await;
        assert_eq!(
            (answer.text().as_str(), answer.says_close()),
            ("slept", true)
        );
        busy.expect_end().await;
        assert_eq!(oneloop::now() - start, Duration::from_secs(2));
        drop(busy);
        let stopped = stopped.await;
        assert_eq!((stopped.finished, stopped.cancelled), (3, 0));
        assert_eq!(
            oneloop::now() - start,
            Duration::from_secs(2),
            "nobody was left to wait for"
        );
        assert_eq!(site.server.stats().open_connections, 0);
    });
}

/// Pain 15.
#[test]
fn what_still_runs_after_the_grace_is_cancelled() {
    on(Medium::Memory, async |medium| {
        struct Dropped(Rc<Cell<bool>>);
        impl Drop for Dropped {
            fn drop(&mut self) {
                self.0.set(true);
            }
        }
        let dropped = Rc::new(Cell::new(false));
        let site = Site::new(medium, {
            let dropped = Rc::clone(&dropped);
            async move |request| {
                let _dropped = Dropped(Rc::clone(&dropped));
                sleeper(request).await
            }
        })
        .await;
        let mut busy = site.connect().await;
        busy.send(sleeping(3600)).await;
        oneloop::sleep(Duration::from_secs(1)).await;
        let start = oneloop::now();
        let stopped = site.server.stop(Duration::from_secs(5)).await;
        assert_eq!(oneloop::now() - start, Duration::from_secs(5));
        assert_eq!((stopped.finished, stopped.cancelled), (0, 1));
        assert!(dropped.get());
        busy.expect_end().await;
    });
}

#[test]
fn a_second_stop_can_bring_the_end_forward() {
    on(Medium::Memory, async |medium| {
        let site = Site::new(medium, sleeper).await;
        let mut busy = site.connect().await;
        busy.send(sleeping(3600)).await;
        oneloop::sleep(Duration::from_secs(1)).await;
        let start = oneloop::now();
        let patient = site.server.stop(Duration::MAX);
        oneloop::sleep(Duration::from_secs(1)).await;
        site.server.stop(Duration::from_secs(1)).await;
        patient.await;
        assert_eq!(oneloop::now() - start, Duration::from_secs(2));
    });
}

#[test]
fn a_request_that_has_begun_to_come_is_still_answered() {
    on(Medium::Memory, async |medium| {
        let site = Site::new(medium, sleeper).await;
        let mut peer = site.connect().await;
        peer.send(&GET[..10]).await;
        oneloop::sleep(Duration::from_secs(1)).await;
        let stopped = site.server.stop(Duration::from_secs(10));
        oneloop::sleep(Duration::from_secs(1)).await;
        peer.send(&GET[10..]).await;
        let answer = peer.answer().await;
        assert_eq!((answer.status, answer.says_close()), (200, true));
        stopped.await;
    });
}

#[test]
fn no_new_connection_after_a_stop() {
    on(Medium::Socket, async |_| {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let server = serve(listener, sleeper).start();
        assert!(TcpStream::connect(address).await.is_ok());
        server.stop(Duration::from_secs(1)).await;
        let refused = TcpStream::connect(address)
            .await
            .expect_err("nobody listens");
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    });
}

#[test]
fn a_server_that_is_cancelled_takes_its_connections_along() {
    on(Medium::Socket, async |_| {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let running = oneloop::create_task(serve(listener, sleeper).run());
        let stream = TcpStream::connect(address)
            .await
            .expect("the server listens");
        stream
            .write_all(GET.as_bytes())
            .await
            .expect("the server reads");
        let answer = stream.read(&mut [0; 1024]).await;
        assert!(matches!(answer, Ok(1..)), "the connection is served");
        running.cancel();
        let ended = stream.read(&mut [0; 16]).await;
        assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
    });
}

#[test]
fn at_the_limit_the_next_connection_waits_until_one_closes() {
    on_both(async |medium| {
        let site = Site::with(medium, sleeper, |server| server.max_connections(2)).await;
        let mut first = site.connect().await;
        let mut second = site.connect().await;
        for peer in [&mut first, &mut second] {
            peer.send(GET).await;
            assert_eq!(peer.answer().await.status, 200);
        }
        let mut third = site.connect().await;
        third.send(GET).await;
        let too_early = oneloop::timeout(Duration::from_millis(100), third.receive()).await;
        assert!(
            too_early.is_err(),
            "the third connection was served beside the others"
        );
        assert_eq!(site.server.stats().open_connections, 2);
        drop(first);
        assert_eq!(third.answer().await.status, 200);
    });
}

#[test]
fn every_connection_leaves_the_count_whichever_way_it_ends() {
    on_both(async |medium| {
        let site = Site::new(medium, sleeper).await;
        for octets in ["", "GET", GET, "bad\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"] {
            let mut peer = site.connect().await;
            peer.send(octets).await;
            drop(peer);
        }
        while site.server.stats().open_connections > 0 {
            oneloop::sleep(Duration::from_millis(1)).await;
        }
    });
}
