//! Whom a request goes to: hosts that are looked up, and hosts of which the session was told.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use oneloop::{create_task, gather, run};
use oneloop_http::client::{ClientSession, Phase};
use oneloop_net::names::{Resolve, Resolver, Resolving, set_resolver};

use super::peer::{Server, ok};

/// Knows one host, takes its time, and counts who asks.
struct Table {
    host: &'static str,
    asked: Rc<Cell<u32>>,
}

impl Resolve for Table {
    fn resolve(&self, host: &str) -> Resolving {
        self.asked.set(self.asked.get() + 1);
        let known = host == self.host;
        Box::pin(async move {
            oneloop::sleep(Duration::from_millis(1)).await;
            match known {
                true => Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))]),
                false => Err(io::Error::new(io::ErrorKind::NotFound, "no such name")),
            }
        })
    }
}

/// Has this host looked up on the running loop, and counts how often.
fn known(host: &'static str) -> Rc<Cell<u32>> {
    let asked = Rc::new(Cell::new(0));
    let table = Table {
        host,
        asked: asked.clone(),
    };
    set_resolver(Resolver::new(table)).unwrap();
    asked
}

/// Answers so many requests, each on a connection of its own, and gives what was said in `Host`.
fn answers(server: Server, times: u32) -> oneloop::Task<Vec<String>> {
    create_task(async move {
        let mut hosts = Vec::new();
        for _ in 0..times {
            let mut peer = server.accept().await;
            let head = peer.head().await;
            let host = head.lines().find_map(|line| line.strip_prefix("host: "));
            hosts.push(host.unwrap_or_default().to_owned());
            peer.send(ok("found")).await;
        }
        hosts
    })
}

#[test]
fn localhost_is_found_without_a_word_and_without_asking() {
    run(async {
        let asked = known("nobody.example");
        let server = Server::bind().await;
        let port = server.address.port();
        let script = answers(server, 1);
        let fetched = ClientSession::new().get(format!("http://localhost:{port}/"));
        assert_eq!(fetched.await.unwrap().text().await.unwrap(), "found");
        assert_eq!(script.await.unwrap(), [format!("localhost:{port}")]);
        assert_eq!(asked.get(), 0);
    });
}

#[test]
fn a_host_is_looked_up_by_the_loops_resolver_once_for_all_who_ask() {
    run(async {
        let asked = known("web.example");
        let server = Server::bind().await;
        let url = format!("http://Web.Example:{}/", server.address.port());
        let script = answers(server, 3);
        let session = ClientSession::new();
        let fetch = async || session.get(&url).await.unwrap().text().await.unwrap();
        let texts = gather((fetch(), fetch(), fetch())).await;
        assert_eq!(texts, ("found".into(), "found".into(), "found".into()));
        assert_eq!(asked.get(), 1);
        for host in script.await.unwrap() {
            assert!(
                host.starts_with("Web.Example:"),
                "as it was written: {host}"
            );
        }
    });
}

#[test]
fn a_host_that_does_not_exist_is_no_connection_and_names_the_host() {
    run(async {
        known("web.example");
        let session = ClientSession::new();
        let error = session.get("http://other.example/").await.unwrap_err();
        assert!(error.is_connect() && !error.is_timeout(), "{error:?}");
        assert_eq!(error.bytes_sent(), 0);
        let text = error.to_string();
        assert!(
            text.contains("look up \"other.example\": no such name"),
            "{text}"
        );
    });
}

/// Never answers.
struct Silent;

impl Resolve for Silent {
    fn resolve(&self, _: &str) -> Resolving {
        Box::pin(std::future::pending())
    }
}

#[test]
fn looking_up_counts_in_both_limits_and_leaves_nothing_behind() {
    run(async {
        let resolver = Resolver::new(Silent);
        set_resolver(resolver.clone()).unwrap();
        let short = Duration::from_millis(100);
        for session in [
            ClientSession::builder().connect_timeout(short),
            ClientSession::builder().timeout(short),
        ] {
            let error = session.build().get("http://slow.example/").await;
            let error = error.unwrap_err();
            assert!(error.is_timeout(), "{error:?}");
            assert_eq!(error.phase(), Phase::Connect);
            let text = format!("{resolver:?}");
            assert!(text.contains("under_way: 0"), "{text}");
        }
    });
}

#[test]
fn a_session_that_was_told_where_a_host_is_asks_nobody() {
    run(async {
        let asked = known("nobody.example");
        let server = Server::bind().await;
        let port = server.address.port();
        let script = answers(server, 1);
        let session = ClientSession::builder()
            .resolve("eXample.org", [127, 0, 0, 1])
            .build();
        let response = session.get(format!("http://Example.ORG:{port}/")).await;
        assert_eq!(response.unwrap().text().await.unwrap(), "found");
        assert_eq!(script.await.unwrap(), [format!("Example.ORG:{port}")]);
        assert_eq!(asked.get(), 0);
    });
}
