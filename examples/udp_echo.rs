//! Datagrams: a server that sends back what it gets, and clients that may wait in vain.
//!
//! Watch: there is no connection. One socket serves everybody, and each datagram says where it comes
//! from; what is lost on its way nobody reports, so whoever waits for an answer sets a limit. asyncio
//! calls a protocol's methods; here `recv_from` is awaited in a loop.

use oneloop::{create_task, timeout};
use oneloop_examples::println;
use oneloop_net::UdpSocket;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// The longest datagram that most networks carry in one piece.
const LONGEST: usize = 1472;

fn main() -> io::Result<()> {
    oneloop::run(async {
        let server = UdpSocket::bind("127.0.0.1:0").await?;
        let address = server.local_addr()?;
        let serving = create_task(serve(server));
        client("one", address, "hello").await?;
        client("two", address, "lose me").await?;
        client("three", address, "and once more").await?;
        serving.cancel();
        Ok(())
    })
}

/// Answers everything but what is lost on its way, as it were.
async fn serve(socket: UdpSocket) -> io::Result<()> {
    let mut buffer = [0; LONGEST];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer).await?;
        if &buffer[..length] != b"lose me" {
            socket.send_to(&buffer[..length], peer).await?;
        }
    }
}

async fn client(name: &str, server: SocketAddr, text: &str) -> io::Result<()> {
    let socket = UdpSocket::connect_to(server).await?;
    socket.send(text.as_bytes()).await?;
    let mut buffer = [0; LONGEST];
    match timeout(Duration::from_millis(100), socket.recv(&mut buffer)).await {
        Ok(length) => println!(
            "{name}: got {}",
            String::from_utf8_lossy(&buffer[..length?])
        ),
        Err(_elapsed) => println!("{name}: no answer"),
    }
    Ok(())
}
