//! Connections by name: the time they take, on a paused clock, and what is told when there is none.

#[cfg(target_os = "linux")]
use crate::full_listener::{full_listener, full_listener_at};
use crate::{MS, address, not_found, run_paused, table};
use oneloop::now;
use oneloop_net::names::set_resolver;
use oneloop_net::streams::open_connection;
use oneloop_net::{TcpListener, TcpStream};
use std::io::ErrorKind;

/// All addresses of a name have one port. So the dead and the living differ in their addresses, and
/// Linux has all of 127.0.0.0/8 to itself.
#[cfg(target_os = "linux")]
async fn living_at(host: &str, port: u16) -> TcpListener {
    TcpListener::bind((host, port)).await.unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_slow_resolver_and_two_dead_addresses_cost_their_time_and_half_a_second() {
    run_paused(async {
        let (dead, _sockets) = full_listener();
        let listener = living_at("127.0.0.3", dead.port()).await;
        let (second, _more) = full_listener_at(([127, 0, 0, 2], dead.port()).into());
        let living = listener.local_addr().unwrap();
        let (resolver, asked) = table(700 * MS, move |_| Ok(vec![dead, second, living]));
        set_resolver(resolver).unwrap();

        let begin = now();
        let stream = TcpStream::connect(("Server.example", dead.port()))
            .await
            .unwrap();
        assert_eq!(stream.peer_addr().unwrap(), living);
        assert_eq!(now() - begin, 700 * MS + 2 * 250 * MS);

        // Known by now; a shorter delay is up to the program.
        let begin = now();
        let quick = TcpStream::builder().attempt_delay(100 * MS);
        let name = format!("server.example:{}", dead.port());
        quick.connect(name).await.unwrap();
        assert_eq!(now() - begin, 200 * MS);
        assert_eq!(*asked.borrow(), ["server.example"]);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_of_time_counts_for_the_look_up_and_the_connection_together() {
    run_paused(async {
        let (dead, _sockets) = full_listener();
        let (resolver, _) = table(600 * MS, move |_| Ok(vec![dead]));
        let limited = |limit| {
            TcpStream::builder()
                .resolver(resolver.clone())
                .timeout(limit)
        };
        let target = ("server.example", dead.port());

        let begin = now();
        let error = limited(500 * MS).connect(target).await.unwrap_err();
        assert_eq!(
            (error.kind(), now() - begin),
            (ErrorKind::TimedOut, 500 * MS)
        );
        let text = "look up \"server.example\": no answer within 500ms";
        assert_eq!(error.to_string(), text);

        let begin = now();
        let error = limited(1000 * MS).connect(target).await.unwrap_err();
        assert_eq!(
            (error.kind(), now() - begin),
            (ErrorKind::TimedOut, 1000 * MS)
        );
        let text = format!("connect to {dead}: no answer within 400ms");
        assert_eq!(error.to_string(), text);
    });
}

#[test]
fn a_name_that_does_not_exist_is_told_by_its_name() {
    oneloop::run(async {
        let (resolver, _) = table(MS, |_| Err(not_found()));
        set_resolver(resolver).unwrap();
        let error = TcpStream::connect("no.example:80").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.to_string(), "look up \"no.example\": no such name");
        let error = open_connection(("no.example", 80)).await.unwrap_err();
        assert_eq!(error.to_string(), "look up \"no.example\": no such name");
    });
}

#[test]
fn when_no_address_of_a_name_answers_each_is_told_in_turn_of_families() {
    oneloop::run(async {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = nobody.local_addr().unwrap().port();
        drop(nobody);
        let hosts = ["127.0.0.1:0", "127.0.0.2:0", "[::1]:0"];
        let (resolver, _) = table(MS, move |_| Ok(hosts.map(address).to_vec()));
        let builder = TcpStream::builder().resolver(resolver);
        let error = builder.connect(("server.example", port)).await;
        let text = error.unwrap_err().to_string();
        let told = ["127.0.0.1", "[::1]", "127.0.0.2"].map(|host| {
            text.find(&format!("connect to {host}:{port}: "))
                .expect(&text)
        });
        assert!(told.is_sorted(), "{text}");
    });
}

#[test]
fn literal_addresses_and_localhost_ask_nobody() {
    oneloop::run(async {
        let (resolver, asked) = table(MS, |_| Err(not_found()));
        set_resolver(resolver).unwrap();
        let listener = TcpListener::bind("localhost:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["localhost", "127.0.0.1", "LocalHost"] {
            let stream = TcpStream::connect((host, port)).await.unwrap();
            assert_eq!(stream.peer_addr().unwrap().port(), port);
            let addresses = oneloop_net::names::getaddrinfo(host, port).await.unwrap();
            assert_eq!(addresses[0], listener.local_addr().unwrap());
        }
        let neighbor = oneloop_net::names::getaddrinfo("fe80::1%2", 80).await;
        assert_eq!(neighbor.unwrap(), [address("[fe80::1%2]:80")]);
        assert_eq!(asked.borrow().len(), 0);
    });
}

#[test]
fn a_stream_is_opened_by_name() {
    oneloop::run(async {
        let (resolver, asked) = table(MS, |_| Ok(vec![address("127.0.0.1:0")]));
        set_resolver(resolver).unwrap();
        let serve = async |_, writer: oneloop_net::streams::StreamWriter| writer.write(b"hello\n");
        let server = oneloop_net::streams::start_server(serve, "127.0.0.1:0")
            .await
            .unwrap();
        let port = server.local_addr().unwrap().port();
        let (reader, _writer) = open_connection(("server.example", port)).await.unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"hello\n");
        assert_eq!(*asked.borrow(), ["server.example"]);
    });
}

#[test]
fn who_listens_by_name_is_told_to_look_it_up_before() {
    let error = oneloop::run(TcpListener::bind("server.example:80")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let text = error.to_string();
    assert!(text.contains("`getaddrinfo(host, port).await?`"), "{text}");
}
