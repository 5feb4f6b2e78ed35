//! Names instead of addresses: `getaddrinfo`, connecting by name, and a resolver of one's own.
//!
//! Watch: looking a name up blocks, so it runs on a thread, and the ticker goes on meanwhile. The first
//! address of the server refuses, so the next is tried ("happy eyeballs", RFC 8305). The resolver here
//! is a function, so that the program needs no network; without `set_resolver` the system is asked.

use oneloop::{create_task, sleep};
use oneloop_examples::println;
use oneloop_net::names::{Blocking, Resolver, getaddrinfo, set_resolver};
use oneloop_net::streams::{open_connection, start_server};
use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

fn main() -> io::Result<()> {
    oneloop::run(async {
        set_resolver(Resolver::new(Blocking::new(2, phone_book)))?;
        let server = start_server(async |_, writer| writer.write(b"welcome\n"), "127.0.0.1:0");
        let server = server.await?;
        let port = server.local_addr()?.port();

        let ticks = Rc::new(Cell::new(0));
        let counts = ticks.clone();
        let ticker = create_task(async move {
            loop {
                sleep(Duration::from_millis(10)).await;
                counts.set(counts.get() + 1);
            }
        });
        let found = getaddrinfo("server.example", port).await?;
        ticker.cancel();
        let hosts: Vec<String> = found.iter().map(|one| one.ip().to_string()).collect();
        println!("server.example is at {}", hosts.join(" and "));
        println!("the loop went on meanwhile: {}", ticks.get() >= 3);

        let (reader, writer) = open_connection(("server.example", port)).await?;
        let welcome = reader.readline().await?;
        let peer = writer.peer_addr().expect("it is connected");
        let welcome = String::from_utf8_lossy(&welcome);
        println!("{} says {}", peer.ip(), welcome.trim_end());

        let error = open_connection(("nobody.example", port)).await.unwrap_err();
        println!("nobody.example: {:?}", error.kind());
        Ok(())
    })
}

/// What the system's resolver would do, in short: it takes its time.
fn phone_book(host: &str) -> io::Result<Vec<SocketAddr>> {
    std::thread::sleep(Duration::from_millis(200));
    match host {
        "server.example" => Ok(vec![([127, 0, 0, 2], 0).into(), ([127, 0, 0, 1], 0).into()]),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}
