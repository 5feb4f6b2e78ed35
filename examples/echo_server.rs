//! A TCP server that sends back what it gets: `echo_server [PORT]`.
//!
//! Watch: the code reads as if each connection had the server for itself, yet there is one thread.
//! Try it with `nc 127.0.0.1 PORT` in two windows at once: each `.await` is a place where one
//! connection waits for its peer and the loop goes on with the others.

use oneloop_net::{TcpListener, TcpStream};
use std::io;

fn main() -> io::Result<()> {
    // Port 0 asks the kernel for one that is free.
    let argument = std::env::args().nth(1).unwrap_or("0".into());
    let Ok(port) = argument.parse() else {
        eprintln!("usage: echo_server [PORT]");
        std::process::exit(2);
    };
    oneloop::run(serve(port))
}

async fn serve(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept().await?;
        // A task for each connection. Nobody waits for its end, so its handle is dropped.
        let _detached = oneloop::create_task(async move {
            if let Err(error) = echo(&stream).await {
                eprintln!("{peer}: {error}");
            }
        });
    }
}

/// Sends back what comes until the peer has no more to say.
async fn echo(stream: &TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..length]).await?;
    }
}
