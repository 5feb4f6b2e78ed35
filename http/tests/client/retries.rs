//! What becomes of a request when the idle connection that it was sent on closes under it.

use std::time::Duration;

use oneloop::{create_task, run};
use oneloop_http::client::{ClientSession, Phase, Retry};

use super::peer::{Server, ok};

/// Answers one request, and closes the connection when the next one has come on it.
async fn close_on_the_second(server: &Server) {
    let mut peer = server.accept().await;
    peer.head().await;
    peer.send(ok("1")).await;
    peer.head().await;
}

#[test]
fn a_get_is_sent_once_more_when_the_connection_closes_under_it() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            close_on_the_second(&server).await;
            let mut again = server.accept().await;
            assert_eq!(again.line().await, "PUT / HTTP/1.1");
            assert_eq!(again.read(4).await, "body", "the body is sent again too");
            again.send(ok("2")).await;
            server.expect_no_more().await;
        });

        let session = ClientSession::new();
        session.get(&url).await.unwrap().bytes().await.unwrap();
        let mut response = session.put(&url).body("body").await.unwrap();
        assert_eq!(
            (response.text().await.unwrap().as_str(), response.reused()),
            ("2", false)
        );
        script.await.unwrap();
    });
}

#[test]
fn an_error_of_the_second_try_keeps_that_of_the_first() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            close_on_the_second(&server).await;
            let mut again = server.accept().await;
            again.head().await;
            again.send("nonsense\r\n\r\n").await;
        });

        let session = ClientSession::new();
        session.get(&url).await.unwrap().bytes().await.unwrap();
        let error = session.get(&url).await.unwrap_err();
        script.await.unwrap();
        assert!(error.is_malformed() && !error.reused(), "{error:?}");
        let first = error.first_try().expect("there was one");
        assert!(first.is_closed() && first.reused(), "{first:?}");
        assert!(first.first_try().is_none());
        let text = error.to_string();
        assert!(
            text.contains("status line") && text.ends_with(&format!("; the first try: {first}")),
            "{text}"
        );
        assert_eq!(text.matches(&url).count(), 1, "{text}");

        // Now nobody listens any more: the second try gets no connection.
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send(ok("1")).await;
            peer.head().await;
            drop(server);
        });
        session.get(&url).await.unwrap().bytes().await.unwrap();
        let error = session.get(&url).await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        assert!(error.first_try().is_some_and(|first| first.reused()));
        script.await.unwrap();
    });
}

#[test]
fn a_post_is_not_sent_again_and_the_error_tells_all() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            close_on_the_second(&server).await;
            server.expect_no_more().await;
        });

        let session = ClientSession::new();
        session.get(&url).await.unwrap().bytes().await.unwrap();
        let error = session.post(&url).body("body").await.unwrap_err();
        assert!(
            error.is_closed() && error.reused() && !error.is_timeout(),
            "{error:?}"
        );
        assert_eq!(error.phase(), Phase::Head);
        assert!(error.bytes_sent() > 4, "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains("POST http://127.0.0.1:") && text.contains("a reused connection"),
            "{text}"
        );
        script.await.unwrap();
    });
}

#[test]
fn retries_can_be_switched_off() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            close_on_the_second(&server).await;
            server.expect_no_more().await;
        });

        let session = ClientSession::builder().retry(Retry::Never).build();
        session.get(&url).await.unwrap().bytes().await.unwrap();
        assert!(session.get(&url).await.unwrap_err().is_closed());
        script.await.unwrap();
    });
}

#[test]
fn a_get_that_failed_on_a_new_connection_or_after_an_octet_is_not_sent_again() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            server.accept().await.head().await;
            server.expect_no_more().await;
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send(ok("1")).await;
            peer.head().await;
            peer.send("H").await;
            drop(peer);
            server.expect_no_more().await;
        });

        let session = ClientSession::new();
        let error = session.get(&url).await.unwrap_err();
        assert!(error.is_closed() && !error.reused(), "{error:?}");
        oneloop::sleep(Duration::from_millis(150)).await;
        session.get(&url).await.unwrap().bytes().await.unwrap();
        let error = session.get(&url).await.unwrap_err();
        assert!(error.is_closed() && error.reused(), "{error:?}");
        script.await.unwrap();
    });
}
