//! HTTP/1.1 servers and clients, for the programs `http-worker` that `compare` starts: a server that wrk loads
//! (`servers.rs`), and fifty clients of one connection each that ask nginx (`clients.rs`); `floor.rs` is both by hand.

pub mod clients;
pub mod floor;
pub mod servers;

use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use crate::local::workload::sockets::listener;
use crate::machine;
use crate::tls;

/// The body of every answer.
pub const BODY: &str = "Hello, World!";

/// How many clients ask, with a connection each.
pub const CLIENTS: usize = 50;

/// A server that serves until its process ends.
pub type Server = fn(std::net::TcpListener);

/// Makes the clients, lets each make a connection, then that many requests for this path, and says what processor time
/// these took.
pub type Clients = fn(SocketAddr, &str, u64) -> Duration;

/// Requests of all clients in one turn: two hundred on each connection, so that a turn is longer than what a neighbour
/// on the same machine takes of it.
const REQUESTS: u64 = 10_000;

/// Runs the program: `serve PEER PROCESSOR` prints the port it serves on; `fetch PEER PROCESSOR ADDRESS PATH` makes a turn of
/// requests for each line on standard input and answers it by the nanoseconds of processor time for one request; `tls
/// PEER PROCESSOR WORK` does so with handshakes or transfers, in microseconds; `keep PROCESSOR PROGRAM...` runs another
/// program on that processor, prints its number and ends it. All of them end with their standard input.
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["serve", peer, processor] => serve(peer, processor),
        ["fetch", peer, processor, address, path] => fetch(peer, processor, address, path),
        ["tls", peer, processor, work] => tls(peer, processor, work),
        ["keep", processor, program, arguments @ ..] => keep(processor, program, arguments),
        _ => None,
    };
    match done {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!("http-worker: {error}");
            ExitCode::FAILURE
        }
        None => {
            eprintln!(
                "usage: http-worker serve PEER PROCESSOR | fetch PEER PROCESSOR ADDRESS PATH | tls PEER PROCESSOR WORK | keep PROCESSOR PROGRAM..."
            );
            ExitCode::from(2)
        }
    }
}

fn serve(peer: &str, processor: &str) -> Option<io::Result<()>> {
    let server = servers::of(peer)?;
    machine::pin(processor.parse().ok()?);
    machine::allow_descriptors(4_096);
    machine::end_with_input();
    let (listener, address) = listener();
    println!("{}", address.port());
    server(listener);
    Some(Ok(()))
}

fn fetch(peer: &str, processor: &str, address: &str, path: &str) -> Option<io::Result<()>> {
    let clients = clients::of(peer)?;
    machine::pin(processor.parse().ok()?);
    let address = address.parse().ok()?;
    Some(take_turns(|| {
        let time = clients(address, path, REQUESTS);
        time.as_nanos() as f64 / REQUESTS as f64
    }))
}

fn tls(peer: &str, processor: &str, work: &str) -> Option<io::Result<()>> {
    let (_, work) = tls::Work::ALL.into_iter().find(|(name, _)| *name == work)?;
    let side = tls::side(peer, work)?;
    machine::pin(processor.parse().ok()?);
    Some(take_turns(|| {
        tls::turn(&*side, work) * 1e6 / work.operations() as f64
    }))
}

fn keep(processor: &str, program: &str, arguments: &[&str]) -> Option<io::Result<()>> {
    machine::pin(processor.parse().ok()?);
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    Some(command.spawn().and_then(|mut child| {
        println!("{}", child.id());
        // Whatever comes of it, the program ends.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        child.kill()?;
        child.wait().map(|_| ())
    }))
}

/// Takes a first turn for nothing, then one for each line.
fn take_turns(turn: impl Fn() -> f64) -> io::Result<()> {
    let mut output = io::stdout().lock();
    turn();
    writeln!(output, "ready")?;
    for line in io::stdin().lock().lines() {
        line?;
        writeln!(output, "{}", turn())?;
        output.flush()?;
    }
    Ok(())
}
