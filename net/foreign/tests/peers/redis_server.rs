//! redis against Debian's real server, which the test starts on a free port and ends by its process id.
//! Next: `rustls_streams.rs`.

use crate::programs::{BUILT_BY, program};
use crate::run;
use oneloop_net::TcpStream;
use oneloop_net::adaptors::{ThreadBound, TokioIo};
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig, RedisConnectionInfo};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server without a file on the disk, ended when this is dropped.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start() -> Server {
        // A port that was free a moment ago.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let port = address.port().to_string();
        let arguments = [
            "--bind",
            "127.0.0.1",
            "--port",
            &port,
            "--save",
            "",
            "--appendonly",
            "no",
        ];
        let process = Command::new("redis-server")
            .args(arguments)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server runs: apt-get install redis-server, or see .ci/install.sh");
        Server { process, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("it still runs");
        self.process.wait().expect("it has ended");
    }
}

/// The crate wants a stream that is `Send`, and gives a connection that may be cloned, and its driver.
async fn connect(server: &Server) -> MultiplexedConnection {
    let stream = loop {
        match TcpStream::connect(server.address).await {
            Ok(stream) => break stream,
            // It has just been started.
            Err(_) => oneloop::sleep(Duration::from_millis(20)).await,
        }
    };
    let io = TokioIo::new(ThreadBound::new(stream));
    // Its time-outs are tokio's; ours go around the calls.
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None);
    let info = RedisConnectionInfo::default();
    let connected = MultiplexedConnection::new_with_config(&info, io, config).await;
    let (connection, driver) = connected.unwrap();
    drop(oneloop::create_task(driver));
    connection
}

#[test]
fn redis_sets_and_gets_at_a_real_server() {
    let server = Server::start();
    run(async {
        let mut connection = connect(&server).await;
        let () = connection.set("greeting", "hello").await.unwrap();
        let greeting: String = connection.get("greeting").await.unwrap();
        assert_eq!(greeting, "hello");
        let long = vec![b'x'; 3_000_000];
        let () = connection.set("long", &long).await.unwrap();
        let back: Vec<u8> = connection.get("long").await.unwrap();
        assert!(back == long);

        // Many at once over one connection, each with its own answer.
        let counts = (0..100).map(|_| {
            let mut connection = connection.clone();
            async move { connection.incr::<_, _, i64>("count", 1).await.unwrap() }
        });
        let mut counts: Vec<i64> = oneloop::gather(counts).await;
        counts.sort();
        assert_eq!(counts, (1..=100).collect::<Vec<_>>());
    });
}

#[test]
fn a_time_out_around_a_command_of_redis_leaves_the_connection_usable() {
    let server = Server::start();
    run(async {
        let mut connection = connect(&server).await;
        let mut blocked = connection.clone();
        let pops = blocked.blpop::<_, Option<(String, String)>>("nothing", 1.0);
        assert!(
            oneloop::timeout(Duration::from_millis(60), pops)
                .await
                .is_err()
        );
        let echo: String = redis::cmd("ECHO")
            .arg("still here")
            .query_async(&mut connection)
            .await
            .unwrap();
        assert_eq!(echo, "still here");
    });
}

#[test]
fn the_program_of_redis_talks_with_a_real_server() {
    let server = Server::start();
    run(async {
        let _it_listens = connect(&server).await;
    });
    let mut command = Command::new(program("redis_client"));
    let output = command.arg(server.address.to_string()).output();
    let output = output.expect(BUILT_BY);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["the greeting is hello", "counted to 10"]);
    assert!(lines[2].starts_with("nothing came: "), "{text}");
}
