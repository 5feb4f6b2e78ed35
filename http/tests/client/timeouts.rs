//! Limits that run out: each error names the phase, and nothing runs out that moves.

use std::time::{Duration, Instant};

use oneloop::{create_task, run};
use oneloop_http::client::{ClientSession, Phase};
use oneloop_net::{TcpListener, TcpStream};

use super::peer::{Server, ok};

const SHORT: Duration = Duration::from_millis(100);

/// A server that answers this and then neither reads nor closes.
async fn stalling(answer: &'static str) -> (String, oneloop::Task<()>) {
    let server = Server::bind().await;
    let url = server.url("/");
    let script = create_task(async move {
        let mut peer = server.accept().await;
        peer.head().await;
        peer.send(answer).await;
        std::future::pending::<()>().await;
    });
    (url, script)
}

#[test]
fn the_total_limit_names_the_phase_that_it_ran_out_in() {
    run(async {
        let session = ClientSession::builder().timeout(SHORT).build();
        let start = Instant::now();

        let (url, _script) = stalling("").await;
        let error = session.get(&url).await.unwrap_err();
        assert!(
            error.is_timeout() && error.phase() == Phase::Head,
            "{error:?}"
        );
        assert!(
            error.to_string().contains("the whole request, 100ms"),
            "{error}"
        );

        let (url, _script) = stalling("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHello").await;
        let mut response = session.get(&url).await.unwrap();
        let error = response.bytes().await.unwrap_err();
        assert!(
            error.is_timeout() && error.phase() == Phase::Body,
            "{error:?}"
        );

        let (url, _script) = stalling("").await;
        let error = session
            .post(&url)
            .body(vec![0; 20_000_000])
            .await
            .unwrap_err();
        assert!(
            error.is_timeout() && error.phase() == Phase::Send,
            "{error:?}"
        );
        assert!(
            error.bytes_sent() > 0 && error.bytes_sent() < 20_000_000,
            "{error:?}"
        );

        assert!(start.elapsed() >= 3 * SHORT, "none of them was early");
    });
}

#[test]
fn a_requests_own_limit_wins_over_the_sessions() {
    run(async {
        let session = ClientSession::builder()
            .timeout(Duration::from_secs(60))
            .build();
        let (url, _script) = stalling("").await;
        assert!(
            session
                .get(&url)
                .timeout(SHORT)
                .await
                .unwrap_err()
                .is_timeout()
        );
    });
}

#[test]
fn the_read_limit_starts_anew_with_each_piece() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHello";
            // 6 pieces with 100 ms between them, where 250 ms in one go would be too much.
            for piece in answer.as_bytes().chunks(8) {
                peer.send(piece).await;
                oneloop::sleep(SHORT).await;
            }
            std::future::pending::<()>().await;
        });
        let session = ClientSession::builder()
            .read_timeout(Duration::from_millis(250))
            .build();
        let mut response = session.get(&url).await.unwrap();
        let mut text = Vec::new();
        let error = loop {
            match response.chunk().await {
                Ok(piece) => text.extend(piece.expect("the body has no end")),
                Err(error) => break error,
            }
        };
        assert_eq!(text, b"Hello");
        assert!(
            error.is_timeout() && error.phase() == Phase::Body,
            "{error:?}"
        );
        assert!(
            error.to_string().contains("nothing came within 250ms"),
            "{error}"
        );
        script.cancel();
    });
}

#[test]
fn the_read_limit_counts_a_head_and_a_body_that_nobody_takes() {
    run(async {
        let session = ClientSession::builder()
            .read_timeout(SHORT)
            .no_timeout()
            .build();
        let (url, _script) = stalling("HTTP/1.1 100 Continue\r\n\r\n").await;
        let error = session.get(&url).await.unwrap_err();
        assert!(
            error.is_timeout() && error.phase() == Phase::Head,
            "{error:?}"
        );
        let (url, _script) = stalling("").await;
        let error = session
            .post(&url)
            .body(vec![0; 20_000_000])
            .await
            .unwrap_err();
        assert!(
            error.is_timeout() && error.phase() == Phase::Send,
            "{error:?}"
        );
    });
}

#[test]
fn the_read_limit_does_not_count_while_our_own_body_is_late() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.read(14).await;
            peer.send(ok("")).await;
        });
        let body = oneloop_http::Body::produce(async |mut writer| {
            oneloop::sleep(3 * SHORT).await;
            writer.write("late").await?;
            Ok(())
        });
        let session = ClientSession::builder().read_timeout(SHORT).build();
        session.post(&url).body(body).await.unwrap();
        script.await.unwrap();
    });
}

#[test]
fn the_connect_limit_is_told_apart() {
    run(async {
        // The queue of a listener that nobody accepts from fills up, and then the kernel is silent.
        let listener = TcpListener::builder()
            .backlog(0)
            .bind("127.0.0.1:0")
            .await
            .unwrap();
        let address = listener.local_addr().unwrap();
        let mut queued = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(address, SHORT).await {
            queued.push(stream);
            assert!(queued.len() < 20, "the queue has an end");
        }
        let url = format!("http://{address}/");

        let session = ClientSession::builder().connect_timeout(SHORT).build();
        let error = session.get(&url).await.unwrap_err();
        assert!(error.is_timeout() && error.is_connect(), "{error:?}");
        assert!(
            error.to_string().contains("nobody answered within 100ms"),
            "{error}"
        );

        let error = ClientSession::new()
            .get(&url)
            .timeout(SHORT)
            .await
            .unwrap_err();
        assert!(error.is_timeout() && error.is_connect(), "{error:?}");
        assert!(error.to_string().contains("the whole request"), "{error}");
    });
}

#[test]
fn a_limit_beyond_all_time_is_none() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send(ok("x")).await;
        });
        let session = ClientSession::builder()
            .timeout(Duration::MAX)
            .read_timeout(Duration::MAX)
            .keep_alive(Duration::MAX)
            .build();
        assert_eq!(session.get(&url).await.unwrap().text().await.unwrap(), "x");
        script.await.unwrap();
    });
}
