//! The programs of `examples/`, each run as its first comment says. (That of redis is in `redis_server.rs`, with
//! its server.)

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What is said where a program is missing: a test that is named alone is built alone.
pub(crate) const BUILT_BY: &str =
    "`cargo test -p oneloop-foreign --features peers` builds the programs";

/// This test lies in `target/PROFILE/deps`, the programs in `target/PROFILE/examples`.
pub(crate) fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let profile = test.ancestors().nth(2);
    let profile = profile.expect("it lies in target/PROFILE/deps");
    profile
        .join("examples")
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION)
}

/// A server on a free port, ended when this is dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(name: &str) -> Server {
        let mut command = Command::new(program(name));
        let command = command.arg("127.0.0.1:0").stdout(Stdio::piped());
        let mut process = command.spawn().expect(BUILT_BY);
        let mut line = String::new();
        let output = process.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ");
        let address = address.unwrap_or_else(|| panic!("{name} said {line:?}"));
        Server {
            address: address.to_owned(),
            process,
        }
    }

    /// Asks in a connection of its own, and gives the status and the body.
    fn ask(&self, head: &str, body: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let length = body.len();
        write!(
            stream,
            "{head} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.lines().next().unwrap_or_default();
        (status.to_owned(), body.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("it still runs");
        self.process.wait().expect("it has ended");
    }
}

fn ok(body: &str) -> (String, String) {
    ("HTTP/1.1 200 OK".to_owned(), body.to_owned())
}

#[test]
fn the_program_of_hyper_counts_the_requests_of_all_connections() {
    let server = Server::start("hyper_server");
    assert_eq!(server.ask("GET /", ""), ok("GET /, request 1\n"));
    assert_eq!(server.ask("POST /a", "{}"), ok("POST /a, request 2\n"));
}

#[test]
fn the_program_of_axum_greets_and_adds() {
    let server = Server::start("axum_app");
    assert_eq!(
        server.ask("GET /hello/Ada", ""),
        ok("hello Ada, you are number 1\n")
    );
    assert_eq!(server.ask("POST /sum", "[1, 2, 3]"), ok("6"));
    let (status, _) = server.ask("POST /sum", "[1, 2");
    assert_eq!(status, "HTTP/1.1 400 Bad Request");
}
